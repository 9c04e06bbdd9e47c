// What consumers of an image look at, region by region and account by account, and what each of them sees at the moment.
import type { Input } from '../../local/service.ts';
import { consentTag } from '../../shared/model/tags.ts';
import { accountId as home, stackName } from './paper-cloud.ts';
import type { World } from './world.ts';

export const parameterName = '/images/web';
export const channelName = 'prod';

/** An account that our own AMIs are shared with. */
export const sharedWith = '111111111111';

export type Place = { region: string; account: string };

/** AMIs by what names them: `parameter eu-west-1 000000000000`. Undefined where nothing does. */
export type Sight = Record<string, string | undefined>;

export type Consumers = {
  /** Ids of the launch templates, by place. */
  templates: Map<string, string>;
  /** What consumers of one place see. */
  see(place: Place): Promise<Sight>;
  everywhere(): Promise<Sight>;
  /** What consumers of one place are told to launch and cannot: it is gone, or not theirs to launch. */
  unusable(place: Place): Promise<string[]>;
  /** Our AMIs that the account we share with may launch in a region. */
  sharedIn(region: string): Promise<string[]>;
};

export const placeName = ({ region, account }: Place) => `${region} ${account}`;

/** A launch template in every place, made by its owner, who consents. */
export async function consumersIn(world: World, places: Place[], imageName: string): Promise<Consumers> {
  const ask = async (service: 'ec2' | 'ssm', operation: string, { region, account }: Place, input: Input) => {
    const caller = { region, accountId: account, accessKeyId: account, principalArn: `arn:aws:iam::${account}:root` };
    return (await world.cloud().composed[service].service.operations[operation]!(input, caller)) as Input;
  };
  const unless = async (code: string, asked: Promise<Input>) => {
    try {
      return await asked;
    } catch (error) {
      if ((error as { code?: string }).code === code) return undefined;
      throw error;
    }
  };
  const templates = new Map<string, string>();
  for (const place of places) {
    const made = await ask('ec2', 'CreateLaunchTemplate', place, {
      LaunchTemplateName: 'web',
      LaunchTemplateData: { InstanceType: 't3.micro' },
      TagSpecification: [{ ResourceType: 'launch-template', Tag: [{ Key: consentTag, Value: stackName }] }],
    });
    templates.set(placeName(place), made.launchTemplate.launchTemplateId);
  }
  const parameter = async (place: Place, Name: string): Promise<string | undefined> =>
    (await unless('ParameterNotFound', ask('ssm', 'GetParameter', place, { Name })))?.Parameter.Value;

  /** AMIs that an account may launch now. */
  async function available(place: Place, input: Input): Promise<string[]> {
    const { imagesSet } = await ask('ec2', 'DescribeImages', place, input);
    return (imagesSet as { imageId: string; imageState: string }[])
      .filter(({ imageState }) => imageState === 'available')
      .map(({ imageId }) => imageId);
  }

  async function see(place: Place): Promise<Sight> {
    const at = placeName(place);
    const template = await ask('ec2', 'DescribeLaunchTemplateVersions', place, {
      LaunchTemplateId: templates.get(at),
      LaunchTemplateVersion: ['$Default'],
    });
    const sight: Sight = {
      [`parameter ${at}`]: await parameter(place, parameterName),
      [`template ${at}`]: template.launchTemplateVersionSet[0].launchTemplateData.imageId,
    };
    if (place.account === home) sight[`channel ${at}`] = await parameter(place, `/images/${imageName}/${channelName}`);
    return sight;
  }

  return {
    templates,
    see,
    everywhere: async () => Object.assign({}, ...(await Promise.all(places.map(see)))) as Sight,
    async unusable(place) {
      const sight = Object.entries(await see(place));
      const usable = await available(place, {});
      return sight.flatMap(([what, id]) => (id === undefined || usable.includes(id) ? [] : [`${what} names ${id}`]));
    },
    sharedIn: (region) => available({ region, account: sharedWith }, { Owner: [home] }),
  };
}

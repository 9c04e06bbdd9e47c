// The plan of a build, once parent image and components are known.
import { type AmiView, amiName, filledTags, sourceName } from '../build/ami.ts';
import { assertParametersOnce, destinations, isMade } from '../build/destinations.ts';
import { defaultInstanceTypes, launchChoices } from '../build/launch.ts';
import type { Plan } from '../build/plan.ts';
import { InvalidRequestError } from '../errors.ts';
import { parseArn } from '../model/arns.ts';
import type { ImageRecord } from '../model/image-record.ts';
import type { Pipeline } from '../model/pipeline-schema.ts';

export type Planning = { region: string; instanceProfileName: string };

export type Parent = Pick<AmiView, 'id' | 'architecture' | 'devices'>;

const positions = (list: unknown[]) => list.map((_, index) => index);

/** Of the image's record nothing but what is known before it is built. */
export function makePlan(
  { region, instanceProfileName }: Planning,
  record: Pick<ImageRecord, 'arn' | 'version' | 'dateCreated' | 'logGroupName' | 'distributionOf'>,
  pipeline: Pipeline,
  parent: Parent,
  commands: Pick<Plan, 'build' | 'test'>,
): Plan {
  const { imageRecipe: recipe, infrastructureConfiguration: infrastructure } = pipeline;
  const userData = recipe.additionalInstanceConfiguration?.userDataOverride;
  const build = Number(record.version.split('/')[1]);
  const { distributions: asked, channel } = pipeline.distributionConfiguration;
  const semanticVersion = record.version.split('/')[0]!;
  const values = { dateCreated: record.dateCreated, build, recipeName: recipe.name, semanticVersion };
  const named = (template: string | undefined) => amiName(template, values);
  const own = { region, accountId: parseArn(record.arn)!.accountId };
  const tagged = (tags: Record<string, string>) => filledTags(tags, values);
  const distributions = destinations(asked, own, recipe.amiTags, named).map((one) => ({
    ...one,
    amiTags: tagged(one.amiTags),
  }));
  assertParametersOnce(distributions, own.accountId);
  const home = distributions.find((one) => isMade(one, region));
  const types =
    infrastructure.instanceTypes.length > 0
      ? infrastructure.instanceTypes
      : defaultInstanceTypes[parent.architecture ?? 'x86_64'];
  if (!types)
    throw new InvalidRequestError(
      `The parent image ${parent.id} has architecture ${parent.architecture}: name instanceTypes for it.`,
    );
  return {
    image: record.arn,
    homeRegion: region,
    pipelineName: pipeline.name,
    recipeName: recipe.name,
    parentImageId: parent.id,
    choices: launchChoices(types, infrastructure.subnetIds),
    instanceProfileName: infrastructure.instanceProfileName ?? instanceProfileName,
    infrastructure,
    blockDeviceMappings: recipe.blockDeviceMappings,
    ...(userData && { userData }),
    parentDevices: parent.devices,
    imageTestsEnabled: pipeline.imageTestsConfiguration.imageTestsEnabled,
    testTimeoutMinutes: pipeline.imageTestsConfiguration.timeoutMinutes,
    ...commands,
    ami: {
      name: home?.name ?? sourceName(values),
      amiTags: home?.amiTags ?? tagged(recipe.amiTags),
      ...(home?.description && { description: home.description }),
    },
    distributions,
    copies: positions(distributions).filter((index) => !isMade(distributions[index]!, region)),
    logGroupName: record.logGroupName,
    // What `distribute` makes is another image in other regions: whoever wants that in a channel promotes it.
    ...(channel && !record.distributionOf && { channel }),
    ...(pipeline.approval && { approval: pipeline.approval }),
    ...(pipeline.retainForRetry && { retainForRetry: pipeline.retainForRetry }),
  };
}

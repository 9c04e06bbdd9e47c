// The targets of an image: looked up and checked before the first of them is touched.
import { channelParameterProblem } from '../../build/channel.ts';
import type { Plan, PlannedDistribution } from '../../build/plan.ts';
import { consentProblem, parameterProblem, publicAccessProblem } from '../../build/preflight.ts';
import { launchPermissionTarget } from '../../build/publication.ts';
import type {
  ChannelTarget,
  LaunchPermissionTarget,
  LaunchTemplateTarget,
  SsmParameterTarget,
  Target,
} from '../../build/target.ts';
import { publisherOf } from '../../build/template-version.ts';
import { InvalidRequestError } from '../../errors.ts';
import { parseArn } from '../../model/arns.ts';
import { channelOfParameter } from '../../model/channel.ts';
import { normalisedName } from '../../model/names.ts';
import { assertKeepsRegions } from '../move-channel.ts';
import type { Reach } from './kind.ts';
import { assertCommitted, imageOfAmi } from './uncommitted.ts';

export type Output = { key: string; id: string; region: string; account?: string };

/** Every target with the value that it has now. `outputs`: the AMI of each distribution. InvalidRequestError or NotFoundError where one could not be set. */
export async function targetsOf(reach: Reach, plan: Plan, outputs: Output[]): Promise<Target[]> {
  const own = parseArn(plan.image)?.accountId;
  const found = plan.distributions.map(async (to, index) => {
    const { region } = to;
    const { id } = outputs[index]!;
    const place = (named: string | undefined): Named => {
      if (named === undefined || named === own) return { region, imageId: id };
      // The copy in the target's account, or else the AMI that is shared with it.
      const copy = outputs.find((one) => one.region === region && one.account === named);
      return { region, account: named, imageId: copy?.id ?? id };
    };
    const { launchTemplateConfigurations = [], ssmParameterConfigurations = [] } = to;
    return [
      ...(await permissions(reach, to, id)),
      ...(await Promise.all(launchTemplateConfigurations.map((one) => template(reach, one, place(one.accountId))))),
      ...(await Promise.all(ssmParameterConfigurations.map((one) => parameter(reach, one, place(one.amiAccountId))))),
    ];
  });
  const channels = plan.channel === undefined ? [] : [channelTarget(reach, plan, plan.channel, outputs)];
  const [targets, moved] = await Promise.all([Promise.all(found), Promise.all(channels)]);
  return [...targets.flat(), ...moved];
}

async function channelTarget(
  { channels }: Reach,
  { image, homeRegion, recipeName }: Plan,
  channel: string,
  outputs: Output[],
): Promise<ChannelTarget> {
  const name = normalisedName(recipeName);
  const { state } = await channels.read(name, channel);
  const amis = Object.fromEntries(outputs.filter(({ account }) => !account).map(({ region, id }) => [region, id]));
  assertKeepsRegions(state, amis, image);
  return {
    ...{ kind: 'channel', region: homeRegion, id: `${name}/${channel}` },
    before: { ...(state.image !== undefined && { image: state.image }) },
    after: { image, amis },
  };
}

/** Where a target is, and the AMI that it is to name. */
type Named = { region: string; account?: string; imageId: string };

async function permissions(
  { amis, amiSettings }: Reach,
  { region, launchPermission }: PlannedDistribution,
  id: string,
): Promise<LaunchPermissionTarget[]> {
  if (!launchPermission) return [];
  if (launchPermission.userGroups.includes('all'))
    assertNone(publicAccessProblem(region, await amiSettings(region).publicAccessBlocked()));
  return [launchPermissionTarget(region, id, await amis(region).launchPermissions(id), launchPermission)];
}

type TemplateSetting = NonNullable<PlannedDistribution['launchTemplateConfigurations']>[number];

async function template(
  reach: Reach,
  { launchTemplateId: id, setDefaultVersion }: TemplateSetting,
  { region, account, imageId }: Named,
): Promise<LaunchTemplateTarget> {
  const templates = reach.launchTemplates(region, account);
  const found = await templates.find(id);
  const { defaultVersion } = found;
  assertNone(consentProblem(found, { region, account }, reach.stackName));
  const launched = await templates.launched(id);
  const target: LaunchTemplateTarget = {
    ...{ kind: 'launchTemplate', region, id },
    ...(account && { account }),
    before: { defaultVersion, imageIds: [...new Set(launched.flatMap((one) => one.imageId ?? []))] },
    after: { imageId, setDefaultVersion },
  };
  const present = launched.find(({ version }) => version === defaultVersion);
  await assertCommitted(reach, target, publisherOf(present?.description ?? ''));
  return target;
}

type ParameterSetting = NonNullable<PlannedDistribution['ssmParameterConfigurations']>[number];

async function parameter(
  reach: Reach,
  { parameterName: id, dataType }: ParameterSetting,
  { region, account, imageId: value }: Named,
): Promise<SsmParameterTarget> {
  const present = await reach.publishedParameters(region, account).find(id);
  assertNone(parameterProblem(id, dataType, { region, account }, present));
  const of = account === undefined ? channelOfParameter(id) : undefined;
  if (of) assertNone(channelParameterProblem(id, (await reach.channels.read(of.name, of.channel)).state));
  const target: SsmParameterTarget = {
    ...{ kind: 'ssmParameter', region, id },
    ...(account && { account }),
    before: present ? { value: present.value } : {},
    after: { value, dataType },
  };
  await assertCommitted(reach, target, await imageOfAmi(reach, present?.value, target));
  return target;
}

function assertNone(problem: string | undefined): void {
  if (problem) throw new InvalidRequestError(problem);
}

// What publishing and exporting need in each region: launch templates, parameters, bucket and role.
import { channelParameterProblem, regionsProblem } from '../../build/channel.ts';
import type { Plan } from '../../build/plan.ts';
import {
  bucketProblem,
  consentProblem,
  exportRoleProblem,
  parameterProblem,
  templateVersions,
  versionsProblem,
} from '../../build/preflight.ts';
import { channelOfParameter } from '../../model/channel.ts';
import { normalisedName } from '../../model/names.ts';
import type { Asking, Check } from './check.ts';

/** `own`: the stack's account. */
export function targetChecks(asking: Asking, plan: Plan, own: string): Check[] {
  return plan.distributions.flatMap(({ region, ...to }) => {
    const place = (account: string | undefined) => ({ region, ...(account && account !== own && { account }) });
    const { launchTemplateConfigurations = [], ssmParameterConfigurations = [], s3ExportConfiguration: exported } = to;
    return [
      ...launchTemplateConfigurations.map(({ launchTemplateId, accountId }) =>
        templateCheck(asking, launchTemplateId, place(accountId)),
      ),
      ...ssmParameterConfigurations.map(({ parameterName, dataType, amiAccountId }) =>
        parameterCheck(asking, parameterName, dataType, place(amiAccountId)),
      ),
      ...(exported ? exportChecks(asking, region, exported) : []),
    ];
  });
}

/** A channel leaves no region by itself: the image must be in all that it is in. */
export const channelCheck = ({ channels }: Asking, plan: Plan, channel: string): Check => ({
  ...{ region: plan.homeRegion, setting: 'distributionConfiguration.channel' },
  async problem() {
    const { state } = await channels.read(normalisedName(plan.recipeName), channel);
    const regions = plan.distributions.flatMap(({ region, accountId }) => (accountId ? [] : [region]));
    return regionsProblem(state, regions, plan.image);
  },
});

type Place = { region: string; account?: string };

function templateCheck({ launchTemplates, stackName }: Asking, id: string, place: Place): Check {
  return {
    ...{ ...place, setting: 'launchTemplateConfigurations', needed: {} },
    async problem() {
      const templates = launchTemplates(place.region, place.account);
      const found = await templates.find(id);
      const problem = consentProblem(found, place, stackName);
      if (problem || found.latestVersion < templateVersions) return problem;
      return versionsProblem(id, place, await templates.countVersions(id));
    },
  };
}

const parameterAdvice =
  'Publishing needs the same permission: names outside /images/ are given to the stack by its parameter publishedParameters (docs/distribution.md).';

function parameterCheck(
  { publishedParameters, channels }: Asking,
  name: string,
  dataType: string,
  place: Place,
): Check {
  const of = place.account === undefined ? channelOfParameter(name) : undefined;
  return {
    ...{ ...place, setting: 'ssmParameterConfigurations', needed: place.account ? {} : { advice: parameterAdvice } },
    async problem() {
      const problem = of && channelParameterProblem(name, (await channels.read(of.name, of.channel)).state);
      const { region, account } = place;
      return problem ?? parameterProblem(name, dataType, place, await publishedParameters(region, account).find(name));
    },
  };
}

type Exported = NonNullable<Plan['distributions'][number]['s3ExportConfiguration']>;

const roleAdvice =
  'Exporting may pass the same roles only: those of the stack’s parameter exportRoles (docs/distribution.md).';

function exportChecks({ buckets, roles }: Asking, region: string, { s3Bucket, roleName }: Exported): Check[] {
  return [
    {
      ...{ region, setting: 's3ExportConfiguration.s3Bucket' },
      problem: async () => bucketProblem(s3Bucket, region, await buckets(region).regionOf(s3Bucket)),
    },
    {
      ...{ region, setting: 's3ExportConfiguration.roleName', needed: { advice: roleAdvice } },
      problem: async () => exportRoleProblem(roleName, await roles.trustOf(roleName)),
    },
  ];
}

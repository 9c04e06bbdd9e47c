// Where an image goes: the distributions of a pipeline, one entry for each region and account.

import { InvalidRequestError } from '../errors.ts';
import type { Pipeline } from '../model/pipeline-schema.ts';
import { parameterKey } from '../model/published-targets-schema.ts';
import type { PlannedDistribution, RegionSettings } from './plan.ts';

type Distributions = Pipeline['distributionConfiguration']['distributions'];

/**
 * Each region's entry of the stack's own account stands before those of its target accounts, which have the same name, tags
 * and key. What a region's settings say of sharing is of the own account's AMI; those in target accounts belong to them.
 */
export function destinations(
  asked: Distributions,
  { region, accountId: own }: { region: string; accountId: string },
  recipeTags: Record<string, string>,
  named: (template: string | undefined) => string,
): PlannedDistribution[] {
  const all: Distributions = asked.length > 0 ? asked : [{ region, amiDistributionConfiguration: { amiTags: {} } }];
  return all.flatMap(({ region: to, amiDistributionConfiguration: ami, ...more }: Distributions[number]) => {
    const { targetAccountIds = [], ...settings } = ami;
    const amiTags = { ...recipeTags, ...settings.amiTags };
    const entry = { ...settings, region: to, name: named(ami.name), amiTags };
    const { launchPermission: _, ...elsewhere } = entry;
    return [
      { ...entry, ...settingsOf(more) },
      ...targetAccountIds.filter((id) => id !== own).map((accountId) => ({ ...elsewhere, accountId })),
    ];
  });
}

/** InvalidRequestError where a region's settings name one parameter twice: `own` is the account of those that name none. */
export function assertParametersOnce(distributions: PlannedDistribution[], own: string): void {
  for (const { region, ssmParameterConfigurations = [] } of distributions) {
    const seen = new Set<string>();
    for (const { parameterName, amiAccountId = own } of ssmParameterConfigurations) {
      const key = parameterKey(parameterName, amiAccountId);
      if (seen.has(key))
        throw new InvalidRequestError(
          `The distribution to ${region} names SSM parameter ${parameterName} of account ${amiAccountId} twice: the account of the stack is meant where there is no amiAccountId. Remove one of them.`,
        );
      seen.add(key);
    }
  }
}

/** What is set in a region, without the keys that are known only to be refused. */
const settingsOf = ({
  launchTemplateConfigurations,
  ssmParameterConfigurations,
  s3ExportConfiguration,
}: RegionSettings): RegionSettings => ({
  ...(launchTemplateConfigurations && { launchTemplateConfigurations }),
  ...(ssmParameterConfigurations && { ssmParameterConfigurations }),
  ...(s3ExportConfiguration && { s3ExportConfiguration }),
});

type Place = { region: string; accountId?: string | undefined; kmsKeyId?: string | undefined };

/** Whether it is the AMI that a build makes, and no copy of it: EC2 puts an AMI under another key by copying it, also within its region. */
export const isMade = ({ region, accountId, kmsKeyId }: Place, home: string) =>
  region === home && accountId === undefined && kmsKeyId === undefined;

/** InvalidRequestError for an account that the stack was not deployed for (parameter `accounts`). */
export function assertAccount(accounts: string[], accountId: string | undefined): void {
  if (!accountId || accounts.includes(accountId)) return;
  throw new InvalidRequestError(
    `Account ${accountId} is none that this stack distributes to (its parameter accounts says ${accounts.join(', ') || 'none'}). Deploy the stack again with it, and distribution-role.yml into that account: docs/distribution.md.`,
  );
}

/** How a destination is told: `eu-west-1`, or `eu-west-1 of account 111111111111`. */
export const destinationText = ({ region, account }: { region: string; account?: string | undefined }) =>
  account ? `${region} of account ${account}` : region;

// Which AMIs a rule of a lifecycle policy spares, in Image Builder's order: region, public, tag, shared account, last launch.
import { addAge, ageText } from '../model/lifecycle-age.ts';
import type { LifecycleDetail } from '../model/lifecycle-policy-schema.ts';
import { taggedWith } from './lifecycle-selection.ts';

/** What EC2 says of an AMI, as far as its retirement asks. */
export type AmiFacts = {
  /** EC2's state: `available`, `disabled` … */
  state: string;
  isPublic: boolean;
  tags: Record<string, string>;
  snapshots: string[];
  /** ISO 8601, both. */
  deprecationTime?: string;
  lastLaunched?: string;
  /** EC2's words, where it is not disabled. */
  deregistrationProtection?: string;
  /** Accounts that it is shared with, where a rule asks for them. */
  sharedWith?: string[];
};

/** Why the rule spares an AMI, or undefined. `now`: epoch milliseconds. */
export function exclusion(
  { exclusionRules: { amis } = {} }: LifecycleDetail,
  { region }: { region: string },
  facts: AmiFacts,
  now: number,
): string | undefined {
  if (!amis) return undefined;
  if (amis.regions?.includes(region)) return `the policy excludes ${region}`;
  if (amis.isPublic && facts.isPublic) return 'the policy excludes public AMIs';
  const tag = amis.tagMap && taggedWith(facts.tags, amis.tagMap);
  if (tag) return `the policy excludes AMIs with the tag ${tag}`;
  const account = amis.sharedAccounts?.find((one) => facts.sharedWith?.includes(one));
  if (account) return `the policy excludes AMIs that are shared with ${account}`;
  const { lastLaunched } = amis;
  if (!lastLaunched || !facts.lastLaunched) return undefined;
  const { value, unit } = lastLaunched;
  if (addAge(new Date(facts.lastLaunched), value, unit).getTime() <= now) return undefined;
  return `the policy excludes AMIs that were launched within ${ageText(value, unit)}, and it was on ${facts.lastLaunched}`;
}

/** Why the rule spares the whole image: a tag that one of its AMIs bears. */
export function imageExclusion(
  { exclusionRules: { tagMap } = {} }: LifecycleDetail,
  tags: Record<string, string>[],
): string | undefined {
  const tag = tagMap && tags.map((own) => taggedWith(own, tagMap)).find((one) => one !== undefined);
  return tag && `the policy excludes images with the tag ${tag}`;
}

/** The accounts that the policy asks for: whether AMIs are shared with one of them. */
export const excludedAccounts = (details: LifecycleDetail[]): string[] => [
  ...new Set(details.flatMap(({ exclusionRules }) => exclusionRules?.amis?.sharedAccounts ?? [])),
];

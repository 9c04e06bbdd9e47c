// Generated accounts: images of five families in several regions and accounts, with random ages, uses and exclusions.
import type { ImageStatus } from '../../shared/model/image-record.ts';
import type { LifecyclePolicy } from '../../shared/model/lifecycle-policy-schema.ts';
import {
  type Account,
  type Ami,
  addImage,
  arnOf,
  day,
  emptyAccount,
  other,
  own,
  policyOf,
  start,
} from './lifecycle-world.ts';

export const families = ['base', 'web', 'shop', 'queue', 'spare'];
const regions = ['us-east-1', 'eu-west-1', 'ap-south-1'];

export function generateAccount(next: () => number, images = 200): Account {
  const account = emptyAccount();
  const chance = (probability: number) => next() < probability;
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(next() * items.length)]!;
  const arns: string[] = [];
  let made = 0;
  for (let index = 0; index < images; index++) {
    const name = families[index % families.length]!;
    const version = `${pick(['1.0.0', '1.1.0', '2.0.0'])}/${index + 1}`;
    const status: ImageStatus = chance(0.8)
      ? 'AVAILABLE'
      : pick(['DEPRECATED', 'DISABLED', 'FAILED', 'CANCELLED', 'DELETED', 'BUILDING'] as const);
    const amis: Record<string, Partial<Ami>> = {};
    const places = regions.flatMap((region, place) =>
      (place === 0 ? [own] : [own, other])
        .filter(() => place === 0 || chance(0.5))
        .map((account_) => [region, account_]),
    );
    if (!['FAILED', 'CANCELLED', 'BUILDING', 'DELETED'].includes(status))
      for (const [region, owner] of places) {
        const id = `ami-${++made}`;
        const shared = chance(0.05) && [...account.snapshots][0];
        amis[id] = {
          ...{ region: region!, account: owner!, state: status === 'DISABLED' ? 'disabled' : 'available' },
          snapshots: shared ? [`snap-${made}`, shared] : [`snap-${made}`, `snap-${made}-data`],
          ...(status === 'DEPRECATED' && { deprecationTime: new Date(start - day).toISOString() }),
          ...(chance(0.15) && { uses: [`instance i-${made} (${pick(['running', 'stopped'])})`] }),
          ...(chance(0.1) && { isPublic: true }),
          ...(chance(0.1) && { sharedWith: ['222222222222'] }),
          ...(chance(0.1) && { lastLaunched: new Date(start - Math.floor(next() * 90) * day).toISOString() }),
          ...(chance(0.1) && { tags: { Keep: 'yes' } }),
          ...(chance(0.03) && { protection: 'enabled' }),
        };
      }
    const parent = arns.length > 0 && chance(0.1) ? pick(arns) : undefined;
    const ancestry = {
      parentImage: { id: 'ami-x', arn: parent },
      components: [],
      recipe: `${name}/1.0.0`,
      contentHash: '',
    };
    arns.push(
      addImage(account, {
        ...{ name, version, age: Math.floor(next() * 400), status, amis },
        ...(parent && { more: { ancestry: ancestry as never } }),
      }),
    );
  }
  for (const name of families)
    for (const channel of ['dev', 'prod'])
      if (chance(0.7))
        account.channels.push({ name, channel, image: pick(arns.filter((arn) => arn.includes(`/${name}/`))) });
  // Somebody else's, under ids that a record of ours names.
  const foreign = pick([...account.images.values()].filter(({ outputResources }) => outputResources.amis.length > 0));
  account.amis.get(foreign.outputResources.amis[0]!.image)!.tags = {};
  return account;
}

/** Two families of the five, each action by age or by count, with every exclusion there is. */
export function generatePolicy(next: () => number): LifecyclePolicy {
  const chance = (probability: number) => next() < probability;
  const byCount = chance(0.5);
  const sizes = [1, 2, 3].map((factor) => factor * (1 + Math.floor(next() * (byCount ? 4 : 60))));
  const [first = 1, second = 2, third = 3] = sizes.sort((a, b) => a - b).map((size, index) => size + index);
  const exclusionRules = {
    ...(chance(0.3) && { tagMap: { Keep: 'yes' } }),
    amis: {
      ...(chance(0.5) && { isPublic: true }),
      ...(chance(0.5) && { regions: ['ap-south-1'] }),
      ...(chance(0.5) && { sharedAccounts: ['222222222222'] }),
      ...(chance(0.5) && { lastLaunched: { value: 30, unit: 'DAYS' } }),
      ...(chance(0.5) && { tagMap: { Keep: 'yes' } }),
    },
  };
  const filter = (value: number) =>
    byCount ? { type: 'COUNT', value } : { type: 'AGE', value, unit: 'DAYS', retainAtLeast: 2 };
  return policyOf({
    policyDetails: [
      {
        action: { type: 'DELETE', includeResources: { amis: true, snapshots: chance(0.8) } },
        ...{ filter: filter(third), exclusionRules },
      },
      { action: { type: 'DEPRECATE', includeResources: { amis: chance(0.8) } }, filter: filter(first) },
      { action: { type: 'DISABLE', includeResources: { amis: true } }, filter: filter(second), exclusionRules },
    ].filter((_, index) => index === 0 || chance(0.7)),
    resourceSelection: {
      recipes: [
        { name: 'Web', semanticVersion: 'x.x.x' },
        { name: 'shop', semanticVersion: '1.x.x' },
      ],
    },
    retainAcrossVersions: chance(0.7),
  });
}

/** Images of other families, and of versions that the policy does not select. */
export const isSelected = (arn: string): boolean => arn.includes('/web/') || arn.includes(`${arnOf('shop', '1.')}`);

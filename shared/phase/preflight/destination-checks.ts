// What the AMI of each region and account needs: the account, the region, its name, its key, and whether it may be public.
import { nameTaken } from '../../build/ami.ts';
import { destinationText, isMade } from '../../build/destinations.ts';
import { sourceKeys } from '../../build/key-access.ts';
import type { Plan, PlannedDistribution } from '../../build/plan.ts';
import {
  keyPlaceProblem,
  keyProblem,
  managedKeyProblem,
  mayBeTaken,
  needsOptIn,
  publicAccessProblem,
  regionProblem,
} from '../../build/preflight.ts';
import { inTheRecipe, isShared, underOwnKey } from '../../build/sharing.ts';
import { imageTag } from '../../model/tags.ts';
import type { Asking, Check } from './check.ts';

type Place = { region: string; account?: string };

const placeOf = ({ region, accountId }: PlannedDistribution): Place => ({
  region,
  ...(accountId && { account: accountId }),
});

/** Of each account beside the stack's own that anything is to be done in, at its first region. */
export function accountChecks({ enter }: Asking, places: (Place & { setting: string })[]): Check[] {
  const accounts = new Map<string, Place & { setting: string }>();
  for (const place of places) if (place.account && !accounts.has(place.account)) accounts.set(place.account, place);
  return [...accounts].map(([account, { region, setting }]) => ({
    ...{ region, account, setting, covers: 'account' as const, needed: {} },
    problem: async () => void (await enter(account)),
  }));
}

/** One call for each account, whichever of its regions must be enabled. */
export function regionChecks(asking: Asking, homeRegion: string, places: Place[]): Check[] {
  const byAccount = Map.groupBy(
    places.filter(({ region }) => region !== homeRegion && needsOptIn(region)),
    ({ account }) => account,
  );
  return [...byAccount].flatMap(([account, there]) => {
    const names = [...new Set(there.map(({ region }) => region))];
    let asked: Promise<Map<string, string>> | undefined;
    const statuses = () => (asked ??= asking.regions(homeRegion, account).statuses(names));
    return names.map((region) => ({
      ...{ region, ...(account && { account }), setting: 'region', covers: 'region' as const },
      problem: async () => regionProblem({ region, account }, (await statuses()).get(region)),
    }));
  });
}

export function amiChecks(asking: Asking, plan: Plan, dateCreated: string): Check[] {
  return plan.distributions.flatMap((to, index) => {
    const place = placeOf(to);
    const copied = plan.copies.includes(index);
    return [
      ...(mayBeTaken(plan, index, dateCreated) ? [nameCheck(asking, plan, to.name, place)] : []),
      ...(copied && to.kmsKeyId
        ? [keyCheck(asking, to.kmsKeyId, place, { shared: !to.accountId && isShared(to) })]
        : []),
      ...(to.launchPermission?.userGroups.includes('all') ? [publicCheck(asking, to.region)] : []),
    ];
  });
}

/** Names are unique in each account and region, those of disabled AMIs too (EC2 API reference, CreateImage). */
function nameCheck({ amis }: Asking, { image }: Plan, name: string, place: Place): Check {
  const { region, account } = place;
  return {
    ...place,
    setting: 'amiDistributionConfiguration.name',
    async problem() {
      const [other] = (await amis(region, account).findOwned([{ Name: 'name', Values: [name] }])).filter(
        ({ tags }) => tags[imageTag] !== image,
      );
      return other && nameTaken(name, `AMI ${other.id} in ${destinationText(place)}`, undefined).message;
    },
  };
}

/** The keys of the AMI's volumes: the builder is launched with them, or they are those of the AMI that there is. */
export function sourceKeyChecks(asking: Asking, plan: Plan): Check[] {
  const { distributions, homeRegion } = plan;
  const shared = distributions.some((to) => to.accountId || (isMade(to, homeRegion) && isShared(to)));
  return sourceKeys(plan).map(({ key, region }) => {
    const { setting, advice } = originOf(plan, key);
    return { ...keyCheck(asking, key, { region }, { shared, advice }), setting };
  });
}

/** What names a key of the source, and what to do where it is AWS's own. */
function originOf(
  { blockDeviceMappings, homeRegion, source }: Plan,
  key: string,
): { setting: string; advice?: string } {
  if (source?.copied) return { setting: 'distribution.source', advice: underOwnKey(homeRegion) };
  if (source || blockDeviceMappings.some(({ ebs }) => ebs?.kmsKeyId === key))
    return { setting: 'imageRecipe.blockDeviceMappings' };
  return { setting: 'imageRecipe.parentImage', advice: `${inTheRecipe} the others may use.` };
}

/** `advice`: what to do where it is AWS's own and `shared`. */
type Use = { shared: boolean; advice?: string | undefined };

function keyCheck({ keys }: Asking, key: string, place: Place, { shared, advice }: Use): Check {
  return {
    ...place,
    setting: 'amiDistributionConfiguration.kmsKeyId',
    async problem() {
      const elsewhere = keyPlaceProblem(key, place);
      if (elsewhere) return elsewhere;
      const found = await keys(place.region, place.account).find(key);
      return keyProblem(key, place, found) ?? (shared ? managedKeyProblem(key, place, found, advice) : undefined);
    },
  };
}

const publicCheck = ({ amiSettings }: Asking, region: string): Check => ({
  ...{ region, setting: 'amiDistributionConfiguration.launchPermission', needed: {} },
  problem: async () => publicAccessProblem(region, await amiSettings(region).publicAccessBlocked()),
});

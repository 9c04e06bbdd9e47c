// Ensures the AMI of the stopped builder and waits until it is available.
import type { Amis, AmisAt } from '../aws/amis.ts';
import { codeOf } from '../aws/fault.ts';
import { createImageRequest, nameTaken } from '../build/ami.ts';
import { assertInTime, limits } from '../build/deadline.ts';
import { type Entry, entryKey, living, newest } from '../build/ledger.ts';
import type { Plan } from '../build/plan.ts';
import { type Owner, ownerFilters } from '../build/resource-tags.ts';
import { CancelledError, NotFoundError, NotReadyError } from '../errors.ts';
import { entryTag, imageTag, stackTag } from '../model/tags.ts';
import type { Ledgers } from '../store/ledgers.ts';
import type { Plans } from '../store/plans.ts';
import { awaitResource, type Waiting } from './await-resource.ts';
import { lookAtAmi } from './looks.ts';
import type { Lambda } from './phase.ts';
import { inState } from './timeline.ts';

export type Snapshotting = Waiting & { ledgers: Ledgers; plans: Plans; amis: AmisAt; stackId: string };

const state = 'SnapshotAmi';
const key = entryKey(state, 0, 0);

export async function snapshotAmi(
  snapshotting: Snapshotting,
  { image, token }: { image: string; token: string },
  { until }: Lambda,
) {
  const [ledger, plan] = await Promise.all([snapshotting.ledgers.read(image), snapshotting.plans.read(image)]);
  if (ledger.closed) throw new CancelledError(`The build of ${image} has ended: no AMI is made for it.`);
  const builder = living(ledger, 'LaunchBuilder');
  if (!builder) throw new NotFoundError(`The build of ${image} has no builder to make an AMI of.`);
  const region = plan.homeRegion;
  await inState(snapshotting, image, { state, region }, async () => {
    const known = newest(ledger, state, 0)?.entry;
    const entry: Entry = known ?? {
      kind: 'image',
      region,
      token: plan.ami.name,
      since: snapshotting.now(),
      until,
    };
    const id = known?.id ?? (await create(snapshotting, plan, builder, { ...entry, until }, known !== undefined));
    const look = lookAtAmi(snapshotting);
    const wait = { resource: id, wanted: 'available' as const, image, entry: key, timeline: state, region };
    await awaitResource(snapshotting, wait, token, async (same, hint) => {
      const seen = await look(same, hint);
      if (!seen) assertInTime(entry, limits.image, snapshotting.now(), `AMI ${id} becoming available in ${region}`);
      return seen;
    });
  });
}

/** CreateImage has no client token: what an earlier try made is found by its tags, and its name can exist only once. */
async function create(
  snapshotting: Snapshotting,
  plan: Plan,
  builder: string,
  entry: Entry,
  triedBefore: boolean,
): Promise<string> {
  const { ledgers, stackId } = snapshotting;
  const amis = snapshotting.amis(entry.region);
  const owner = { stackId, image: plan.image, entry: key };
  await ledgers.note(plan.image, key, entry);
  const mine = ({ name }: { name: string }) => name === plan.ami.name;
  let id = triedBefore ? (await amis.findOwned(ownerFilters(owner))).find(mine)?.id : undefined;
  try {
    id ??= await amis.create(createImageRequest(plan, builder, owner));
  } catch (error) {
    if (codeOf((error as Error).cause) !== 'InvalidAMIName.Duplicate') throw error;
    id = await adopt(amis, plan, owner, error);
  }
  if (await ledgers.add(plan.image, key, { id })) {
    await snapshotting.images.describe(plan.image, state, { resource: id });
    return id;
  }
  await amis.deregister(id);
  throw new CancelledError(`The build of ${plan.image} ended while its AMI was made: ${id} is deregistered again.`);
}

/** The AMI that has the name already, if it is ours: the SDK repeats a call whose answer was lost by itself. */
async function adopt(amis: Amis, { ami }: Plan, owner: Owner, cause: unknown): Promise<string> {
  const [holder] = await amis.findOwned([{ Name: 'name', Values: [ami.name] }]);
  if (!holder)
    throw new NotReadyError(`The AMI name "${ami.name}" is taken by an AMI that EC2 does not show (yet).`, { cause });
  const mine = { [stackTag]: owner.stackId, [imageTag]: owner.image, [entryTag]: owner.entry };
  if (Object.entries(mine).every(([key, value]) => holder.tags[key] === value)) return holder.id;
  throw nameTaken(ami.name, holder.id, cause);
}

// Ensures the copy of the AMI in one region and waits until it is available.
import type { AmisAt } from '../aws/amis.ts';
import { codeOf } from '../aws/fault.ts';
import { copyImageRequest, nameTaken } from '../build/ami.ts';
import { clientToken } from '../build/client-token.ts';
import { assertInTime } from '../build/deadline.ts';
import { destinationText } from '../build/destinations.ts';
import { type Entry, entryKey, living, newest } from '../build/ledger.ts';
import type { Plan } from '../build/plan.ts';
import { CancelledError, NotFoundError, NotReadyError } from '../errors.ts';
import type { Ledgers } from '../store/ledgers.ts';
import type { Plans } from '../store/plans.ts';
import { awaitResource, type Waiting } from './await-resource.ts';
import { type CopyQueue, copyOf, destinationOf } from './copy-slot.ts';
import { lookAtCopy } from './looks.ts';
import type { Lambda } from './phase.ts';
import { shareSource } from './share-source.ts';
import { inState, timelineKey } from './timeline.ts';

export type Copying = Waiting & {
  ledgers: Ledgers;
  plans: Plans;
  amis: AmisAt;
  copyQueue: CopyQueue;
  /** Milliseconds that one copy may take; the time in the queue does not count. */
  copyLimit: number;
  stackId: string;
  accountId: string;
};

const state = 'CopyRegion';

export async function copyRegion(
  copying: Copying,
  input: { image: string; token: string; index: number },
  { until }: Lambda,
) {
  const { image, index, token } = input;
  const [ledger, plan] = await Promise.all([copying.ledgers.read(image), copying.plans.read(image)]);
  if (ledger.closed) throw new CancelledError(`The build of ${image} has ended: no copy is made for it.`);
  const source = plan.source?.copied ? plan.source.imageId : living(ledger, 'SnapshotAmi');
  const to = plan.distributions[index];
  if (!source || !to) throw new NotFoundError(`The build of ${image} has no AMI or no distribution ${index} to copy.`);
  const { region, accountId: account } = to;
  const place = destinationText({ region, account });
  await inState(copying, image, { state, index, label: place, region }, async () => {
    const key = entryKey(state, index, 0);
    const known = newest(ledger, state, index)?.entry;
    const since = known?.since ?? copying.now();
    const made = clientToken(copying.stackId, image, key);
    const { queued } = known ?? {};
    const entry: Entry = {
      kind: 'copy',
      region,
      ...(account && { account }),
      token: made,
      name: to.name,
      since,
      until,
      ...(queued && { queued }),
    };
    const begun = known?.id ? { id: known.id, since } : await copy(copying, plan, { index, source, key, entry, token });
    // It waits for its turn.
    if (!begun) return;
    const { id } = begun;
    const look = lookAtCopy(copying);
    const timeline = timelineKey({ state, index });
    const wait = {
      resource: id,
      wanted: 'available' as const,
      image,
      entry: key,
      timeline,
      region,
      ...(account && { account }),
    };
    await awaitResource(copying, wait, token, async (same, hint) => {
      const seen = await look(same, hint);
      if (!seen) assertInTime(begun, copying.copyLimit, copying.now(), `Copy ${id} becoming available in ${place}`);
      return seen;
    });
  });
}

/** What CopyImage says (code InvalidRequest) where the snapshots of another account's AMI may not be read. */
const storageRefused = /permission to access the storage/;
/** Milliseconds for which that may be too early to mean it. */
const settling = 3 * 60_000;

type Order = { index: number; source: string; key: string; entry: Entry; token: string };

/** The copy and when it began, or undefined while others are before it. */
async function copy(
  copying: Copying,
  plan: Plan,
  order: Order,
): Promise<(Pick<Entry, 'since'> & { id: string }) | undefined> {
  const { index, source, key, token } = order;
  const { image } = plan;
  const { ledgers, images, copyQueue } = copying;
  const to = plan.distributions[index]!;
  const amis = copying.amis(to.region, to.accountId);
  const where = destinationText({ region: to.region, account: to.accountId });
  // The role of another account is taken before anything is noted: where it is absent, nothing can be left.
  if (to.accountId && !order.entry.queued) await amis.find(source);
  const queued = order.entry.queued ?? { since: copying.now(), snapshots: await snapshotsOf(copying, plan, source) };
  const entry = { ...order.entry, queued };
  await ledgers.note(image, key, entry);
  const destination = destinationOf(copying, entry);
  const place = { copy: copyOf(image, key), asked: queued.since, snapshots: queued.snapshots };
  const waits = (waiting: string) => images.describe(image, timelineKey({ state, index }), { waiting });
  const turn = await copyQueue.ask(destination, place, token);
  if (turn.act === 'wait') return void (await waits(turn.text));
  const owner = { stackId: copying.stackId, image, entry: key };
  const since = copying.now();
  const request = copyImageRequest(plan, to, source, entry.token, owner);
  const from = { image, index, source, region: request.SourceRegion };
  const shared = to.accountId
    ? await shareSource(copying, { ...from, accountId: to.accountId, until: entry.until })
    : undefined;
  try {
    const id = await amis.copy(request);
    if (await ledgers.add(image, key, { id, since })) {
      await images.describe(image, timelineKey({ state, index }), { resource: id, waiting: undefined });
      if (turn.doubtful) await copyQueue.accepted(destination);
      return { id, since };
    }
    await amis.deregister(id);
    throw new CancelledError(
      `The build of ${image} ended while it was copied: ${id} in ${where} is deregistered again.`,
    );
  } catch (error) {
    const code = codeOf((error as Error).cause);
    if (code === 'ResourceLimitExceeded') return void (await waits(await copyQueue.refused(destination, place, token)));
    // What was granted a moment ago is not at once known everywhere (EC2 API reference, eventual consistency).
    if (shared && storageRefused.test((error as Error).message) && copying.now() - shared.since < settling)
      throw new NotReadyError((error as Error).message, { cause: error });
    if (code !== 'InvalidAMIName.Duplicate') throw error;
    throw nameTaken(to.name, `another AMI in ${where}`, error);
  }
}

/** An AMI is copied by copying its snapshots, one for each EBS volume. Whether it is there CopyImage says. */
async function snapshotsOf({ amis }: Copying, plan: Plan, source: string): Promise<number> {
  const found = await amis(plan.source?.copied ? plan.source.region : plan.homeRegion).find(source);
  return Math.max(1, found?.snapshots.length ?? 1);
}

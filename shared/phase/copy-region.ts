// Ensures the copy of the AMI in one region and waits until it is available.
import type { AmisAt } from '../aws/amis.ts';
import { codeOf } from '../aws/fault.ts';
import { copyImageRequest, nameTaken } from '../build/ami.ts';
import { clientToken } from '../build/client-token.ts';
import { assertInTime, limits } from '../build/deadline.ts';
import { destinationText } from '../build/destinations.ts';
import { type Entry, entryKey, living, newest } from '../build/ledger.ts';
import type { Plan } from '../build/plan.ts';
import { CancelledError, NotFoundError } from '../errors.ts';
import type { Ledgers } from '../store/ledgers.ts';
import type { Plans } from '../store/plans.ts';
import { awaitResource, type Waiting } from './await-resource.ts';
import { lookAtAmi } from './looks.ts';
import type { Lambda } from './phase.ts';
import { inState, timelineKey } from './timeline.ts';

export type Copying = Waiting & { ledgers: Ledgers; plans: Plans; amis: AmisAt; stackId: string };

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
    const entry: Entry = {
      kind: 'copy',
      region,
      ...(account && { account }),
      token: made,
      name: to.name,
      since,
      until,
    };
    const id = known?.id ?? (await copy(copying, plan, { index, source, key, entry }));
    const look = lookAtAmi(copying);
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
      if (!seen) assertInTime(entry, limits.copy, copying.now(), `Copy ${id} becoming available in ${place}`);
      return seen;
    });
  });
}

type Order = { index: number; source: string; key: string; entry: Entry };

async function copy(copying: Copying, plan: Plan, { index, source, key, entry }: Order): Promise<string> {
  const to = plan.distributions[index]!;
  const amis = copying.amis(to.region, to.accountId);
  const place = destinationText({ region: to.region, account: to.accountId });
  const owner = { stackId: copying.stackId, image: plan.image, entry: key };
  await copying.ledgers.note(plan.image, key, entry);
  try {
    const id = await amis.copy(copyImageRequest(plan, to, source, entry.token, owner));
    if (await copying.ledgers.add(plan.image, key, { id })) {
      await copying.images.describe(plan.image, timelineKey({ state, index }), { resource: id });
      return id;
    }
    await amis.deregister(id);
    throw new CancelledError(
      `The build of ${plan.image} ended while it was copied: ${id} in ${place} is deregistered again.`,
    );
  } catch (error) {
    if (codeOf((error as Error).cause) !== 'InvalidAMIName.Duplicate') throw error;
    throw nameTaken(to.name, `another AMI in ${place}`, error);
  }
}

// Ensures that the AMI of one region is exported to S3 and waits until the file is there. EC2 tells no event of export tasks
// (EventBridge reference, EC2 events): heartbeats look.
import type { Exports } from '../aws/exports.ts';
import { codeOf } from '../aws/fault.ts';
import { clientToken } from '../build/client-token.ts';
import { assertInTime, limits } from '../build/deadline.ts';
import { outputEntry } from '../build/ending.ts';
import { exportObject, exportOutcome, exportRequest } from '../build/export.ts';
import { type Entry, entryKey, newest } from '../build/ledger.ts';
import { CancelledError, NotFoundError } from '../errors.ts';
import type { Ledgers } from '../store/ledgers.ts';
import type { Plans } from '../store/plans.ts';
import { awaitResource, type Waiting } from './await-resource.ts';
import type { Lambda } from './phase.ts';
import { inState, timelineKey } from './timeline.ts';

export type Exporting = Waiting & {
  ledgers: Ledgers;
  plans: Plans;
  exports(region: string): Exports;
  stackId: string;
};

const state = 'ExportImage';

export async function exportImage(
  exporting: Exporting,
  { image, index, token }: { image: string; index: number; token: string },
  { until }: Lambda,
): Promise<void> {
  const { ledgers, plans, stackId, now } = exporting;
  const [ledger, plan] = await Promise.all([ledgers.read(image), plans.read(image)]);
  if (ledger.closed) throw new CancelledError(`The build of ${image} has ended: nothing is exported.`);
  const to = plan.distributions[index];
  const ami = to && outputEntry(plan, ledger, index)?.entry.id;
  if (!to?.s3ExportConfiguration || !ami)
    throw new NotFoundError(`The build of ${image} has no AMI or no distribution ${index} to export.`);
  const { region, s3ExportConfiguration: settings } = to;
  await inState(exporting, image, { state, index, label: region, region }, async () => {
    const key = entryKey(state, index, 0);
    const known = newest(ledger, state, index)?.entry;
    const entry: Entry = {
      ...{ kind: 'export', region, token: clientToken(stackId, image, key) },
      ...{ since: known?.since ?? now(), until, object: exportObject(settings) },
    };
    const request = exportRequest(settings, ami, entry.token, { stackId, image, entry: key });
    const timeline = timelineKey({ state, index });
    const id = known?.id ?? (await start(exporting, image, { key, entry, request }));
    if (!id) {
      assertInTime(entry, limits.export, now(), `An export of ${ami} from ${region} being taken by EC2`);
      const waiting = `waiting for other exports from ${region} to end (EC2: ResourceLimitExceeded)`;
      return exporting.images.describe(image, timeline, { waiting });
    }
    const wait = { resource: id, wanted: 'exported' as const, image, entry: key, timeline, region };
    await awaitResource(exporting, wait, token, async () => {
      const outcome = exportOutcome(await exporting.exports(region).find(id), region);
      if (!outcome) assertInTime(entry, limits.export, now(), `Export ${id} of ${ami} in ${region}`);
      return outcome && { outcome };
    });
  });
}

type Order = { key: string; entry: Entry; request: ReturnType<typeof exportRequest> };

/** Undefined while as many tasks are under way as EC2 takes: the next heartbeat asks again. */
async function start(exporting: Exporting, image: string, { key, entry, request }: Order): Promise<string | undefined> {
  const exports = exporting.exports(entry.region);
  await exporting.ledgers.note(image, key, entry);
  const id = await exports.start(request).catch((error: Error) => {
    if (codeOf(error.cause) !== 'ResourceLimitExceeded') throw error;
  });
  if (!id) return undefined;
  if (await exporting.ledgers.add(image, key, { id })) return id;
  await exports.cancel(id);
  throw new CancelledError(`The build of ${image} ended while it was exported: ${id} in ${entry.region} is cancelled.`);
}

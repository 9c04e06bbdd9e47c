// The third net: releases what builds that have ended still own, ends their records, and reports what nobody owns.

import { atOnce } from '../at-once.ts';
import type { Executions } from '../aws/executions.ts';
import type { Tagged } from '../aws/tagged.ts';
import { destinationText } from '../build/destinations.ts';
import { endOfExecution, hasFailed } from '../build/ending.ts';
import { unreleased } from '../build/ledger.ts';
import { keeps } from '../build/retention.ts';
import { verdict } from '../build/sweep.ts';
import type { ImageRecord } from '../model/image-record.ts';
import { isUnderWay } from '../model/image-record.ts';
import { ownership, type TaggedResource } from '../model/ownership.ts';
import { buildRequested } from '../model/start-build.ts';
import { longestList, type SweepReport, type Swept } from '../model/sweep-report.ts';
import type { BuildQueue } from '../store/build-queue.ts';
import type { Place } from '../store/plans.ts';
import type { SweepReports } from '../store/sweep-reports.ts';
import { type CarryingOut, endRevocations } from './carry-out-revocation.ts';
import { closeAndRelease, spared } from './cleanup.ts';
import type { Ending } from './execution-ended.ts';
import { finish } from './finish.ts';
import type { Lambda } from './phase.ts';
import { settleChannels } from './settle-channels.ts';
import { type TakingBack, takeBackSlots } from './take-back-slots.ts';
import { isoTime } from './timeline.ts';

export type Sweeping = Ending &
  CarryingOut &
  TakingBack & {
    executions: Executions;
    reports: SweepReports;
    queue: Pick<BuildQueue, 'waiting'>;
    tagged(region: string, accountId?: string): Tagged;
    region: string;
    /** The accounts beside its own that images may go to. */
    accounts: string[];
  };

/** Milliseconds that the last look, and the report, may take. */
const margin = 60_000;
/** Ledgers, and regions, that are looked at at once. */
const together = 8;

/** Never touches what is live, published or kept, nor anything that it only finds by a tag. A failure of one build does not keep the others. */
export async function sweep(
  sweeping: Sweeping,
  { dryRun }: { dryRun: boolean },
  { until }: Lambda,
): Promise<SweepReport> {
  const { ledgers, plans, queue, reports, metrics, now } = sweeping;
  // Every account is looked into, so that a role which is missing there is told before a build needs it.
  const own = [undefined, ...sweeping.accounts].map((id) => ({
    region: sweeping.region,
    ...(id && { accountId: id }),
  }));
  const places = new Map<string, Place>([...own, ...(await plans.places())].map((place) => [text(place), place]));
  const regions = [...places.keys()];
  const report: SweepReport = {
    ...{ started: isoTime(sweeping), ended: '', dryRun, complete: true, regions },
    counts: { looked: 0, live: 0, released: 0, finished: 0, leftovers: 0, refused: 0, orphans: 0 },
    ...{ released: [], finished: [], leftovers: [], refused: [], orphans: [], problems: [] },
  };
  const inTime = () => now() + margin < until;
  const trying = async (what: string, work: () => Promise<void>) => {
    if (!inTime()) {
      report.complete = false;
      return;
    }
    try {
      await work();
    } catch (error) {
      report.problems.push(`${what}: ${(error as Error).message}`);
    }
  };
  await atOnce(together, ledgers.unsettled(), (image) => trying(image, () => settle(sweeping, image, report, dryRun)));
  const problem = (text: string) => void report.problems.push(text);
  if (!dryRun) await trying('revocations', () => endRevocations(sweeping, { until: until - margin }, problem));
  if (!dryRun) await trying('channels', () => settleChannels(sweeping, { until: until - margin }, problem));
  if (!dryRun) await atOnce(together, queue.waiting(), (name) => trying(name, () => remind(sweeping, name)));
  if (!dryRun)
    await atOnce(together, sweeping.copySlots.destinations(), (to) =>
      trying(`copies to ${to.region}`, async () => void report.released.push(...(await takeBackSlots(sweeping, to)))),
    );
  await atOnce(together, places, ([name, place]) => trying(name, () => search(sweeping, place, report)));
  const ended = cut({ ...report, ended: isoTime(sweeping) });
  if (dryRun) return ended;
  metrics.count('Orphans', ended.counts.orphans);
  metrics.count('Leftovers', ended.counts.leftovers);
  metrics.count('Refusals', ended.counts.refused + ended.problems.length);
  await reports.write(ended);
  return ended;
}

const text = ({ region, accountId: account }: Place) => destinationText({ region, account });

/** One build: left alone, refused, or released and ended. */
async function settle(sweeping: Sweeping, image: string, report: SweepReport, dryRun: boolean): Promise<void> {
  const { ledgers, images, executions, stackId, now } = sweeping;
  const [ledger, record] = await Promise.all([ledgers.read(image), images.find(image)]);
  const execution = record?.executionArn ? await executions.look(record.executionArn) : undefined;
  report.counts.looked++;
  const judged = verdict({ ledger, recorded: record !== undefined, execution: execution?.status, stackId, now: now() });
  if (judged.act === 'leave') report.counts.live++;
  if (judged.act === 'refuse') report.refused.push({ image, reason: judged.reason });
  if (judged.act !== 'release') return;
  const spare = spared(await sweeping.plans.find(image), ledger, now());
  const owned = unreleased(ledger)
    .filter(([key]) => !spare(key))
    .map(
      ([key, { kind, id = key, region, account }]): Swept => ({ image, kind, id, region, ...(account && { account }) }),
    );
  const alive = record !== undefined && isUnderWay(record.state.status);
  if (dryRun) {
    report.released.push(...owned);
    if (alive) report.finished.push(image);
    return;
  }
  if (!record) return await forget(sweeping, image);
  const end = execution ?? { status: 'FAILED', error: 'States.Runtime', cause: neverRan(record) };
  const story = endOfExecution(end.status, end.error, end.cause);
  // Nothing is to be done before the time is over for which something is kept.
  if (ledger.closed && !alive && owned.length === 0 && keeps(ledger, now())) return;
  const leftovers = await closeAndRelease(sweeping, image, execution !== undefined && hasFailed(story));
  // What may still be released by those who are at it is not left behind yet.
  const final = leftovers.filter(({ again }) => !again);
  const left = final.map(({ kind, name, region, account, said }) => ({
    ...{ image, kind, id: name, region, reason: said },
    ...(account && { account }),
  }));
  const released = owned.filter(({ id }) => !leftovers.some(({ name }) => name === id));
  report.leftovers.push(...left);
  report.released.push(...released);
  if (released.length > 0) await images.note(image, [releasedText(released, isoTime(sweeping))]);
  await finish(sweeping, image, story);
  if (alive) report.finished.push(image);
}

const neverRan = ({ executionArn }: ImageRecord) =>
  `The build never ran: Step Functions knows no execution ${executionArn}. Start it again.`;

const releasedText = (released: Swept[], at: string) =>
  `The sweep of ${at} released ${released.map(({ kind, id, ...place }) => `${kind} ${id} in ${destinationText(place)}`).join(', ')}.`;

/** A ledger whose maker died before it wrote the image's record: nothing was made. */
async function forget({ ledgers, now }: Sweeping, image: string): Promise<void> {
  const at = isoTime({ now });
  await ledgers.close(image, at);
  await ledgers.clean(image, at);
  await ledgers.leave(image);
}

/** A request that waits, though the event on which it waits may be lost: start-build knows whether it is time. */
async function remind({ notices }: Sweeping, imagePipelineName: string): Promise<void> {
  const detail = { imagePipelineName, trigger: 'queued' };
  await notices.putEvent({ detailType: buildRequested, resources: [], detail });
}

/** What carries our tag in one region of one account. The resources are listed before their ledgers are read: what is listed was noted by then. */
async function search(sweeping: Sweeping, { region, accountId }: Place, report: SweepReport): Promise<void> {
  const { ledgers, stackId, now } = sweeping;
  const found = await sweeping.tagged(region, accountId).of(stackId);
  const byImage = Map.groupBy(found, ({ image = '' }) => image);
  await atOnce(together, byImage, async ([image, resources]) => {
    const ledger = image ? await ledgers.find(image) : undefined;
    const isOrphan = (one: TaggedResource) => ownership(one, ledger, { stackId, now: now() }) === 'orphan';
    report.orphans.push(...resources.filter(isOrphan).map((one) => (accountId ? { ...one, account: accountId } : one)));
  });
}

function cut(report: SweepReport): SweepReport {
  const lists = ['released', 'finished', 'leftovers', 'refused', 'orphans'] as const;
  const counts = { ...report.counts, ...Object.fromEntries(lists.map((name) => [name, report[name].length])) };
  const shortened = [...lists, 'problems' as const].map((name) => [name, report[name].slice(0, longestList)]);
  return { ...report, counts, ...Object.fromEntries(shortened) };
}

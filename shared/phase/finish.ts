// Ends an image's record: final status and reason, event, and the pipeline's topic.
import type { Metrics } from '../aws/metrics.ts';
import type { Notices } from '../aws/notices.ts';
import { type Caught, causeText, ending, outputs } from '../build/ending.ts';
import { retriedErrors } from '../build/outcome.ts';
import { usageOf } from '../build/usage.ts';
import { errorNames } from '../errors.ts';
import { costOf } from '../model/cost.ts';
import type { ImageRecord } from '../model/image-record.ts';
import { imageSummary } from '../model/image-summary.ts';
import { prices } from '../model/prices.ts';
import { textOrder } from '../model/text-order.ts';
import type { Images } from '../store/images.ts';
import type { Ledgers } from '../store/ledgers.ts';
import type { Plans } from '../store/plans.ts';
import { announce } from './announce.ts';
import { isoTime } from './timeline.ts';

export type Finishing = {
  images: Images;
  ledgers: Ledgers;
  plans: Plans;
  notices: Notices;
  metrics: Metrics;
  accountId: string;
  /** What changed against the pipeline's newest earlier image; undefined where there is nothing to compare. */
  changes?(image: ImageRecord): Promise<string | undefined>;
  now(): number;
};

/** How the execution must end: `error` and `cause` are empty for an available image. */
export type Finished = { status: string; error: string; cause: string };

/** Image Builder's limit of `state.reason`. */
const longestReason = 1024;

export type Story = {
  /** What the machine caught, or what ended the execution. */
  caught?: Caught | undefined;
  /** What Cleanup ended with: told in the notes, never instead of the first error. */
  cleanupError?: Caught | undefined;
  aborted?: boolean;
};

/** Idempotent: the first ending stands, later calls answer it. */
export async function finish(
  finishing: Finishing,
  arn: string,
  { caught, cleanupError, aborted = false }: Story,
): Promise<Finished> {
  const { images, ledgers, plans, notices } = finishing;
  const [image, ledger, plan] = await Promise.all([images.read(arn), ledgers.read(arn), plans.find(arn)]);
  const results = plan ? [...(await plans.results(arn, 'build')), ...(await plans.results(arn, 'test'))] : [];
  const { status, error, cause, failureContext } = ending(image, ledger, caught, aborted, results);
  // A CleanupError has written its own note.
  if (cleanupError && cleanupError.Error !== 'CleanupError')
    await images.note(arn, [`Cleanup ended with ${cleanupError.Error}: ${causeText(cleanupError)}`]);
  // What failed after the commit undoes nothing, and is not forgotten either.
  if (status === 'AVAILABLE' && caught?.Error)
    await images.note(arn, [`After it was published, a step failed with ${caught.Error}: ${causeText(caught)}`]);
  const amis = plan && status === 'AVAILABLE' ? outputs(plan, ledger, finishing.accountId) : [];
  const dateEnded = isoTime(finishing);
  const usage = usageOf({ timeline: image.timeline, outputResources: { amis } }, ledger, plan, dateEnded);
  const changes = status === 'AVAILABLE' ? await changesOf(finishing, image) : undefined;
  const record = await images.end(arn, {
    ...{ status, amis, dateEnded },
    facts: { usage, cost: costOf(usage, prices), ...(changes && { changes }) },
    open: Object.keys(image.timeline).filter((key) => !image.timeline[key]!.ended),
    ...(cause && { reason: cause.slice(0, longestReason) }),
    ...(failureContext && { failureContext }),
  });
  if (record.unannounced) {
    const topic = plan?.infrastructure.snsTopicArn;
    if (topic) await orNote(finishing, arn, () => notices.publish(topic, ...message(record)));
    measure(finishing.metrics, record);
    await orNote(finishing, arn, () => announce(finishing, record));
  }
  // Both read "clean" before: what cleanup could not release stays on the sweep's list.
  if (ledger.clean) await ledgers.leave(arn);
  if (record.state.status === 'AVAILABLE') return { status: 'AVAILABLE', error: '', cause: '' };
  return { status: record.state.status, error, cause };
}

/** A comparison that fails must not fail a finished image. */
async function changesOf({ changes, images }: Finishing, image: ImageRecord): Promise<string | undefined> {
  try {
    return await changes?.(image);
  } catch (error) {
    if (retriedErrors.includes((error as Error).name)) throw error;
    await images.note(image.arn, [`It is not known what changed: ${(error as Error).message}`]);
    return undefined;
  }
}

const endings = { AVAILABLE: 'ImagesAvailable', FAILED: 'ImagesFailed', CANCELLED: 'ImagesCancelled' } as const;

function measure(metrics: Metrics, { state, dateCreated, dateEnded, timeline }: ImageRecord): void {
  if (!dateEnded) return;
  const seconds = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 1000;
  metrics.count(endings[state.status as keyof typeof endings]);
  metrics.seconds('BuildSeconds', seconds(dateCreated, dateEnded));
  for (const { state: phase, started, ended } of Object.values(timeline))
    if (ended) metrics.seconds('PhaseSeconds', seconds(started, ended), { phase });
}

/** What AWS refuses for good; anything else may go well the next time. */
const lasting = (errorNames as string[]).filter((name) => !retriedErrors.includes(name));

/** Who cannot be told must not fail a finished image; its record says so. */
async function orNote({ images }: Finishing, arn: string, tell: () => Promise<void>): Promise<void> {
  try {
    await tell();
  } catch (error) {
    const { name, message } = error as Error;
    if (!lasting.includes(name)) throw error;
    await images.note(arn, [message]);
  }
}

function message(image: ImageRecord): [subject: string, message: object] {
  const { pk: _, sk: __, unannounced: ___, timeline, ...record } = image;
  const states = Object.values(timeline).toSorted((a, b) => textOrder(a.started, b.started));
  return [
    `${image.name} ${image.version} is ${image.state.status}`,
    { summary: imageSummary(image), ...record, timeline: states },
  ];
}

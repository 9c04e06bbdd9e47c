// Ends an image's record: final status and reason, event, and the pipeline's topic.
import type { Metrics } from '../aws/metrics.ts';
import type { Notices } from '../aws/notices.ts';
import { type Caught, causeText, ending, outputs } from '../build/ending.ts';
import type { ImageRecord } from '../model/image-record.ts';
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
  const { images, ledgers, plans } = finishing;
  const [image, ledger, plan] = await Promise.all([images.read(arn), ledgers.read(arn), plans.find(arn)]);
  const results = plan ? [...(await plans.results(arn, 'build')), ...(await plans.results(arn, 'test'))] : [];
  const { status, error, cause, failureContext } = ending(image, ledger, caught, aborted, results);
  // A CleanupError has written its own note.
  if (cleanupError && cleanupError.Error !== 'CleanupError')
    await images.note(arn, [`Cleanup ended with ${cleanupError.Error}: ${causeText(cleanupError)}`]);
  const record = await images.end(arn, {
    status,
    amis: plan && status === 'AVAILABLE' ? outputs(plan, ledger, finishing.accountId) : [],
    dateEnded: isoTime(finishing),
    open: Object.keys(image.timeline).filter((key) => !image.timeline[key]!.ended),
    ...(cause && { reason: cause.slice(0, longestReason) }),
    ...(failureContext && { failureContext }),
  });
  if (record.unannounced) {
    await tellTopic(finishing, record, plan?.infrastructure.snsTopicArn);
    measure(finishing.metrics, record);
    await announce(finishing, record);
  }
  // Both read "clean" before: what cleanup could not release stays on the sweep's list.
  if (ledger.clean) await ledgers.leave(arn);
  if (record.state.status === 'AVAILABLE') return { status: 'AVAILABLE', error: '', cause: '' };
  return { status: record.state.status, error, cause };
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

/** A topic that cannot be reached must not fail a finished image; its record says so. */
async function tellTopic(
  { notices, images }: Finishing,
  image: ImageRecord,
  topicArn: string | undefined,
): Promise<void> {
  if (!topicArn) return;
  const { pk: _, sk: __, unannounced: ___, timeline, ...record } = image;
  const message = {
    ...record,
    timeline: Object.values(timeline).toSorted((a, b) => a.started.localeCompare(b.started)),
  };
  try {
    await notices.publish(topicArn, `${image.name} ${image.version} is ${image.state.status}`, message);
  } catch (error) {
    if ((error as Error).name === 'ThrottledError') throw error;
    await images.note(image.arn, [(error as Error).message]);
  }
}

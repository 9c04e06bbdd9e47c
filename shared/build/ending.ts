// How an image ends: from the ledger, what the machine caught, and the results of its commands.
import type {
  ComponentFailure,
  FailureContext,
  ImageRecord,
  OutputAmi,
  RegionFailure,
  TimelineEntry,
} from '../model/image-record.ts';
import { textOrder } from '../model/text-order.ts';
import type { CommandRecord } from './command.ts';
import { exportKey } from './export.ts';
import { isPublished, type Ledger, newest } from './ledger.ts';
import type { Plan } from './plan.ts';

/** What a Catch puts into the machine's data (Step Functions developer guide, error handling). */
export type Caught = { Error?: string; Cause?: string };

/** An image's record with the state that failed first, once one has failed for good, and what of its distribution would have failed. */
export type BuildRecord = ImageRecord & { failedStep?: string; regionFailures?: RegionFailure[] };

/** What ended an execution, as a Catch would have told it. */
export function endOfExecution(status: string, error?: string | null, cause?: string | null) {
  const name = error ?? (status === 'TIMED_OUT' ? 'States.Timeout' : undefined);
  return { caught: { ...(name && { Error: name }), ...(cause && { Cause: cause }) }, aborted: status === 'ABORTED' };
}

/** The message inside a Cause: Lambda's is JSON with errorMessage, a failed token's is plain text. */
export function causeText({ Error: name, Cause = '' }: Caught): string {
  try {
    const parsed: unknown = JSON.parse(Cause);
    if (typeof parsed === 'object' && parsed !== null && 'errorMessage' in parsed) return String(parsed.errorMessage);
  } catch {
    if (Cause) return Cause;
  }
  return Cause || `The execution ended with ${name || 'States.Runtime'}.`;
}

/** Where the build was when nothing tells what failed: the newest state that began and did not end. */
export function unfinishedStep(timeline: Record<string, TimelineEntry>): string | undefined {
  return Object.values(timeline)
    .filter(({ state, ended }) => state !== 'Cleanup' && !ended)
    .sort((a, b) => textOrder(b.started, a.started))[0]?.state;
}

export function componentFailure(results: CommandRecord[]): ComponentFailure | undefined {
  const bad = results.find(({ status }) => status === 'failed');
  if (!bad) return undefined;
  const failure = bad.result?.failure;
  return {
    component: bad.label,
    ...(bad.reason && { errorMessage: bad.reason }),
    ...(failure && {
      phaseName: failure.phase,
      stepName: failure.step,
      action: failure.action,
      exitCode: failure.exitCode,
      duration: failure.seconds,
      command: failure.command,
      stderr: failure.stderr,
    }),
  };
}

/** The AMIs of a published image; `accountId` is the stack's own. */
export function outputs(plan: Plan, ledger: Ledger, accountId: string): OutputAmi[] {
  return plan.distributions.flatMap(({ region, accountId: account = accountId, name, description }, index) => {
    const id = outputEntry(plan, ledger, index)?.entry.id;
    const exported = exportedBy(ledger, index);
    const more = { ...(description && { description }), ...(exported && { exported }) };
    return id ? [{ region, image: id, name, accountId: account, ...more }] : [];
  });
}

function exportedBy(ledger: Ledger, index: number): string | undefined {
  const { id, object } = newest(ledger, 'ExportImage', index)?.entry ?? {};
  return id && object && `s3://${object.bucket}/${exportKey(object, id)}`;
}

/** The ledger entry that becomes the output of one distribution. */
export function outputEntry(plan: Plan, ledger: Ledger, index: number) {
  return plan.copies.includes(index) ? newest(ledger, 'CopyRegion', index) : newest(ledger, 'SnapshotAmi', 0);
}

export type Ending = {
  status: 'AVAILABLE' | 'FAILED' | 'CANCELLED';
  error: string;
  cause: string;
  failureContext?: FailureContext;
};

/** Whether an execution ended of a failure: of any error, but by nobody's wish. */
export const hasFailed = ({ caught, aborted = false }: { caught?: Caught | undefined; aborted?: boolean }) =>
  !aborted && caught !== undefined && caught.Error !== 'CancelledError';

/** AVAILABLE once published, whatever happened afterwards; otherwise the first error decides. */
export function ending(
  image: BuildRecord,
  ledger: Ledger,
  caught: Caught | undefined,
  aborted: boolean,
  results: CommandRecord[],
): Ending {
  if (isPublished(ledger)) return { status: 'AVAILABLE', error: '', cause: '' };
  if (aborted || caught?.Error === 'CancelledError') {
    const cause = caught?.Cause ? causeText(caught) : 'The execution was stopped.';
    return { status: 'CANCELLED', error: 'CancelledError', cause, failureContext: { imageStatus: image.state.status } };
  }
  const error = caught?.Error || 'States.Runtime';
  // Cleanup cancels commands that still ran: only where commands decided are their results the reason.
  const failure = ['ComponentFailedError', 'TestFailedError'].includes(error) ? componentFailure(results) : undefined;
  const step = image.failedStep ?? unfinishedStep(image.timeline);
  const failureContext = {
    imageStatus: image.state.status,
    ...(step && { failedStep: step }),
    error,
    ...(failure && { componentFailure: failure }),
    ...(image.regionFailures && { distributionFailure: { regionFailures: image.regionFailures } }),
  };
  return { status: 'FAILED', error, cause: causeText(caught ?? {}), failureContext };
}

// Starts the one build for all requests that waited: whoever thinks it is time may call it, as often as it likes.
import { clientToken } from '../build/client-token.ts';
import { normalisedName } from '../model/names.ts';
import type { Trigger } from '../model/pipeline-run.ts';
import type { StartBuildOutput } from '../model/start-build.ts';
import type { Pending } from '../store/build-queue.ts';
import type { ResolvedPipeline } from '../store/pipelines.ts';
import {
  byHand,
  conditional,
  type Decision,
  disabled,
  output,
  type Requesting,
  started,
  underWay,
} from './decision.ts';
import type { Lambda } from './phase.ts';
import { resolvePipeline } from './resolve-pipeline.ts';
import { startBuild } from './start-build.ts';
import { startCondition } from './start-condition.ts';
import { isoTime } from './timeline.ts';

/**
 * The build's token is that of the request as it was read, and the request goes only once its build was started: who is
 * killed in between is followed by somebody who starts nothing twice. What is merged later than it was read stays.
 */
export async function followUp(
  requesting: Requesting,
  name: string,
  lambda: Pick<Lambda, 'until'>,
): Promise<StartBuildOutput> {
  const { queue, runs } = requesting;
  for (;;) {
    const pending = await queue.pending(name);
    if (!pending) return { outcome: 'skipped', reason: 'nothing waits: a build that started since serves it' };
    if (pending.due > isoTime(requesting)) return { outcome: 'queued', reason: `it is due at ${pending.due}` };
    const registered = await resolvePipeline(requesting, await requesting.pipelines.read(name));
    const decision = await decide(requesting, registered, pending, lambda);
    if (decision === 'again') continue;
    if (decision.outcome === 'queued') return output(decision);
    const id = tokenOf(name, pending);
    const { time } = await runs.begin(name, id, isoTime(requesting));
    const { imageBuildVersionArn, executionArn } = decision;
    if (imageBuildVersionArn && executionArn)
      await runs.serve(name, pending.requests, { imageBuildVersionArn, executionArn });
    if (!(await queue.drop(name, pending)) && decision.outcome === 'skipped') continue;
    return output(await runs.record(name, { time, id, trigger: triggerOf(pending), ...decision }));
  }
}

async function decide(
  requesting: Requesting,
  registered: ResolvedPipeline,
  pending: Pending,
  lambda: Pick<Lambda, 'until'>,
): Promise<Decision | 'again'> {
  const { name, status, concurrency } = registered.pipeline;
  const { triggers } = pending;
  const hand = triggers.some((trigger) => byHand.includes(trigger));
  if (!hand && status === 'DISABLED') return disabled(registered);
  // The build that was waited for may have brought what was waited for.
  const judged = triggers.every((trigger) => conditional.includes(trigger))
    ? await startCondition(requesting, registered)
    : undefined;
  if (judged && !judged.start) return { outcome: 'skipped', reason: judged.reasons.join(', ') };
  const reasons = [...new Set([...pending.reasons, ...(judged?.reasons ?? [])])];
  const cause = { token: tokenOf(name, pending), trigger: triggerOf(pending), reasons, byHand: hand };
  const start = await startBuild(requesting, registered, cause, lambda);
  if (start.kind === 'started') return started(start, reasons);
  if (start.kind === 'abandoned') {
    await requesting.queue.renew(name, pending);
    return 'again';
  }
  const reason = underWay(start.image);
  // Who asked by hand and was told to wait is not skipped because the pipeline was changed meanwhile.
  return concurrency === 'skip' && !hand ? { outcome: 'skipped', reason } : { outcome: 'queued', reason };
}

const tokenOf = (name: string, { id, count }: Pending) => clientToken(normalisedName(name), 'pending', id, count);

function triggerOf({ triggers: [first, ...others] }: Pending): Trigger {
  return first === undefined || others.length > 0 ? 'queued' : first;
}

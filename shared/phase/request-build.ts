// Decides once about each request to build a pipeline: it is started, waits for a build that is under way, or is skipped with a reason.
import { randomUUID } from 'node:crypto';
import { clientToken } from '../build/client-token.ts';
import { normalisedName } from '../model/names.ts';
import type { Trigger } from '../model/pipeline-run.ts';
import type { StartBuildOutput, StartBuildRequest } from '../model/start-build.ts';
import type { ResolvedPipeline } from '../store/pipelines.ts';
import { type AskedSource, askedSource } from './build-source.ts';
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
import { followUp } from './follow-up.ts';
import type { Lambda } from './phase.ts';
import { resolvePipeline } from './resolve-pipeline.ts';
import { holder, startBuild } from './start-build.ts';
import { startCondition } from './start-condition.ts';
import { isoTime } from './timeline.ts';

type Asked = { request: StartBuildRequest; id: string; trigger: Trigger; source: AskedSource };

export async function requestBuild(
  requesting: Requesting,
  request: StartBuildRequest,
  lambda: Pick<Lambda, 'until'>,
): Promise<StartBuildOutput> {
  const { runs, queue } = requesting;
  const source = await askedSource(requesting, request);
  const name = source.pipelineName;
  // These serve what waits in the table, whoever says that it is time.
  if (request.trigger === 'queued' || request.trigger === 'packageUpdate') return followUp(requesting, name, lambda);
  const registered = source.of(
    await resolvePipeline(requesting, await requesting.pipelines.read(name, request.contentHash)),
  );
  const due = request.scheduledTime && new Date(request.scheduledTime).toISOString();
  const token = request.clientToken ?? (due && `${request.trigger} ${due}`) ?? randomUUID();
  const id = clientToken(normalisedName(name), token);
  const { time, served } = await runs.begin(name, id, due ?? isoTime(requesting));
  const known = await runs.find(name, time, id);
  if (known) return output(known);
  // One that waits, or waited, was merged by an invocation that ended before it could say so.
  const waits = served !== undefined || (await queue.pending(name))?.requests.includes(id);
  const trigger = request.retryOf && request.trigger === 'manual' ? 'retry' : request.trigger;
  const asked = { request, id, trigger, source };
  const decision = waits
    ? { outcome: 'merged' as const, ...served }
    : await decide(requesting, registered, asked, lambda);
  // A caller who wants one registration, or one AMI, is told to come again: what waits is built of the newest.
  if (decision.outcome === 'refused') return output(decision);
  const recorded = await runs.record(name, { time, id, trigger, ...decision });
  if (recorded.imageBuildVersionArn || (recorded.outcome !== 'queued' && recorded.outcome !== 'merged'))
    return output(recorded);
  // What it waits for may have ended just before it began to wait.
  if (!(await holder(requesting, name)).held) await followUp(requesting, name, lambda);
  return output((await runs.find(name, time, id)) ?? recorded);
}

async function decide(
  requesting: Requesting,
  registered: ResolvedPipeline,
  { request, id, trigger, source }: Asked,
  lambda: Pick<Lambda, 'until'>,
): Promise<Decision> {
  const { name, status, concurrency } = registered.pipeline;
  const hand = byHand.includes(trigger);
  if (!hand && status === 'DISABLED') return disabled(registered);
  const judged = conditional.includes(trigger) ? await startCondition(requesting, registered) : undefined;
  if (judged && !judged.start) return { outcome: 'skipped', reason: judged.reasons.join(', ') };
  const reasons = [...request.reasons, ...(judged?.reasons ?? [])];
  const start = await startBuild(requesting, registered, { token: id, trigger, reasons, byHand: hand, source }, lambda);
  if (start.kind === 'started') return started(start, reasons);
  if (start.kind === 'abandoned')
    return { outcome: 'refused', reason: 'the build of this client token never ran: ask again with another token' };
  const reason = underWay(start.image);
  if (request.contentHash || request.retryOf) return { outcome: 'refused', reason };
  if (concurrency === 'skip') return { outcome: 'skipped', reason };
  const now = isoTime(requesting);
  const merge = { id: randomUUID(), due: now, since: now, trigger, reasons, request: id };
  const pending = await requesting.queue.merge(name, merge);
  return { outcome: pending && pending.count > 1 ? 'merged' : 'queued', reason };
}

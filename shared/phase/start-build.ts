// Starts one build of a pipeline: build number, lock, record, ledger, execution; the same token starts it once.
import type { Executions } from '../aws/executions.ts';
import { executionName } from '../build/execution-name.ts';
import { type Home, imageArn, imagePipelineArn } from '../model/arns.ts';
import { isUnderWay } from '../model/image-record.ts';
import { normalisedName } from '../model/names.ts';
import type { Trigger } from '../model/pipeline-run.ts';
import type { BuildNumbers } from '../store/build-numbers.ts';
import type { BuildQueue, Lock } from '../store/build-queue.ts';
import type { Images } from '../store/images.ts';
import type { Ledgers } from '../store/ledgers.ts';
import type { ResolvedPipeline } from '../store/pipelines.ts';
import type { Registry } from '../store/registry.ts';
import type { ServingBuild } from '../store/runs.ts';
import type { AskedSource } from './build-source.ts';
import { isoTime } from './timeline.ts';

export type Starting = Pick<Registry, 'pipelines' | 'imageRecipes' | 'configurations'> & {
  images: Images;
  ledgers: Ledgers;
  buildNumbers: BuildNumbers;
  queue: BuildQueue;
  executions: Executions;
  home: Home;
  stackId: string;
  stackName: string;
  stateMachineArn: string;
  now(): number;
};

export type Cause = {
  /** One build for each; a pipeline's own, since pipelines may share a recipe, and schedules their tokens. */
  token: string;
  trigger: Trigger;
  reasons: string[];
  byHand: boolean;
  /** Where it goes on from, when nothing is built. */
  source?: Pick<AskedSource, 'facts' | 'assertFor'>;
};

export type Started =
  | ({ kind: 'started' } & ServingBuild)
  /** Another build of the pipeline is under way. */
  | { kind: 'busy'; image: string }
  /** What this token was to start can never run: its record was ended before there was an execution. */
  | { kind: 'abandoned' };

/** The log group of a pipeline: agents write what components print into it. */
export const logGroupName = (stackName: string, pipelineName: string) =>
  `/${stackName}/${normalisedName(pipelineName)}`;

/** `until`: epoch milliseconds after which this invocation can no longer act. */
export async function startBuild(
  starting: Starting,
  registered: ResolvedPipeline,
  cause: Cause,
  { until }: { until: number },
): Promise<Started> {
  const { images, buildNumbers, queue, executions, home } = starting;
  const { name: pipeline, concurrency, imageRecipe } = registered.pipeline;
  const { name: recipe, semanticVersion: version } = imageRecipe;
  const identity = (build: number) => {
    const image = imageArn(home, recipe, version, build);
    const machine = starting.stateMachineArn.replace(':stateMachine:', ':execution:');
    return { image, owner: `${machine}:${executionName(image)}` };
  };
  const known = await buildNumbers.find(recipe, version, cause.token);
  if (known !== undefined) {
    const { image, owner } = identity(known);
    const record = await images.find(image);
    if (record && !isUnderWay(record.state.status))
      return (await executions.look(owner))
        ? { kind: 'started', imageBuildVersionArn: image, executionArn: owner }
        : { kind: 'abandoned' };
  } else cause.source?.assertFor?.(''); // before it is told to wait for nothing
  // A distribution builds nothing, and may go beside a build.
  const alone = concurrency !== 'parallel' && !cause.source?.facts.distributionOf;
  const mine = known === undefined ? undefined : identity(known).owner;
  const before = alone ? await holder(starting, pipeline, mine) : {};
  if (before.held) return { kind: 'busy', image: before.held.image };
  const build = known ?? (await buildNumbers.next(recipe, version, cause.token));
  const lock: Lock = { ...identity(build), until };
  cause.source?.assertFor?.(lock.image);
  for (let { dead } = before; alone && !(await queue.take(pipeline, lock, dead)); ) {
    const now = await holder(starting, pipeline, lock.owner);
    if (now.held) return { kind: 'busy', image: now.held.image };
    dead = now.dead;
  }
  await open(starting, registered, cause, lock, `${version}/${build}`);
  await executions.start(starting.stateMachineArn, executionName(lock.image), { image: lock.image });
  return { kind: 'started', imageBuildVersionArn: lock.image, executionArn: lock.owner };
}

/** Who holds the pipeline's lock and lives; or whose it was. `mine` is no other. */
export async function holder(
  { queue, executions, now }: Pick<Starting, 'queue' | 'executions' | 'now'>,
  pipeline: string,
  mine?: string,
): Promise<{ held?: Lock; dead?: string }> {
  const lock = await queue.lock(pipeline);
  if (!lock || lock.owner === mine) return {};
  const execution = await executions.look(lock.owner);
  const lives = execution ? ['RUNNING', 'PENDING_REDRIVE'].includes(execution.status) : now() < lock.until;
  return lives ? { held: lock } : { dead: lock.owner };
}

async function open(
  starting: Starting,
  registered: ResolvedPipeline,
  { trigger, reasons, byHand, source }: Cause,
  { image, owner }: Lock,
  version: string,
): Promise<void> {
  const { images, ledgers, pipelines, home } = starting;
  const { pipeline } = registered;
  const dateCreated = isoTime(starting);
  await pipelines.freeze(image, registered);
  // The ledger first: the sweep finds records through it.
  await ledgers.open(image, { stackId: starting.stackId, dateCreated });
  await images.create({
    pk: image,
    sk: 'image',
    arn: image,
    name: pipeline.imageRecipe.name,
    version,
    type: 'AMI',
    platform: 'Linux',
    dateCreated,
    state: { status: 'PENDING' },
    buildType: byHand ? 'USER_INITIATED' : 'SCHEDULED',
    trigger,
    reasons,
    sourcePipelineName: pipeline.name,
    sourcePipelineArn: imagePipelineArn(home, pipeline.name),
    outputResources: { amis: [] },
    timeline: {},
    notes: [],
    executionArn: owner,
    logGroupName: logGroupName(starting.stackName, pipeline.name),
    ...source?.facts,
  });
}

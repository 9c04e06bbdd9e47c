// What registers pipelines and starts builds, on a real table: executions, schedules, parameters and AMIs in memory.
import type { Amis } from '../../shared/aws/amis.ts';
import type { Executions, ExecutionView } from '../../shared/aws/executions.ts';
import type { Notice, Notices } from '../../shared/aws/notices.ts';
import type { Schedules, WantedSchedule } from '../../shared/aws/schedules.ts';
import type { Table } from '../../shared/aws/table.ts';
import type { AmiView } from '../../shared/build/ami.ts';
import type { StartBuildInput } from '../../shared/model/start-build.ts';
import { startBuildInputSchema } from '../../shared/model/start-build.ts';
import { imageEnded } from '../../shared/phase/image-ended.ts';
import { requestBuild } from '../../shared/phase/request-build.ts';
import { buildNumbers } from '../../shared/store/build-numbers.ts';
import { buildQueue } from '../../shared/store/build-queue.ts';
import { images } from '../../shared/store/images.ts';
import { ledgers } from '../../shared/store/ledgers.ts';
import { pipelineHealth } from '../../shared/store/pipeline-health.ts';
import { publishedImages } from '../../shared/store/published-images.ts';
import { registry } from '../../shared/store/registry.ts';
import { runs } from '../../shared/store/runs.ts';
import { updateSubjects } from '../../shared/store/update-subjects.ts';
import { home } from './world.ts';

export const stateMachineArn = 'arn:aws:states:us-east-1:123456789012:stateMachine:build-image';

export type Desk = ReturnType<typeof openDesk>;

export function openDesk(table: Table, start = Date.UTC(2026, 0, 1)) {
  let time = start;
  const now = () => time;
  const executions = new Map<string, ExecutionView>();
  const started: { name: string; image: string }[] = [];
  const events: Notice[] = [];
  const schedules = new Map<string, WantedSchedule>();
  const parameters: Record<string, string> = {};
  const arnOf = (name: string) => `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  const machine: Pick<Executions, 'start' | 'look'> = {
    async start(_machine, name, input) {
      if (executions.has(arnOf(name))) return;
      executions.set(arnOf(name), { status: 'RUNNING' });
      started.push({ name, image: (input as { image: string }).image });
    },
    look: async (arn) => executions.get(arn),
  };
  const scheduler: Schedules = {
    find: async (name) => schedules.get(name),
    put: async (wanted) => void schedules.set(wanted.name, wanted),
    ensure: async (wanted) => void (schedules.has(wanted.name) || schedules.set(wanted.name, wanted)),
    remove: async (name) => schedules.delete(name),
  };
  const ami = (id: string): AmiView =>
    ({ id, name: id, state: 'available', architecture: 'x86_64', devices: [], tags: {} }) as never;
  const gateways = {
    now,
    images: images(table),
    ledgers: ledgers(table),
    ...registry(table),
    buildNumbers: buildNumbers(table, now),
    queue: buildQueue(table),
    runs: runs(table, now),
    health: pipelineHealth(table),
    updateSubjects: updateSubjects(table),
    publishedImages: publishedImages(table),
    executions: machine as Executions,
    schedules: scheduler,
    lifecycleSchedules: scheduler,
    notices: { putEvent: async (event: Notice) => void events.push(event), publish: async () => {} } as Notices,
    parameters: { value: async (name: string) => parameters[name] ?? `ami-of-${name}` },
    amis: (_region: string) => ({ find: async (id: string) => ami(id) }) as unknown as Amis,
    instanceTypes: {
      architectures: async (types: string[]) =>
        new Map(types.map((type) => [type, [/^[a-z]+\dg/.test(type) ? 'arm64' : 'x86_64']])),
    },
    logGroups: { ensure: async (_name: string): Promise<void> => {} },
    ...{
      home,
      region: home.region,
      stackName: 'stack',
      accounts: [] as string[],
      stackId: 'the-stack',
      stateMachineArn,
      logRetentionDays: 30,
    },
  };
  const lambda = () => ({ until: time + 60_000 });
  return {
    gateways,
    started,
    events,
    schedules,
    parameters,
    executions,
    clock: { now, pass: (milliseconds: number) => (time += milliseconds) },
    lambda,
    start: (input: StartBuildInput, through = gateways) =>
      requestBuild(through, startBuildInputSchema.parse(input), lambda()),
    ended: (image: string, through = gateways) => imageEnded(through, image, lambda()),
    /** Ends a build: record and execution, with the list of what was published; nobody is told. */
    async end(image: string, status: 'AVAILABLE' | 'FAILED' | 'CANCELLED' = 'AVAILABLE'): Promise<void> {
      const dateEnded = new Date(time).toISOString();
      const record = await gateways.images.end(image, { status, amis: [], dateEnded, open: [] });
      const { executionArn = '', distributionOf, sourcePipelineName } = record;
      if (status === 'AVAILABLE' && !distributionOf) await gateways.publishedImages.add(sourcePipelineName, record);
      executions.set(executionArn, { status: status === 'AVAILABLE' ? 'SUCCEEDED' : 'FAILED' });
    },
  };
}

// One build in a world of its own: real stores on a real table, EC2, Run Command, Step Functions and the bus in memory.
import type { Commands } from '../../shared/aws/commands.ts';
import type { Executions, ExecutionView } from '../../shared/aws/executions.ts';
import { fault } from '../../shared/aws/fault.ts';
import type { Metrics } from '../../shared/aws/metrics.ts';
import type { Notice, Notices } from '../../shared/aws/notices.ts';
import type { Table } from '../../shared/aws/table.ts';
import type { AgentView, InvocationView } from '../../shared/build/command.ts';
import type { Postponed } from '../../shared/build/launch-turn.ts';
import type { Outcome } from '../../shared/build/outcome.ts';
import type { Plan } from '../../shared/build/plan.ts';
import type { ImageRecord } from '../../shared/model/image-record.ts';
import { type Pipeline, pipelineSchema } from '../../shared/model/pipeline-schema.ts';
import { copyQueue } from '../../shared/phase/copy-slot.ts';
import { looksOf } from '../../shared/phase/looks.ts';
import { channels } from '../../shared/store/channels.ts';
import { type CopySlots, copySlots, type Destination } from '../../shared/store/copy-slots.ts';
import { images } from '../../shared/store/images.ts';
import { inventories } from '../../shared/store/inventories.ts';
import { launchTurns } from '../../shared/store/launch-turns.ts';
import { ledgers } from '../../shared/store/ledgers.ts';
import { plans } from '../../shared/store/plans.ts';
import { publishedImages } from '../../shared/store/published-images.ts';
import { retirements } from '../../shared/store/retirements.ts';
import { revocations } from '../../shared/store/revocations.ts';
import { updateSubjects } from '../../shared/store/update-subjects.ts';
import { waits } from '../../shared/store/waits.ts';
import { FakeConsumers } from './fake-consumers.ts';
import { awsError, FakeEc2 } from './fake-ec2.ts';
import { FakeParameters } from './fake-parameters.ts';
import { FakeSurroundings } from './fake-surroundings.ts';

export const home = { partition: 'aws', region: 'us-east-1', accountId: '123456789012' };
export const start = Date.parse('2026-11-23T10:00:00.000Z');

export const pipeline = (changes: object = {}): Pipeline =>
  pipelineSchema.parse({
    name: 'hello web',
    imageRecipe: { name: 'hello', semanticVersion: '1.0.0', parentImage: 'ami-00000000' },
    infrastructureConfiguration: {
      instanceTypes: ['m5.large', 't3.large'],
      subnetIds: ['subnet-0000000a', 'subnet-0000000b'],
      snsTopicArn: 'arn:aws:sns:us-east-1:123456789012:told',
    },
    distributionConfiguration: {
      distributions: [
        { region: 'us-east-1' },
        {
          region: 'eu-west-1',
          amiDistributionConfiguration: { launchPermission: { userIds: ['111111111111'] } },
        },
      ],
    },
    ...changes,
  });

let builds = 0;

/** Worlds share a table, but not their line of launches. */
const ownLine = (table: Table, build: number): Table => ({
  ...table,
  update: (key, update) => table.update({ ...key, pk: `${key.pk}-${build}` }, update),
});

/** Worlds share a table, but not their copy slots. */
function ownSlots(table: Table, build: number): CopySlots {
  const all = copySlots(table);
  const own =
    <Given extends unknown[], Answer>(act: (to: Destination, ...given: Given) => Answer) =>
    ({ account, region }: Destination, ...given: Given) =>
      act({ account: `${account}-${build}`, region }, ...given);
  const { read, write, queue, join, leave, woken } = all;
  const each = {
    read: own(read),
    write: own(write),
    queue: own(queue),
    join: own(join),
    leave: own(leave),
    woken: own(woken),
  };
  return {
    ...each,
    async *destinations() {
      for await (const { account, region } of all.destinations())
        if (account === `${home.accountId}-${build}`) yield { account: home.accountId, region };
    },
  };
}

export function planOf(image: string, changes: Partial<Plan> = {}): Plan {
  const { infrastructureConfiguration: infrastructure, distributionConfiguration } = pipeline();
  const name = `hello ${image.split('/').at(-1)}`;
  const [first, second] = infrastructure.instanceTypes;
  const choices = [first!, second!].flatMap((instanceType) =>
    infrastructure.subnetIds.map((subnetId) => ({ instanceType, subnetId })),
  );
  return {
    image,
    homeRegion: home.region,
    pipelineName: 'hello web',
    recipeName: 'hello',
    parentImageId: 'ami-parent',
    choices,
    instanceProfileName: 'builders',
    infrastructure,
    blockDeviceMappings: [],
    parentDevices: [],
    imageTestsEnabled: true,
    testTimeoutMinutes: 720,
    build: [{ label: 'wait until ready' }, { label: 'hello', component: 'hello/1.0.0' }, { label: 'sanitise' }],
    test: [{ label: 'wait until ready' }, { label: 'hello-test', component: 'hello-test/1.0.0' }],
    ami: { name, amiTags: {} },
    distributions: distributionConfiguration.distributions.map(({ region, amiDistributionConfiguration }) => ({
      ...amiDistributionConfiguration,
      region,
      name,
    })),
    copies: [1],
    logGroupName: '/stack/hello-web',
    ...changes,
  };
}

/** ARN of the execution that builds an image. */
export const executionOf = (image: string) =>
  `arn:aws:states:us-east-1:123456789012:execution:build-image:hello-${image.split('/').at(-1)}`;

export type World = Awaited<ReturnType<typeof newWorld>>;

/** A build with record, ledger and plan, before its first resource. */
export async function newWorld(table: Table, changes: Partial<Plan> = {}) {
  const build = ++builds;
  const image = `arn:aws:imagebuilder:us-east-1:123456789012:image/hello/1.0.0/${build}`;
  const ec2 = new FakeEc2();
  const consumers = new FakeConsumers(ec2);
  const surroundings = new FakeSurroundings(ec2);
  let time = start;
  const clock = { now: () => time, pass: (milliseconds: number) => (time += milliseconds) };
  const completed: { token: string; outcome: Outcome | Postponed }[] = [];
  const open = new Set<string>();
  const execution: { view: ExecutionView | undefined } = { view: { status: 'RUNNING' } };
  const executions: Executions = {
    start: async () => {},
    look: async () => execution.view,
    complete: async (token, outcome) => {
      if (!open.delete(token)) return false;
      completed.push({ token, outcome });
      return true;
    },
  };
  const events: Notice[] = [];
  const messages: { topicArn: string; subject: string }[] = [];
  const told: object[] = [];
  const notices: Notices = {
    putEvent: async (notice) => void events.push(notice),
    publish: async (topicArn, subject, message) => {
      messages.push({ topicArn, subject });
      told.push(message);
    },
  };
  const measured: [string, number][] = [];
  const metrics: Metrics = {
    count: (name, value = 1) => void measured.push([name, value]),
    seconds: (name, value) => void measured.push([name, value]),
  };
  const sent: { id: string; comment: string; script: string; seconds: number; view: InvocationView }[] = [];
  const cancelled: string[] = [];
  const agent: { online: boolean; view?: AgentView } = { online: true };
  const commands: Commands = {
    send: async ({ comment, script, instanceId, executionTimeoutSeconds: seconds }) => {
      if (!agent.online) throw fault(`Tried to run "${comment}" on ${instanceId}`, awsError('InvalidInstanceId'));
      const id = `command-${build}-${sent.length}`;
      sent.push({
        id,
        comment,
        script,
        seconds,
        view: { status: 'InProgress', statusDetails: '', exitCode: -1, stderr: '' },
      });
      return id;
    },
    look: async (id) => sent.find((one) => one.id === id)?.view,
    cancel: async (id) => void cancelled.push(id),
    agent: async () => agent.view,
  };
  const parameters = new FakeParameters(ec2, clock.now);
  const stores = {
    channels: channels(table),
    images: images(table),
    inventories: inventories(table),
    ledgers: ledgers(table),
    publishedImages: publishedImages(table),
    retirements: retirements(table),
    revocations: revocations(table),
    plans: plans(table),
    updateSubjects: updateSubjects(table),
    waits: waits(table),
  };
  const slots = ownSlots(table, build);
  const queue = copyQueue({
    copySlots: slots,
    executions,
    limits: { snapshots: 20, images: 300 },
    accountId: home.accountId,
    now: () => gateways.now(),
  });
  const { accountId } = home;
  const reach = {
    ...{ instances: ec2.instancesOf, amis: ec2.amisOf, commands, accountId, copyQueue: queue },
    ...consumers.reach(),
    ...surroundings.reach(),
  };
  const gateways = {
    ...stores,
    ...reach,
    executions,
    notices,
    metrics,
    imageParameters: parameters.of,
    now: clock.now,
    pause: async (milliseconds: number) => clock.pass(milliseconds),
    stackId: 'the-stack',
    stackName: 'stack',
    copySlots: slots,
    copyLimit: 72 * 3_600_000,
    accounts: ['111111111111', '222222222222'],
    launchTurns: launchTurns(ownLine(table, build)),
    launchesPerSecond: 2,
    looks: looksOf({ ...reach, ...stores, now: clock.now }),
  };
  const record: ImageRecord = {
    pk: image,
    sk: 'image',
    arn: image,
    name: 'hello',
    version: `1.0.0/${build}`,
    type: 'AMI',
    platform: 'Linux',
    dateCreated: new Date(start + build).toISOString(),
    state: { status: 'PENDING' },
    buildType: 'USER_INITIATED',
    sourcePipelineName: 'hello web',
    sourcePipelineArn: 'arn:aws:imagebuilder:us-east-1:123456789012:image-pipeline/hello-web',
    outputResources: { amis: [] },
    timeline: {},
    notes: [],
    executionArn: executionOf(image),
    logGroupName: '/stack/hello-web',
  };
  await stores.ledgers.open(image, { stackId: gateways.stackId, dateCreated: record.dateCreated });
  await stores.images.create(record);
  const plan = planOf(image, changes);
  // What exports go to is there, unless a test takes it away.
  for (const { region, s3ExportConfiguration: exported } of plan.distributions)
    if (exported) surroundings.addExport(region, exported);
  const scripts = { build: plan.build.map(({ label }) => label), test: plan.test.map(({ label }) => label) };
  await stores.plans.write(plan, scripts);
  let tokens = 0;
  return {
    image,
    plan,
    ec2,
    consumers,
    parameters,
    surroundings,
    clock,
    completed,
    events,
    messages,
    /** The bodies of the messages. */
    told,
    measured,
    /** What Step Functions says of the build's execution. */
    execution,
    sent,
    cancelled,
    agent,
    gateways,
    /** What an invocation knows of its end. */
    lambda: () => ({ until: time + 60_000 }),
    /** A token of a task that waits. */
    token: () => {
      const token = `token-${build}-${++tokens}`;
      open.add(token);
      return token;
    },
    /** The machine gave up waiting for a token. */
    expire: (token: string) => void open.delete(token),
    read: () => stores.images.read(image),
    ledger: () => stores.ledgers.read(image),
    statuses: () => events.map(({ detail }) => (detail as { state: { status: string } }).state.status),
  };
}

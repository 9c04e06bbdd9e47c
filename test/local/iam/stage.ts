// Where builds are recorded: the packaged stack in a cloud on paper, whose time passes only when nothing is left to do, so that every
// run is the same, however busy the machine is. Here is what a scene may use; what is played is in scenes/.
import { randomUUID } from 'node:crypto';
import { type AttributeValue, DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { DescribeImagesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { SSMClient } from '@aws-sdk/client-ssm';
import { vi } from 'vitest';
import type { Decision } from '../../../local/iam/access.ts';
import type { Call } from '../../../local/iam/guard.ts';
import { dynamoTable } from '../../../shared/aws/table.ts';
import { type ImageRecord, isUnderWay } from '../../../shared/model/image-record.ts';
import { images } from '../../../shared/store/images.ts';
import { stackName } from '../../faults/paper-cloud.ts';
import { openWorld } from '../../faults/world.ts';
import { endingOf, pipelineOf, type Settings, topic } from './builds.ts';
import { targetAccount } from './forbidden-acts.ts';

const longest = 12 * 3_600_000;

/** Those of one operation, by what the request says and by who makes it. */
export type Calls = { operation: string; about: RegExp; role?: RegExp };
export type Item = Record<string, AttributeValue>;
export type Started = { imageBuildVersionArn: string; executionArn: string };
type Sending = { send(command: never): Promise<unknown>; destroy(): void };

export type Stage = Awaited<ReturnType<typeof openStage>>;

/** What the stack named. */
export type Names = { table: string; topic: string; packageUpdateTopic: string; deadLetterQueue: string };

export async function openStage({ table: tableName, topic: topicName, ...names }: Names) {
  const decisions: Decision[] = [];
  /** The status that each build ended with, by its name. */
  const statuses: Record<string, string> = {};
  const overtaking: (Calls & { act: (text: string) => Promise<void> })[] = [];
  const world = await openWorld([], undefined, {
    accounts: [targetAccount],
    unwritten: true,
    separate: { forget: () => vi.resetModules() },
    endingOf,
    watch: {
      decided: (decision) => void decisions.push(decision),
      async before(call) {
        for (const { operation, about, role, act } of [...overtaking]) {
          if (call.operation !== operation || !(role?.test(call.roleArn) ?? true)) continue;
          const text = await textOf(call);
          if (about.test(text)) await act(text);
        }
      },
    },
  });
  const { clock } = world;
  const { living, composed } = world.cloud();
  const { host, stepFunctions } = composed;
  const end = clock.now() + longest;
  const clients: Sending[] = [];

  /** A client of whom no time passes while it is answered. */
  function held<Client extends Sending>(client: Client): Client {
    clients.push(client);
    const send = client.send.bind(client) as (command: unknown) => Promise<unknown>;
    return Object.assign(client, { send: (command: unknown) => clock.during(send(command)) });
  }
  /** Of clients, in the home region and account. */
  const settings = {
    ...{ endpoint: 'http://127.0.0.1:1', region: 'us-east-1' },
    credentials: { accessKeyId: '000000000000', secretAccessKey: 'any' },
  };
  const inTarget = { ...settings, credentials: { accessKeyId: targetAccount, secretAccessKey: 'any' } };
  const dynamodb = held(new DynamoDBClient(settings));
  const ec2 = held(new EC2Client(settings));
  const machine = held(new SFNClient(settings));
  const table = dynamoTable(tableName);
  // Finds its credentials now: while a function is loaded, the environment is that function's.
  await clock.during(table.get({ pk: 'none', sk: 'none' }));

  /** What a request says, with the tags of the image that it names. */
  async function textOf({ operation, input }: Call): Promise<string> {
    if (operation !== 'ModifyImageAttribute') return JSON.stringify(input);
    // Those of other regions are nobody's mark.
    const asked = ec2.send(new DescribeImagesCommand({ ImageIds: [String(input.ImageId)] }));
    return JSON.stringify((await asked.catch(() => ({ Images: [] }))).Images);
  }

  const before = (calls: Calls, act: (text: string) => Promise<void>) => void overtaking.push({ ...calls, act });

  /** Waits in the cloud's time. */
  async function until(is: () => boolean | Promise<boolean>, every = 500): Promise<void> {
    while (!(await is())) {
      if (clock.now() > end) throw new Error(`After hours this is not so: ${is}`);
      await clock.sleep(every);
    }
  }

  const invoke = (name: string, payload: object) => host.invoke(`${stackName}-${name}`, JSON.stringify(payload));

  /** What a function answers; a failure is one of the test. */
  async function done<Answer>(name: string, payload: object): Promise<Answer> {
    const answer = await invoke(name, payload);
    if (answer.functionError) throw new Error(`${name}: ${answer.payload}`);
    return JSON.parse(answer.payload) as Answer;
  }

  /** One build of a pipeline at a time: where another is under way it is waited for. */
  async function start(request: object): Promise<Started> {
    let started: Partial<Started> = {};
    await until(async () => {
      started = await done<Partial<Started>>('start-build', { ...request, clientToken: randomUUID() });
      return started.imageBuildVersionArn !== undefined && started.executionArn !== undefined;
    }, 1000);
    return started as Started;
  }

  async function ended({ imageBuildVersionArn, executionArn }: Started): Promise<ImageRecord> {
    const read = () => clock.during(images(table).read(imageBuildVersionArn)) as Promise<ImageRecord>;
    const runs = () => stepFunctions.find(executionArn).status === 'RUNNING';
    await until(async () => !isUnderWay((await read()).state.status) && !runs(), 1000);
    return read();
  }

  const startOf = async (name: string, components: string[], { recipe = {}, ...more }: Settings = {}) => {
    const request = pipelineOf(name, components, recipe, more);
    const { contentHash } = await done<{ contentHash: string }>('put-resources', request);
    return start({ imagePipelineName: name, contentHash });
  };

  async function run(name: string, components: string[], settings: Settings = {}): Promise<ImageRecord> {
    const image = await ended(await startOf(name, components, settings));
    statuses[name] = image.state.status;
    return image;
  }

  async function stop({ executionArn }: Started): Promise<void> {
    await machine.send(new StopExecutionCommand({ executionArn, error: 'CancelledError', cause: 'told by the test' }));
  }

  const find = async (Key: Item) =>
    (await dynamodb.send(new GetItemCommand({ TableName: tableName, Key }))).Item as Item | undefined;
  const keyOf = (pk: string, sk: string) => ({ pk: { S: pk }, sk: { S: sk } });
  const itemOf = (pk: string, sk: string, is: (item: Item | undefined) => boolean) =>
    until(async () => is(await find(keyOf(pk, sk))));
  const recordOf = (image: string, is: (item: Item | undefined) => boolean) => itemOf(image, 'image', is);
  const ledgerOf = async (image: string) => (await find(keyOf(image, 'ledger')))?.entries?.M ?? {};
  const waitOf = (resource: string, wanted: string) => find(keyOf(`wait#${resource}`, wanted));

  type Change = { names?: Record<string, string>; values?: Item; when?: string };
  async function update(pk: string, sk: string, UpdateExpression: string, { names, values, when }: Change = {}) {
    await dynamodb.send(
      new UpdateItemCommand({
        ...{ TableName: tableName, Key: keyOf(pk, sk), UpdateExpression },
        ...(names && { ExpressionAttributeNames: names }),
        ...(values && { ExpressionAttributeValues: values }),
        ...(when && { ConditionExpression: when }),
      }),
    );
  }

  return {
    ...{ decisions, statuses, faults: world.faults, living, host, settings, inTarget, held, dynamodb, ec2, tableName },
    ...{ before, until, invoke, done, start, startOf, ended, run, stop },
    ...{ itemOf, recordOf, ledgerOf, waitOf, update },
    names,
    /** Told of its build. */
    told: { infrastructureConfiguration: { snsTopicArn: topic(topicName) } },
    now: clock.now,
    sleep: clock.sleep,
    ec2There: held(new EC2Client(inTarget)),
    ssm: held(new SSMClient(settings)),
    ssmThere: held(new SSMClient(inTarget)),
    scheduler: held(new SchedulerClient(settings)),
    /** An asynchronous invocation. */
    later: (name: string, payload: object) => host.invokeLater(`${stackName}-${name}`, JSON.stringify(payload)),
    /** Acts before the first of such calls, for which those that come meanwhile wait too. */
    beforeTheFirst(calls: Calls, act: () => Promise<void>): void {
      let acted: Promise<void> | undefined;
      before(calls, () => {
        acted ??= act();
        return acted;
      });
    },
    /** From here on nothing is acted before any call. */
    undisturbed: () => overtaking.splice(0),
    /** Gives a wait another result, or none. */
    settle: (resource: string, wanted: string, result?: Item) =>
      update(`wait#${resource}`, wanted, result ? 'SET #result = :result' : 'REMOVE #result', {
        names: { '#result': 'result' },
        ...(result && { values: { ':result': { M: result } } }),
        when: 'attribute_exists(pk)',
      }),
    async close(): Promise<void> {
      for (const one of clients) one.destroy();
      await world.close();
    },
  };
}

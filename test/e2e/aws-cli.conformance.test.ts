// The aws command line and `sls invoke`, which we did not write, drive a local cloud like any other account.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aws, awsCliMissing } from '../local/door/aws-cli.ts';
import { repository } from '../source-files.ts';
import { groundFor, impossible, stateDirectory } from './ground.ts';
import { build, type Image } from './image-builder.ts';
import { type LocalCloud, stackName, startCloud } from './local-cloud.ts';
import { component, pipeline, toRegions } from './pipeline-folder.ts';

if (impossible) console.warn(impossible);
if (awsCliMissing) console.warn(awsCliMissing);

const run = promisify(execFile);

type Started = { imageBuildVersionArn: string };

describe.skipIf(impossible)('with a local cloud that runs', () => {
  const undo: (() => unknown)[] = [];
  let cloud: LocalCloud;
  let image: Image;
  let folder: string;
  const home = (...parameters: string[]) => aws(cloud.endpoint, '--region', 'us-east-1', ...parameters);

  beforeAll(async () => {
    const state = await stateDirectory();
    const ground = groundFor('manual');
    folder = ground.path;
    undo.push(state.remove, ground.remove);
    cloud = await startCloud(state.path);
    undo.push(cloud.stop);
    const hello = component('hello', { build: [{ name: 'Hello', commands: ['echo hello-from-a-component'] }] });
    const recipe = { components: [{ component: './hello.yml' }] };
    // The name that events/manual.json asks for.
    const file = pipeline(
      ground.path,
      'hello-web',
      recipe,
      { 'hello.yml': hello },
      {
        imageTestsConfiguration: { imageTestsEnabled: false },
        distributionConfiguration: toRegions('us-east-1', 'eu-west-1'),
      },
    );
    ({ image } = await build(file, state.path));
  }, 200_000);
  afterAll(async () => {
    for (const step of undo.reverse()) await step();
  });

  /** The record once the build has ended, which the SDK waits for: each start of the CLI costs the best part of a second of processor. */
  async function ended(arn: string): Promise<{ state: { M: { status: { S: string } } } }> {
    const TableName = await tableName();
    const dynamodb = new DynamoDBClient(cloud.client);
    const Key = { pk: { S: arn }, sk: { S: 'image' } };
    for (const end = Date.now() + 40_000; ; await sleep(200)) {
      const { Item } = await dynamodb.send(new GetItemCommand({ TableName, Key }));
      const status = Item?.state?.M?.status?.S ?? 'not there';
      if (/AVAILABLE|FAILED|CANCELLED/.test(status)) break;
      if (Date.now() > end) throw new Error(`${arn} is still ${status}`);
    }
    dynamodb.destroy();
    const { Item } = await home('dynamodb', 'get-item', '--table-name', TableName, '--key', JSON.stringify(Key));
    return Item as unknown as { state: { M: { status: { S: string } } } };
  }

  let described: ReturnType<typeof home> | undefined;
  async function output(key: string): Promise<string> {
    described ??= home('cloudformation', 'describe-stacks', '--stack-name', stackName);
    const { Stacks } = (await described) as unknown as {
      Stacks: { Outputs: { OutputKey: string; OutputValue: string }[] }[];
    };
    return Stacks[0]!.Outputs.find(({ OutputKey }) => OutputKey === key)!.OutputValue;
  }
  const tableName = () => output('TableName');

  describe.skipIf(awsCliMissing)('the aws CLI', () => {
    test('finds the stack and its outputs', async () => {
      expect(await output('StateMachineArn')).toBe(
        `arn:aws:states:us-east-1:000000000000:stateMachine:${stackName}-build-image`,
      );
    });

    test('finds AMIs in each region, and no instance that runs', async () => {
      for (const { region, image: id } of image.outputResources.amis) {
        const answer = await aws(cloud.endpoint, '--region', region, 'ec2', 'describe-images', '--owners', 'self');
        expect(answer.Images).toMatchObject([{ ImageId: id, State: 'available', RootDeviceType: 'ebs' }]);
      }
      const running = ['--filters', 'Name=instance-state-name,Values=pending,running,shutting-down,stopping,stopped'];
      expect(await home('ec2', 'describe-instances', ...running)).toEqual({ Reservations: [] });
      const { Reservations } = await home('ec2', 'describe-instances');
      expect(Reservations).toMatchObject([{ OwnerId: '000000000000', Instances: [{ State: { Name: 'terminated' } }] }]);
    });

    test('reads the execution and its history', async () => {
      const execution = ['--execution-arn', image.executionArn];
      expect(await home('stepfunctions', 'describe-execution', ...execution)).toMatchObject({ status: 'SUCCEEDED' });
      const { events } = (await home('stepfunctions', 'get-execution-history', ...execution)) as unknown as {
        events: { type: string; id: number }[];
      };
      expect(events[0]!.type).toBe('ExecutionStarted');
      expect(events.at(-1)!.type).toBe('ExecutionSucceeded');
      expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
    });

    test('scans the table', async () => {
      const { Items } = (await home('dynamodb', 'scan', '--table-name', await tableName())) as unknown as {
        Items: { pk: { S: string }; sk: { S: string } }[];
      };
      const sorts = Items.filter(({ pk }) => pk.S === image.arn).map(({ sk }) => sk.S);
      expect(sorts).toEqual(expect.arrayContaining(['image', 'ledger', 'plan']));
    });

    test('reads what the component wrote', async () => {
      const streams = await home('logs', 'describe-log-streams', '--log-group-name', image.logGroupName);
      const names = (streams as unknown as { logStreams: { logStreamName: string }[] }).logStreams;
      const logs = new CloudWatchLogsClient(cloud.client);
      const request = { logGroupName: image.logGroupName, filterPattern: '"hello-from-a-component"' };
      const { events: found = [] } = await logs.send(new FilterLogEventsCommand(request));
      logs.destroy();
      const stream = found.find(({ message }) => message === 'hello-from-a-component')?.logStreamName ?? '';
      expect(names.map(({ logStreamName }) => logStreamName)).toContain(stream);
      const read = ['--log-group-name', image.logGroupName, '--log-stream-name', stream];
      const { events } = (await home('logs', 'get-log-events', ...read)) as unknown as {
        events: { message: string }[];
      };
      expect(events.map(({ message }) => message)).toContain('hello-from-a-component');
    });

    test('reads public parameters', async () => {
      const name = '/aws/service/debian/release/12/latest/amd64';
      const { Parameter } = await home('ssm', 'get-parameter', '--name', name);
      expect(Parameter).toMatchObject({ Name: name, Value: expect.stringMatching(/^ami-[0-9a-f]{17}$/) });
    });

    test('lists the rules of the stack', async () => {
      const { Rules } = (await home('events', 'list-rules')) as unknown as { Rules: { Name: string; State: string }[] };
      const logicalIds = Rules.map(({ Name, State }) => `${/-(\w+Rule)-/.exec(Name)?.[1]} ${State}`);
      expect(logicalIds.sort()).toEqual(
        ['ExecutionEnded', 'Lifecycle', 'StateEvents', 'Sweep', 'WeeklyBuild'].map((rule) => `${rule}Rule ENABLED`),
      );
    });

    test('is refused what the local cloud does not have, by name', async () => {
      await expect(home('ec2', 'describe-spot-price-history')).rejects.toThrow(/DescribeSpotPriceHistory/);
    });

    test('starts a build', async () => {
      const name = await output('StartBuildFunctionName');
      const payload = ['--payload', '{"imagePipelineName":"hello-web"}'];
      // Version 1 takes the payload as it is; version 2 has to be told.
      const raw = (await isVersion2()) ? ['--cli-binary-format', 'raw-in-base64-out'] : [];
      const file = join(folder, 'answer.json');
      const told = await home('lambda', 'invoke', '--function-name', name, ...payload, ...raw, file);
      expect(told).toMatchObject({ StatusCode: 200 });
      const { imageBuildVersionArn: arn } = JSON.parse(readFileSync(file, 'utf8')) as Started;
      expect(arn).toMatch(/image\/hello-web\/1\.0\.0\/\d+$/);
      expect((await ended(arn)).state.M.status.S).toBe('AVAILABLE');
    }, 60_000);
  });

  test('`sls invoke` starts a build', async () => {
    const parameters = ['invoke', '--function', 'start-build', '--path', 'events/manual.json', '--stage', 'local'];
    const { stdout } = await run('npx', ['--no-install', 'sls', ...parameters], {
      cwd: repository,
      env: {
        ...{ PATH: process.env.PATH, HOME: process.env.HOME, AWS_ENDPOINT_URL: cloud.endpoint },
        ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'any', SLS_TELEMETRY_DISABLED: '1' },
      },
    });
    const { imageBuildVersionArn } = JSON.parse(stdout) as Started;
    expect(imageBuildVersionArn).toMatch(/image\/hello-web\/1\.0\.0\/\d+$/);
    if (!awsCliMissing) expect((await ended(imageBuildVersionArn)).state.M.status.S).toBe('AVAILABLE');
  }, 60_000);
});

async function isVersion2(): Promise<boolean> {
  const { stdout, stderr } = await run('aws', ['--version']);
  return /aws-cli\/2/.test(stdout + stderr);
}

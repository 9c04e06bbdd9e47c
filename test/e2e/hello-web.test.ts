// The examples, end to end: a pipeline file in, a booted and tested image in three regions out, or nothing at all.
import { DescribeImagesCommand, DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DescribeExecutionCommand, GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { impossible, stateDirectory } from './ground.ts';
import { type Answer, build, type Image, imageBuilder } from './image-builder.ts';
import { type LocalCloud, startCloud } from './local-cloud.ts';
import { heard, listen, type StateChange } from './status-events.ts';

if (impossible) console.warn(impossible);

describe.skipIf(impossible)('hello-web', () => {
  const undo: (() => unknown)[] = [];
  let cloud: LocalCloud;
  let state: string;
  let changes: StateChange[];
  let good: Answer & { image: Image };
  let broken: Answer & { image: Image };
  let execution: SFNClient;

  beforeAll(async () => {
    const directory = await stateDirectory();
    state = directory.path;
    undo.push(directory.remove);
    cloud = await startCloud(state);
    undo.push(cloud.stop);
    execution = new SFNClient(cloud.client);
    undo.push(() => execution.destroy());
    await listen(cloud);
    good = await build('examples/hello-web/pipeline.yml', state);
    broken = await build('examples/hello-web-broken/pipeline.yml', state);
    changes = await heard(cloud);
  }, 300_000);
  afterAll(async () => {
    for (const step of undo.reverse()) await step();
  });

  const changesOf = ({ arn }: Image) => changes.filter(({ resources }) => resources.includes(arn));

  describe('that passes its tests', () => {
    test('ends AVAILABLE, with exit code 0 and an AMI in three regions', async () => {
      const { code, image } = good;
      expect([code, image.state]).toEqual([0, { status: 'AVAILABLE' }]);
      expect(image.outputResources.amis.map(({ region }) => region)).toEqual([
        'us-east-1',
        'eu-west-1',
        'ap-southeast-2',
      ]);
      for (const { region, image: id, name } of image.outputResources.amis) {
        const client = new EC2Client({ ...cloud.client, region });
        const { Images } = await client.send(new DescribeImagesCommand({ ImageIds: [id] }));
        client.destroy();
        expect(Images).toMatchObject([{ ImageId: id, Name: name, State: 'available', OwnerId: '000000000000' }]);
        const tags = Object.fromEntries(Images![0]!.Tags!.map(({ Key, Value }) => [Key, Value]));
        expect(tags).toMatchObject({ Application: 'hello-web', 'serverless-image-builder:image': image.arn });
      }
    });

    test('ran both tests', () => {
      expect(good.image.tests).toEqual({
        ...{ total: 2, passed: 2, failed: 0 },
        results: [
          { component: 'hello-web-test', status: 'passed' },
          { component: 'clean-image-test', status: 'passed' },
        ],
      });
    });

    // A command may be over before its token is registered: the first look tells then. Never a heartbeat.
    test('was woken by events', () => {
      const waits = good.image.timeline.filter(({ endedBy }) => endedBy !== undefined);
      expect(waits.map(({ state }) => state).sort()).toEqual([
        ...['CopyRegion', 'CopyRegion', 'LaunchBuilder', 'LaunchTester'],
        ...Array(5).fill('RunComponent'),
        ...Array(3).fill('RunTest'),
        ...['SnapshotAmi', 'StopBuilder'],
      ]);
      const count = (way: string) => waits.filter(({ endedBy }) => endedBy === way).length;
      expect(count('event') + count('look')).toBe(14);
      expect(count('event')).toBeGreaterThanOrEqual(10);
    });

    test('copied while it tested', () => {
      const [copy, tester] = ['CopyRegion', 'EvaluateTests'].map((name) =>
        good.image.timeline.find(({ state }) => state === name),
      );
      expect(copy!.started < tester!.started).toBe(true);
    });

    test('went through the statuses in order, each told on the bus once', () => {
      const told = changesOf(good.image).map(({ detail }) => [detail['previous-state'].status, detail.state.status]);
      expect(told).toEqual([
        ['PENDING', 'CREATING'],
        ['CREATING', 'BUILDING'],
        ['BUILDING', 'TESTING'],
        ['TESTING', 'DISTRIBUTING'],
        ['DISTRIBUTING', 'AVAILABLE'],
      ]);
    });

    test('told who it is, what came of it and where', () => {
      const last = changesOf(good.image).at(-1)!;
      expect(last.source).toBe('serverless-image-builder');
      expect(last.detail).toMatchObject({
        'image-pipeline': { name: 'hello-web' },
        version: good.image.version,
        amis: good.image.outputResources.amis.map(({ region, image }) => ({ region, image })),
        tests: { total: 2, passed: 2, failed: 0 },
      });
    });

    test('is an execution that SUCCEEDED, with a small history', async () => {
      const { executionArn } = good.image;
      const { status, input, output } = await execution.send(new DescribeExecutionCommand({ executionArn }));
      expect(status).toBe('SUCCEEDED');
      expect(JSON.parse(input!)).toEqual({ image: good.image.arn });
      expect(output!.length).toBeLessThan(32_768);
      const { events } = await execution.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
      expect(events!.at(-1)!.type).toBe('ExecutionSucceeded');
      expect(events!.length).toBeLessThan(400);
    });

    test('left no instance', async () => {
      const client = new EC2Client(cloud.client);
      const { Reservations } = await client.send(new DescribeInstancesCommand({}));
      client.destroy();
      const states = Reservations!.flatMap(({ Instances }) => Instances!.map(({ State }) => State!.Name));
      expect(new Set(states)).toEqual(new Set(['terminated']));
    });
  });

  describe('that fails its test', () => {
    test('ends FAILED, with exit code 1 and a reason that names the test', () => {
      const { code, image } = broken;
      expect([code, image.state.status]).toEqual([1, 'FAILED']);
      expect(image.state.reason).toMatch(
        /^1 of 1 tests failed\. Component good-evening-test: step test\/CheckGreeting \(ExecuteBash\) failed: exit code 1; /,
      );
      expect(image.state.failureContext).toMatchObject({
        imageStatus: 'TESTING',
        failedStep: 'EvaluateTests',
        error: 'TestFailedError',
        componentFailure: {
          ...{ component: 'good-evening-test', phaseName: 'test', stepName: 'CheckGreeting', exitCode: 1 },
          stderr: 'the page does not say "Good evening":\n    <h1>Good morning</h1>\n',
        },
      });
      expect(image.outputResources.amis).toEqual([]);
    });

    test('is an execution that FAILED with the error of its test', async () => {
      const { executionArn } = broken.image;
      const { status, error, cause } = await execution.send(new DescribeExecutionCommand({ executionArn }));
      expect([status, error]).toEqual(['FAILED', 'TestFailedError']);
      expect(cause).toContain('good-evening-test');
    });

    test('never was DISTRIBUTING or AVAILABLE', () => {
      const told = changesOf(broken.image).map(({ detail }) => detail.state.status);
      expect(told).toEqual(['CREATING', 'BUILDING', 'TESTING', 'FAILED']);
    });

    test('leaves nothing behind, in any region', async () => {
      const { code, out } = await imageBuilder(['resources', '--local', '--state-dir', state, '--output', 'json']);
      expect(code).toBe(0);
      const { resources, orphans } = JSON.parse(out) as { resources: { image: string; kind: string }[]; orphans: [] };
      expect(orphans).toEqual([]);
      expect(resources.filter(({ image }) => image === broken.image.arn)).toEqual([]);
      const kinds = resources.filter(({ image }) => image === good.image.arn).map(({ kind }) => kind);
      expect(kinds.sort()).toEqual([...Array(3).fill('image'), ...Array(3).fill('snapshot')]);
    });
  });
});

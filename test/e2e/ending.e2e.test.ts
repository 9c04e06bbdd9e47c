// However a build is broken off, nothing of it is left: not in the account, not on the machine.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { describe, expect, type TestContext, test } from 'vitest';
import { groundFor, impossible, stateDirectory } from './ground.ts';
import { type Answer, type Image, imageBuilder } from './image-builder.ts';
import { mountsBelow, processesOf } from './left-behind.ts';
import { type LocalCloud, startCloud } from './local-cloud.ts';
import { component, pipeline, toRegions } from './pipeline-folder.ts';

if (impossible) console.warn(impossible);

describe.skipIf(impossible)('a build that is broken off', () => {
  describe.concurrent('at once with others', brokenOff);
});

/** A volume that the AMI's instances leave behind, but neither builder nor tester. */
const lasting = { deviceName: '/dev/sdf', ebs: { volumeSize: 1, deleteOnTermination: false } };

function brokenOff() {
  /** A build that would take minutes, in a component (or a test) that has started. */
  async function slowBuild(
    { onTestFinished }: TestContext,
    stage: 'build' | 'test',
    then: (state: string, pid: number) => void,
  ) {
    const directory = await stateDirectory();
    const ground = groundFor('slow');
    onTestFinished(directory.remove);
    onTestFinished(ground.remove);
    const slow = component('slow', { [stage]: [{ name: 'Sleep', commands: ['echo it-begins', 'sleep 313'] }] });
    const file = pipeline(
      ground.path,
      'slow',
      { components: [{ component: './slow.yml' }], blockDeviceMappings: [lasting] },
      { 'slow.yml': slow },
      { distributionConfiguration: toRegions('us-east-1', 'eu-west-1') },
    );
    let done = false;
    const parameters = ['build', file, '--local', '--verbose', '--state-dir', directory.path];
    const answer = await imageBuilder(parameters, {
      heard(text, child) {
        if (done || !text.includes('| it-begins')) return;
        done = true;
        then(directory.path, child.pid!);
      },
    });
    return { state: directory.path, answer };
  }

  const cloudProcess = (state: string) => JSON.parse(readFileSync(join(state, 'endpoint.json'), 'utf8')).pid as number;

  async function images(state: string): Promise<Image[]> {
    const { out } = await imageBuilder(['images', 'list', '--local', '--state-dir', state, '--output', 'json']);
    return JSON.parse(out);
  }

  async function resources(state: string): Promise<unknown> {
    const { out } = await imageBuilder(['resources', '--local', '--state-dir', state, '--output', 'json']);
    return JSON.parse(out);
  }

  async function instances({ client }: LocalCloud): Promise<string[]> {
    const ec2 = new EC2Client(client);
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({}));
    ec2.destroy();
    return Reservations.flatMap(({ Instances = [] }) => Instances.map(({ State }) => State!.Name!));
  }

  function expectNothingOf(state: string) {
    expect(processesOf(state)).toEqual([]);
    expect(mountsBelow(state)).toEqual([]);
  }

  test('with Ctrl-C is CANCELLED, and the command waits until it is cleaned up', async (context) => {
    const { state, answer } = await slowBuild(context, 'test', (_, pid) => process.kill(pid, 'SIGINT'));
    expect(answer.errors).toBe('');
    expect(answer.out).toContain('Cancelling the build and waiting for its clean-up');
    expect(answer.out).toMatch(/^CANCELLED {2}slow 1\.0\.0\/1, /m);
    expect(answer.code).toBe(1);
    expectNothingOf(state);

    const cloud = await startCloud(state);
    context.onTestFinished(cloud.stop);
    const [image] = await images(state);
    expect(image!.state).toMatchObject({ status: 'CANCELLED', reason: 'Cancelled from the command line' });
    expect(await resources(state)).toEqual({ resources: [], orphans: [] });
    expect(await instances(cloud)).toEqual(['terminated', 'terminated']);
  }, 60_000);

  test('with SIGTERM too', async (context) => {
    const { state, answer } = await slowBuild(context, 'build', (_, pid) => process.kill(pid, 'SIGTERM'));
    expect(answer.out).toMatch(/^CANCELLED {2}slow 1\.0\.0\/1, /m);
    expect(answer.code).toBe(1);
    expectNothingOf(state);
  }, 60_000);

  test('by the death of the local cloud is cleaned up at the next start', async (context) => {
    let instance: string[] = [];
    const { state, answer } = await slowBuild(context, 'test', (state) => {
      instance = processesOf(state).filter((line) => line.includes('sleep infinity'));
      process.kill(cloudProcess(state), 'SIGKILL');
    });
    expect(instance).not.toEqual([]);
    await expectEndedWithTheCloud(answer, state);

    const cloud = await startCloud(state);
    context.onTestFinished(cloud.stop);
    const image = await ended(state);
    expect(image.state.status).toBe('CANCELLED');
    expect(await resources(state)).toEqual({ resources: [], orphans: [] });
    expect(await instances(cloud)).toEqual(['terminated', 'terminated']);
    const machine = new SFNClient(cloud.client);
    const { status } = await machine.send(new DescribeExecutionCommand({ executionArn: image.executionArn }));
    machine.destroy();
    expect(status).toBe('ABORTED');
    await cloud.stop();
    expectNothingOf(state);
  }, 60_000);

  test('by the death of the command is cleaned up by the local cloud, which ends too', async (context) => {
    let cloud = 0;
    const { state, answer } = await slowBuild(context, 'build', (state, pid) => {
      cloud = cloudProcess(state);
      process.kill(pid, 'SIGKILL');
    });
    expect(answer.code).toBe(null);
    for (const end = Date.now() + 45_000; alive(cloud) && Date.now() < end; ) await sleep(100);
    expectNothingOf(state);
    const [image] = await images(state);
    expect(image!.state.status).toBe('CANCELLED');
  }, 60_000);

  /** The kernel takes the instances with the cloud; a moment later nothing is left. */
  async function expectEndedWithTheCloud({ code, errors }: Answer, state: string) {
    expect(errors).toContain('The local cloud ended by itself (SIGKILL).');
    expect(errors).not.toMatch(/^\s+at .*:\d+:\d+/m);
    expect(code).toBe(1);
    for (const end = Date.now() + 3_000; processesOf(state).length > 0 && Date.now() < end; ) await sleep(50);
    expectNothingOf(state);
  }

  async function ended(state: string): Promise<Image> {
    for (const end = Date.now() + 30_000; ; await sleep(300)) {
      const [image] = await images(state);
      if (/CANCELLED|FAILED|AVAILABLE/.test(image!.state.status)) return image!;
      if (Date.now() > end) throw new Error(`${image!.arn} is still ${image!.state.status}`);
    }
  }
}

function alive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

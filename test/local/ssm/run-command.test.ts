// Run Command on real instances: what a script gets, what comes back, reboots, time-outs and ends.
import {
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import {
  CancelCommandCommand,
  DescribeInstanceInformationCommand,
  GetCommandInvocationCommand,
  GetParameterCommand,
  ListCommandInvocationsCommand,
  ListCommandsCommand,
  SendCommandCommand,
  type SendCommandCommandInput,
} from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testClock } from '../../../local/clock.ts';
import { debian, type OpenCloud, openCloud } from '../ec2/open-cloud.ts';

let cloud: OpenCloud;
let base: string;
let instance: string;

beforeAll(async () => {
  cloud = await openCloud();
  base = (await cloud.ssm().send(new GetParameterCommand({ Name: debian }))).Parameter!.Value!;
  instance = await launch();
});
afterAll(() => cloud.close());

async function launch(on = cloud, more = { IamInstanceProfile: { Name: 'builder' } }): Promise<string> {
  const request = { ImageId: base, InstanceType: 't3.micro' as const, MinCount: 1, MaxCount: 1, ...more };
  const id = (await on.ec2().send(new RunInstancesCommand(request))).Instances![0]!.InstanceId!;
  return id;
}
const online = (id: string) => cloud.instances.whenOnline(id, AbortSignal.timeout(5000));

async function send(
  commands: string[],
  more: Partial<SendCommandCommandInput> = {},
  on = cloud,
  to = instance,
): Promise<string> {
  const { Command } = await on.ssm().send(
    new SendCommandCommand({
      InstanceIds: [to],
      DocumentName: 'AWS-RunShellScript',
      ...more,
      Parameters: { commands, ...more.Parameters },
    }),
  );
  return Command!.CommandId!;
}
const get = (CommandId: string, on = cloud, InstanceId = instance) =>
  on.ssm().send(new GetCommandInvocationCommand({ CommandId, InstanceId }));
async function result(CommandId: string, to = instance) {
  await expect
    .poll(async () => (await get(CommandId, cloud, to)).StatusDetails, { timeout: 10_000 })
    .not.toMatch(/^(Pending|InProgress|Cancelling)$/);
  return get(CommandId, cloud, to);
}
const statuses = (commandId: string, on = cloud) =>
  on.events.filter((event) => event.detail['command-id'] === commandId).map((event) => event.detail.status);

describe('a command', () => {
  test('runs its lines as one script and is told of at each change of its status', async () => {
    await online(instance);
    const id = await send(['echo $SSM_COMMAND_ID; cd /', 'pwd; echo "${HOME-unset}"; echo problem >&2']);
    expect(await result(id)).toMatchObject({
      CommandId: id,
      InstanceId: instance,
      DocumentName: 'AWS-RunShellScript',
      PluginName: 'aws:runShellScript',
      Status: 'Success',
      StatusDetails: 'Success',
      ResponseCode: 0,
      StandardOutputContent: `${id}\n/\nunset\n`,
      StandardErrorContent: 'problem\n',
    });
    expect(cloud.events.filter((event) => event.detail['command-id'] === id)).toEqual(
      ['InProgress', 'Success'].map((status) => ({
        source: 'aws.ssm',
        'detail-type': 'EC2 Command Invocation Status-change Notification',
        account: '000000000000',
        region: 'eu-central-1',
        resources: [`arn:aws:ec2:eu-central-1:000000000000:instance/${instance}`],
        detail: {
          'command-id': id,
          'document-name': 'AWS-RunShellScript',
          'instance-id': instance,
          'requested-date-time': expect.stringMatching(/^\d{4}-.*Z$/),
          status,
        },
      })),
    );
  });

  test('that fails has its exit code and the line that the agent adds', async () => {
    expect(await result(await send(['echo no >&2; exit 3']))).toMatchObject({
      Status: 'Failed',
      ResponseCode: 3,
      StandardErrorContent: 'no\nfailed to run commands: exit status 3\n',
    });
  });

  test('honours a first line and a working directory', async () => {
    const commands = ['#!/bin/bash', '[[ -n $BASH_VERSION ]] && pwd'];
    const at = async (workingDirectory: string[]) =>
      (await result(await send(commands, { Parameters: { workingDirectory } }))).StandardOutputContent;
    expect(await at(['/srv'])).toBe('/srv\n');
    expect(await at([])).toBe('/usr/bin\n');
    expect(await at(['relative'])).toBe('/usr/bin\n');
  });

  test('answers the first 24,000 and 8,000 characters, and its log streams have all', async () => {
    const id = await send(['seq 1 10000; seq 1 3000 >&2'], {
      CloudWatchOutputConfig: { CloudWatchOutputEnabled: true, CloudWatchLogGroupName: '/image-builder/hello' },
    });
    const { StandardOutputContent, StandardErrorContent } = await result(id);
    expect([StandardOutputContent!.length, StandardErrorContent!.length]).toEqual([24_000, 8_000]);
    expect(StandardOutputContent!.startsWith('1\n2\n3\n')).toBe(true);
    const stream = (name: string) => cloud.streams[`/image-builder/hello ${id}/${instance}/aws-runShellScript/${name}`];
    expect(stream('stdout')).toHaveLength(10_000);
    expect(stream('stderr')?.at(-1)).toBe('3000');
  });

  test('writes to its log stream while it runs, and to the usual group unless another is named', async () => {
    const id = await send(['echo first; while ! [ -e /tmp/go ]; do sleep 0.05; done; echo second'], {
      CloudWatchOutputConfig: { CloudWatchOutputEnabled: true },
    });
    const stream = () => cloud.streams[`/aws/ssm/AWS-RunShellScript ${id}/${instance}/aws-runShellScript/stdout`];
    await expect.poll(stream).toEqual(['first']);
    expect(await get(id)).toMatchObject({ Status: 'InProgress', ResponseCode: -1, StandardOutputContent: '' });
    await send(['touch /tmp/go']);
    await result(id);
    expect(stream()).toEqual(['first', 'second']);
  });

  test('that exits with 194 is run again from the top after a reboot, and keeps its id and output', async () => {
    const id = await send([
      'if [ -e /var/rebooted ]; then echo again; ls /tmp; else echo once; touch /var/rebooted /tmp/lost; exit 194; fi',
    ]);
    expect(await result(id)).toMatchObject({
      Status: 'Success',
      ResponseCode: 0,
      StandardOutputContent: 'once\nagain\n',
      StandardErrorContent: '',
    });
    expect(statuses(id)).toEqual(['InProgress', 'Success']);
    expect(cloud.told(instance).filter((state) => ['stopping', 'shutting-down'].includes(String(state)))).toEqual([]);
  });

  test('is run again when its instance stops and starts under it', async () => {
    const other = await launch();
    await online(other);
    const id = await send(
      ['echo run >>/var/runs; if [ $(wc -l </var/runs) = 1 ]; then sleep 60; fi; cat /var/runs'],
      {},
      cloud,
      other,
    );
    await expect.poll(async () => (await get(id, cloud, other)).Status).toBe('InProgress');
    await new Promise((resolve) => setTimeout(resolve, 200));
    await cloud.ec2().send(new StopInstancesCommand({ InstanceIds: [other] }));
    await expect.poll(() => cloud.told(other).at(-1)).toBe('stopped');
    expect((await get(id, cloud, other)).Status).toBe('InProgress');
    await cloud.ec2().send(new StartInstancesCommand({ InstanceIds: [other] }));
    expect((await result(id, other)).StandardOutputContent).toBe('run\nrun\n');
    await cloud.ec2().send(new TerminateInstancesCommand({ InstanceIds: [other] }));
  });

  test('that is cancelled ends with all that it started', async () => {
    const id = await send(['sleep 6161 & sleep 6162']);
    await expect.poll(() => statuses(id)).toEqual(['InProgress']);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await cloud.ssm().send(new CancelCommandCommand({ CommandId: id }));
    expect(await result(id)).toMatchObject({ Status: 'Cancelled', StatusDetails: 'Cancelled' });
    expect(statuses(id)).toEqual(['InProgress', 'Cancelling', 'Cancelled']);
    expect((await result(await send(['ps -eo args | grep -c "^sleep 616" || true']))).StandardOutputContent).toBe(
      '0\n',
    );
  });

  test('that is killed is taken for timed out, as the agent takes it', async () => {
    expect(await result(await send(['kill -KILL $$']))).toMatchObject({
      Status: 'TimedOut',
      StatusDetails: 'ExecutionTimedOut',
      ResponseCode: 137,
    });
  });

  test('can be listed, by command and by instance', async () => {
    const id = await send(['true']);
    await result(id);
    const { Commands } = await cloud.ssm().send(new ListCommandsCommand({ CommandId: id }));
    expect(Commands).toMatchObject([
      { CommandId: id, Status: 'Success', InstanceIds: [instance], TargetCount: 1, CompletedCount: 1, ErrorCount: 0 },
    ]);
    const { CommandInvocations } = await cloud
      .ssm()
      .send(new ListCommandInvocationsCommand({ InstanceId: instance, MaxResults: 1 }));
    expect(CommandInvocations).toMatchObject([{ CommandId: id, InstanceId: instance, Status: 'Success' }]);
  });
});

describe('a command that is not taken', () => {
  test.each<[string, Partial<SendCommandCommandInput>, string, RegExp]>([
    [
      'another document',
      { DocumentName: 'AWS-RunPowerShellScript' },
      'InvalidDocument',
      /AWS-RunPowerShellScript does not exist: the local cloud has AWS-RunShellScript only/,
    ],
    [
      'an unknown instance',
      { InstanceIds: ['i-00000000000000000'] },
      'InvalidInstanceId',
      /^Instances \[\[i-00000000000000000\]\] not in a valid state for account 000000000000$/,
    ],
    ['an unknown parameter', { Parameters: { script: ['true'] } }, 'InvalidParameters', /has no parameter script/],
    [
      'what the local cloud would drop',
      { OutputS3BucketName: 'bucket' },
      'ValidationException',
      /does not support OutputS3BucketName/,
    ],
    ['a short time-out', { TimeoutSeconds: 5 }, 'ValidationException', /between 30 and 2592000/],
  ])('for %s says so', async (_, more, name, message) => {
    await expect(send(['true'], more)).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
  });

  test('as the agent is not online before the instance runs, nor without an instance profile', async () => {
    const starting = await launch();
    await expect(send(['true'], {}, cloud, starting)).rejects.toMatchObject({ name: 'InvalidInstanceId' });
    const bare = await launch(cloud, {} as { IamInstanceProfile: { Name: string } });
    await expect.poll(() => cloud.told(bare)).toEqual(['pending', 'running']);
    await online(starting);
    await expect(send(['true'], {}, cloud, bare)).rejects.toThrow(/not in a valid state .* no instance profile/);
    const { InstanceInformationList } = await cloud
      .ssm()
      .send(new DescribeInstanceInformationCommand({ Filters: [{ Key: 'InstanceIds', Values: [starting, bare] }] }));
    expect(InstanceInformationList).toMatchObject([
      { InstanceId: starting, PingStatus: 'Online', PlatformType: 'Linux', ResourceType: 'EC2Instance' },
    ]);
    await cloud.ec2().send(new StopInstancesCommand({ InstanceIds: [starting] }));
    const ping = async () => {
      const Filters = [{ Key: 'InstanceIds', Values: [starting] }];
      const answer = await cloud.ssm().send(new DescribeInstanceInformationCommand({ Filters }));
      return answer.InstanceInformationList?.[0];
    };
    await expect.poll(async () => (await ping())?.PingStatus).toBe('ConnectionLost');
    const last = (await ping())?.LastPingDateTime;
    expect((await ping())?.LastPingDateTime).toEqual(last);
    await cloud.ec2().send(new TerminateInstancesCommand({ InstanceIds: [starting, bare] }));
    expect(await ping()).toBeUndefined();
  });

  test('is unknown to GetCommandInvocation, as is one of another account', async () => {
    await expect(get('00000000-0000-0000-0000-000000000000')).rejects.toMatchObject({ name: 'InvocationDoesNotExist' });
    const id = await send(['true']);
    await result(id);
    const other = cloud.ssm({ account: '111111111111' });
    await expect(
      other.send(new GetCommandInvocationCommand({ CommandId: id, InstanceId: instance })),
    ).rejects.toMatchObject({ name: 'InvocationDoesNotExist' });
  });
});

describe('time', () => {
  test('a script past its execution time is ended; a command whose instance died stays in progress until the service gives up', async () => {
    const clock = testClock();
    const timed = await openCloud({ clock });
    await timed.ssm().send(new GetParameterCommand({ Name: debian }));
    const pass = async (milliseconds: number) => clock.advance(milliseconds);
    try {
      const ready = async () => {
        const id = await launch(timed);
        let up = false;
        timed.instances.whenOnline(id, AbortSignal.timeout(9000)).then(() => {
          up = true;
        });
        await expect.poll(async () => pass(50).then(() => up)).toBe(true);
        return id;
      };
      const slow = await ready();
      const late = await send(['sleep 7171'], { Parameters: { executionTimeout: ['60'] } }, timed, slow);
      const lost = await send(
        ['sleep 7172'],
        { TimeoutSeconds: 100, Parameters: { executionTimeout: ['500'] } },
        timed,
        slow,
      );
      await new Promise((resolve) => setTimeout(resolve, 200));
      await pass(59_000);
      expect((await get(late, timed, slow)).Status).toBe('InProgress');
      await pass(1_000);
      await expect.poll(async () => (await get(late, timed, slow)).Status).toBe('TimedOut');
      expect(await get(late, timed, slow)).toMatchObject({ StatusDetails: 'ExecutionTimedOut', ResponseCode: 137 });
      await timed.ec2().send(new TerminateInstancesCommand({ InstanceIds: [slow] }));
      await expect.poll(async () => pass(50).then(() => timed.told(slow).at(-1))).toBe('terminated');
      expect((await get(lost, timed, slow)).Status).toBe('InProgress');
      await pass(600_000);
      await expect.poll(async () => (await get(lost, timed, slow)).StatusDetails).toBe('DeliveryTimedOut');
      expect(statuses(lost, timed)).toEqual(['InProgress', 'TimedOut']);
    } finally {
      await timed.close();
    }
  });
});

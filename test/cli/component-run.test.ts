import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AwsServer, awsServer, json } from './aws-server.ts';

let cloud: AwsServer;
let state: string;
let document: string;
/** Of the instance, as it goes on. */
let life: string[];
let invocation: object;
let output: string;

const xml = (name: string, body: string) => ({
  body: `<${name}Response><requestId>1</requestId>${body}</${name}Response>`,
});
const instanceId = 'i-0123456789abcdef0';
const amiId = 'ami-0123456789abcdef0';
const result = {
  ...{ status: 'success', failureMessage: '', executedStepCount: 1, failedStepCount: 0, ignoredFailedStepCount: 0 },
  ...{ rebootCount: 0, durationSeconds: 2, steps: [], output: '' },
};
const ended = (status: string, stderr: string) => ({
  Status: status,
  StatusDetails: status,
  ResponseCode: status === 'Success' ? 0 : 1,
  StandardErrorContent: stderr,
});

/** A local cloud with one instance, whose agent answers at the second attempt. */
beforeEach(async () => {
  cloud = await awsServer();
  state = mkdtempSync(join(tmpdir(), 'component-run-'));
  const startedAt = '2026-11-23T10:00:00.000Z';
  writeFileSync(
    join(state, 'endpoint.json'),
    JSON.stringify({ endpoint: cloud.endpoint, pid: process.pid, startedAt }),
  );
  document = join(state, 'greet.yml');
  writeFileSync(
    document,
    'schemaVersion: 1.0\nphases: [{name: build, steps: [{name: Greet, action: ExecuteBash, inputs: {commands: [echo hello]}}]}]',
  );
  life = ['pending', 'running'];
  invocation = ended('Success', JSON.stringify(result));
  output = '==> build/Greet ExecuteBash (attempt 1 of 1)\nhello\x1b[2J\n<== build/Greet success 2s\n';
  let agents = 0;
  let commands = 0;
  Object.assign(cloud.answers, {
    GetParameter: () => json({ Parameter: { Value: amiId } }),
    DescribeImages: () =>
      xml(
        'DescribeImages',
        `<imagesSet><item><imageId>${amiId}</imageId><imageState>available</imageState><architecture>x86_64</architecture><description>Tiny Linux stands in</description></item></imagesSet>`,
      ),
    RunInstances: () =>
      xml('RunInstances', `<instancesSet><item><instanceId>${instanceId}</instanceId></item></instancesSet>`),
    DescribeInstances: () =>
      xml(
        'DescribeInstances',
        `<reservationSet><item><instancesSet><item><instanceId>${instanceId}</instanceId><instanceState><name>${life.length > 1 ? life.shift() : life[0]}</name></instanceState><stateReason><message>out of luck</message></stateReason></item></instancesSet></item></reservationSet>`,
      ),
    TerminateInstances: () => {
      life = ['shutting-down', 'terminated'];
      return xml('TerminateInstances', '<instancesSet/>');
    },
    CreateImage: () => xml('CreateImage', `<imageId>${amiId}</imageId>`),
    SendCommand: () => {
      agents += 1;
      if (agents === 1)
        return { status: 400, ...json({ __type: 'InvalidInstanceId', message: 'not in a valid state' }) };
      commands += 1;
      return json({ Command: { CommandId: `command-${commands}` } });
    },
    GetCommandInvocation: () => json(invocation),
    GetLogEvents: ({ body }: { body: string }) => {
      const { logStreamName, nextToken } = JSON.parse(body);
      const document = gzipSync('{"status":"success","documents":[]}').toString('base64');
      const message = logStreamName.startsWith('command-1/')
        ? output
        : `${document.slice(0, 20)}\n${document.slice(20)}\n`;
      return json(
        nextToken ? { events: [], nextForwardToken: 'end' } : { events: [{ message }], nextForwardToken: 'end' },
      );
    },
  });
});
afterEach(async () => {
  rmSync(state, { recursive: true });
  await cloud.close();
});

type Answer = { code: number | null; out: string; errors: string };

function run(options: string[] = [], during?: (child: ChildProcess, answer: Answer) => void): Promise<Answer> {
  return new Promise((resolve) => {
    const child = spawn(
      './image-builder',
      ['component', 'run', document, '--local', '--state-dir', state, ...options],
      {
        env: { PATH: process.env.PATH },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const answer: Answer = { code: null, out: '', errors: '' };
    child.stdout.on('data', (data) => {
      answer.out += data;
      during?.(child, answer);
    });
    child.stderr.on('data', (data) => {
      answer.errors += data;
    });
    child.on('close', (code) => resolve({ ...answer, code }));
  });
}

const asked = (operation: string) =>
  cloud.requests.filter((request) => request.operation === operation).map(({ body }) => body);

describe('a run', () => {
  test('launches an instance, sends the script, shows the step tree, terminates the instance', async () => {
    const { code, out, errors } = await run();
    expect(errors).toBe('');
    expect(out.split('\n')).toEqual([
      `instance ${instanceId}: Tiny Linux stands in`,
      'build',
      '  Greet  ExecuteBash',
      '    | hello\\x1b[2J',
      '    ✓ success 2s',
      'greet: success, 1 step run, 2.0s',
      '',
    ]);
    expect(code).toBe(0);
    const launch = new URLSearchParams(asked('RunInstances')[0]);
    expect([launch.get('ImageId'), launch.get('InstanceType')]).toEqual([amiId, 't3.micro']);
    const kinds = [1, 2, 3].map((index) => launch.get(`TagSpecification.${index}.ResourceType`));
    expect(kinds).toEqual(['instance', 'volume', 'network-interface']);
    expect(launch.get('TagSpecification.1.Tag.2.Key')).toBe('serverless-image-builder:image');
    expect(launch.get('TagSpecification.1.Tag.2.Value')).toMatch(/^component-run\/greet\/[0-9a-f-]{36}$/);
    const { InstanceIds, Parameters } = JSON.parse(asked('SendCommand')[1]!);
    expect(InstanceIds).toEqual([instanceId]);
    expect(Parameters.commands[0]).toMatch(/^#!\/bin\/bash\n/);
    expect(asked('TerminateInstances')).toHaveLength(1);
    expect(asked('CreateImage')).toEqual([]);
  });

  test('that fails exits with 1 and says what failed', async () => {
    const failureMessage = 'greet: step build/Greet (ExecuteBash) failed: exit code 1';
    invocation = ended(
      'Failed',
      `${JSON.stringify({ ...result, status: 'failed', failedStepCount: 1, failureMessage })}\nfailed to run commands: exit status 1`,
    );
    const { code, out } = await run();
    expect(out).toContain(`greet: failed, 1 step run, 1 failed, 2.0s\n  ${failureMessage}\n`);
    expect(code).toBe(1);
    expect(asked('TerminateInstances')).toHaveLength(1);
  });

  test('that leaves no result says how Run Command ended it', async () => {
    invocation = { ...ended('TimedOut', 'no room\x1b[2J'), StatusDetails: 'ExecutionTimedOut' };
    const { code, errors } = await run();
    expect(errors).toBe(
      'greet left no result: Run Command ended it as ExecutionTimedOut, exit code 1:\nno room\\x1b[2J\n',
    );
    expect(code).toBe(1);
    expect(asked('TerminateInstances')).toHaveLength(1);
  });

  test('with JSON has the detailed output on stdout, all else on stderr', async () => {
    const { code, out, errors } = await run(['--output', 'json']);
    expect(JSON.parse(out)).toEqual({ status: 'success', documents: [] });
    expect(errors).toContain('    | hello\\x1b[2J\n');
    expect(code).toBe(0);
  });

  test('keeps an AMI of the instance when asked to, made before its end', async () => {
    const { code, out } = await run(['--keep-image']);
    expect(out).toMatch(new RegExp(`greet: success.*\\nAMI ${amiId}\\n$`));
    expect(code).toBe(0);
    const order = cloud.requests.map(({ operation }) => operation).filter((name) => /Create|Terminate/.test(name));
    expect(order).toEqual(['CreateImage', 'TerminateInstances']);
    const image = new URLSearchParams(asked('CreateImage')[0]);
    expect(image.get('Name')).toMatch(/^component-run greet [0-9a-f-]{36}$/);
    expect(image.get('TagSpecification.2.ResourceType')).toBe('snapshot');
  });

  test('of another parent image', async () => {
    await run(['--parent-image', 'ami-00000000000000001']);
    expect(new URLSearchParams(asked('RunInstances')[0]).get('ImageId')).toBe('ami-00000000000000001');
    const { code, errors } = await run(['--parent-image', 'base/1.x.x']);
    expect(errors).toBe('--parent-image base/1.x.x: expected an AMI id or ssm:<parameter name>\n');
    expect(code).toBe(2);
  });

  test('whose instance does not come up says why, and ends it', async () => {
    life = ['pending', 'terminated'];
    const { code, errors } = await run();
    expect(errors).toBe(`The instance ${instanceId} was launched and is now terminated: out of luck\n`);
    expect(code).toBe(1);
    expect(asked('TerminateInstances')).toHaveLength(1);
    expect(asked('SendCommand')).toEqual([]);
  });
});

describe('Ctrl-C', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('(%s) terminates the instance', async (signal) => {
    invocation = { Status: 'InProgress' };
    let sent = false;
    const { code, out, errors } = await run([], (child, { out }) => {
      if (!sent && out.includes('hello')) sent = child.kill(signal);
    });
    expect(out).toContain('Ending the instance; Ctrl-C again leaves at once.\n');
    expect(errors).toBe('Interrupted: the component did not run to its end.\n');
    expect(code).toBe(1);
    expect(asked('TerminateInstances')).toHaveLength(1);
  });

  test('a second time leaves, and says how to see what is there', async () => {
    invocation = { Status: 'InProgress' };
    cloud.answers.TerminateInstances = () => xml('TerminateInstances', '<instancesSet/>');
    const kills: boolean[] = [];
    const { code, errors } = await run([], (child, { out }) => {
      if (kills.length === 0 && out.includes('hello')) kills.push(child.kill('SIGINT'));
      else if (kills.length === 1 && out.includes('Ending')) kills.push(child.kill('SIGINT'));
    });
    expect(errors).toBe(
      'Left before the instance had ended; `./image-builder resources --local` shows what is there.\n',
    );
    expect(code).toBe(1);
  });
});

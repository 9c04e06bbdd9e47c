// Components that misbehave on a real instance: the effect is bounded, and the image's record would give the true reason.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenCloud, openCloud } from '../../local/ec2/open-cloud.ts';
import { launch, type OnInstance, runScript, runSteps, type Sending, type Step } from './run-on-instance.ts';

let cloud: OpenCloud;
beforeAll(async () => {
  cloud = await openCloud({ limits: { memory: 192 * 1024 ** 2, processes: 200 } });
});
afterAll(() => cloud.close());

const next: Step = { name: 'Next', commands: ['echo next'] };

/** Bytes that the print test prints; a gigabyte ends alike, after 40 s. */
const printed = 20_000_000;

test('memory full: the kernel ends the hungry process, and the reason says so', async () => {
  const hungry = { name: 'Eat', commands: ['text=$(head -c 500M /dev/zero | tr "\\0" x)', 'echo not reached'] };
  const { status, reason } = await runSteps(cloud, [hungry, next]);
  expect(status).toBe('Failed');
  expect(reason).toMatch(
    /^Component nasty: step build\/Eat \(ExecuteBash\) failed: exit code 1(37)?, and the machine ran out of memory meanwhile: its kernel ended 1 of the processes/,
  );
});

type Case = [what: string, steps: Step[], reason: RegExp, sending?: Sending];
const failing: Case[] = [
  [
    'disk full',
    [
      {
        name: 'Fill',
        commands: ['set +e', 'fallocate -l $(df --output=avail -B1 / | tail -n1) /var/full', 'yes >/var/more'],
      },
      next,
    ],
    /^Component nasty: step build\/Fill \(ExecuteBash\) failed: exit code 1; cannot (?:write|make) \/var\/lib\/image-builder\/\w+\/\S+: is the disk full\?$/,
  ],
  [
    'disk full, and the step does not notice',
    [
      {
        name: 'Fill',
        commands: ['fallocate -l $(df --output=avail -B1 / | tail -n1) /var/full; yes >/var/more || true'],
      },
      next,
    ],
    /^Component nasty: step build\/Fill \(ExecuteBash\); cannot (?:write|make) \/var\/lib\/image-builder\/\w+\/\S+: is the disk full\?$/,
  ],
  [
    '/tmp full',
    [{ name: 'Fill', commands: ['head -c 500M /dev/zero >/tmp/full'] }, next],
    /failed: exit code 1; stderr ends: head: error writing 'standard output': No space left on device$/,
  ],
  [
    'fork bomb',
    [{ name: 'Bomb', timeoutSeconds: 2, commands: ["sh -c 'bomb() { bomb | bomb & }; bomb'", 'sleep 60'] }, next],
    /^Component nasty: step build\/Bomb \(ExecuteBash\) failed: timed out after 2 s/,
  ],
  [
    'a step without end',
    [{ name: 'Sleep', timeoutSeconds: 1, commands: ['sleep 300 & sleep 301'] }, next],
    /^Component nasty: step build\/Sleep \(ExecuteBash\) failed: timed out after 1 s$/,
  ],
  [
    'a step that ignores SIGTERM',
    [{ name: 'Stay', timeoutSeconds: 1, commands: ["trap '' TERM; while :; do sleep 1; done"] }, next],
    /^Component nasty: step build\/Stay \(ExecuteBash\) failed: timed out after 1 s$/,
  ],
  [
    'a document without end',
    [{ name: 'Sleep', commands: ['sleep 300'] }],
    /^nasty: Run Command ended it as ExecutionTimedOut, exit code 137, which is either its time-out or a kill with SIGKILL: /,
    { executionTimeout: '5' },
  ],
  [
    'a step that kills what runs it',
    [{ name: 'Kill', commands: ['kill -9 $PPID', 'sleep 5'] }],
    /^nasty: Run Command ended it as ExecutionTimedOut, exit code 137, which is either its time-out or a kill with SIGKILL: /,
  ],
  [
    'a step that kills everything',
    [{ name: 'Kill', commands: ['kill -9 -1', 'sleep 5'] }],
    /^nasty: Run Command ended it as ExecutionTimedOut, exit code 137, which is either its time-out or a kill with SIGKILL: /,
  ],
  [
    'a step that deletes what the run remembers',
    [{ name: 'Delete', commands: ['rm -rf /var/lib/image-builder'] }, next],
    /^Component nasty: step build\/Delete \(ExecuteBash\); \/var\/lib\/image-builder\/\w+ is gone, where a run keeps what it has done/,
  ],
  [
    'a step that sets the clock',
    [{ name: 'Clock', commands: ['date -s 2001-01-01'] }, next],
    /failed: exit code 1; stderr ends: date: cannot set date: Operation not permitted$/,
  ],
  [
    'a step that asks for a reboot for ever',
    [{ name: 'Again', commands: ['exit 194'] }, next],
    /^Component nasty: step build\/Again \(ExecuteBash\) failed: asked for a reboot more than 12 times$/,
  ],
  [
    'control characters, NUL and bytes that are no UTF-8',
    [{ name: 'Bytes', commands: ["printf '\\0\\1\\033[31mred\\377\\376\\r\\n'; printf 'bad \\200\\n' >&2; exit 3"] }],
    /^Component nasty: step build\/Bytes \(ExecuteBash\) failed: exit code 3; stderr ends: bad \uFFFD$/,
  ],
];

describe.concurrent('a component fails with', () => {
  test.each(failing)('%s', { timeout: 60_000 }, async (_, steps, reason, sending) => {
    const to = await launch(cloud);
    const ran = await runSteps(cloud, steps, { ...sending, to });
    expect(ran.reason).toMatch(reason);
    expect(ran.log).not.toContain('next');
    expect(ran.seconds).toBeLessThan(30);
    // On a full disk no further script can be written, on AWS neither.
    if (/disk full/.test(_)) return;
    // Nothing of the step goes on, and the instance can be used.
    const left = await runScript(cloud, 'ps -eo comm | sort | uniq -c | sort -rn', { to });
    expect(left.status).toBe('Success');
    expect(left.stdout).not.toMatch(/yes|bomb/);
    if (!/kills/.test(_)) expect(left.stdout.match(/sleep/g)).toHaveLength(1);
  });
});

describe.concurrent('a component goes on after', () => {
  const goesOn = async (step: Step): Promise<OnInstance> => {
    const ran = await runSteps(cloud, [step, next]);
    expect(ran).toMatchObject({ status: 'Success', reason: undefined });
    expect(ran.log).toContain('next');
    return ran;
  };
  test('a step that prints without measure, of which the log holds the start and the end', async () => {
    const { log, result } = await goesOn({
      name: 'Print',
      commands: [`yes ${'0123456789'.repeat(4)} | head -c ${printed}`],
    });
    expect(log.join('\n').length).toBeLessThan(16.1 * 1024 ** 2);
    expect(log).toContainEqual(expect.stringMatching(/^\[output cut here: /));
    expect(log.at(-2)).toMatch(/^<== build\/Next success \d+s$/);
    expect(log.at(-1)).toMatch(/^nasty: success, 2 of 2/);
    expect(result?.output).toBe('next\n');
  }, 60_000);
  test('a step that closes its own streams', async () => {
    await goesOn({ name: 'Close', commands: ['exec 0<&- 1>&- 2>&-', 'sleep 0.1'] });
  }, 60_000);
  test('a step that leaves a daemon which holds its output open, and prints', async () => {
    const { result, seconds } = await goesOn({
      name: 'Daemon',
      commands: ['setsid sh -c "while sleep 1; do echo noise; done" &', 'echo started'],
    });
    expect(result?.notes).toEqual([
      'build/Daemon left a background process that keeps its output open: what it prints later is not shown',
    ]);
    expect(seconds).toBeLessThan(20);
  }, 60_000);
});

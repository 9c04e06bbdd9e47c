// Instances that really run: what they see, what they may do, and that they leave nothing behind.
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Boot } from '../../../local/machine/boot.ts';
import { type Machine, machine } from '../../../local/machine/machine.ts';
import type { Outcome } from '../../../local/machine/run.ts';

const state = mkdtempSync(join(tmpdir(), 'machine-'));
const secret = mkdtempSync('/var/tmp/hidden-');
let room: Machine;
let instance: Boot;
let runs = 0;

async function sh(text: string, more: { on?: Boot; signal?: AbortSignal } = {}) {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const id = `run-${process.pid}-${runs++}`;
  const outcome = await room.run(more.on ?? instance, id, {
    text,
    directory: `/run/orchestration/${id}`,
    workingDirectory: '/',
    environment: { SSM_COMMAND_ID: id },
    stdout: (lines) => stdout.push(...lines),
    stderr: (lines) => stderr.push(...lines),
    ...(more.signal && { signal: more.signal }),
  });
  return { outcome, stdout, stderr, text: stdout.join('\n') };
}

const exited = (exitCode: number): Outcome => ({ ended: 'exit', exitCode });

beforeAll(async () => {
  writeFileSync(join(secret, 'key'), 'secret');
  room = machine({ directory: state, hidden: [secret] });
  await room.createDisk('i-1');
  instance = await room.boot('i-1', 'host');
});

afterAll(async () => {
  await room.stop();
  for (const directory of [state, secret]) rmSync(directory, { recursive: true, force: true });
});

describe('a command', () => {
  test('has an environment made from nothing and a first line that is honoured', async () => {
    const { outcome, stdout } = await sh('#!/bin/bash\nset -u; echo "${BASH_VERSION%%.*}"; /usr/bin/env | sort');
    expect(outcome).toEqual(exited(0));
    expect(Number(stdout[0])).toBeGreaterThanOrEqual(4);
    const names = stdout.slice(1).map((line) => line.split('=')[0]);
    expect(names.filter((name) => !['_', 'SHLVL', 'PWD', 'OLDPWD'].includes(name!))).toEqual([
      'PATH',
      'SSM_COMMAND_ID',
    ]);
  });

  test('without a first line is run by sh, and its exit code and streams are kept apart', async () => {
    const { outcome, stdout, stderr } = await sh('echo out; echo err >&2; printf last; exit 7');
    expect(outcome).toEqual(exited(7));
    expect(stdout).toEqual(['out', 'last']);
    expect(stderr).toEqual(['err']);
  });

  test('that a signal ends has the exit code a shell would give', async () => {
    expect((await sh('kill -TERM $$')).outcome).toEqual(exited(143));
  });

  test('does not hang on a background process that holds its output', async () => {
    const started = performance.now();
    const { outcome, stdout } = await sh('sleep 60 & echo $!');
    expect(outcome).toEqual(exited(0));
    expect(performance.now() - started).toBeLessThan(3000);
    expect((await sh(`kill ${stdout[0]}`)).outcome).toEqual(exited(0));
  });

  test('is cut with a marker when it writes without end, and its own end is told', async () => {
    const { outcome, stdout } = await sh('head -c 40000000 /dev/zero | tr "\\0" x; echo; echo the end; exit 3');
    expect(outcome).toEqual(exited(3));
    expect(stdout.slice(-2)).toEqual([
      '[output cut here: this command wrote more than 16777216 bytes or 200000 lines to stdout; its end follows]',
      'the end',
    ]);
    expect(stdout.slice(0, -2).join('').length).toBe(16 * 1024 * 1024);
  });

  test('is cut too when it writes short lines without end, each of which costs more than its bytes', async () => {
    const { stdout } = await sh('yes | head -c 8000000; echo the end');
    expect(stdout.at(-1)).toBe('the end');
    expect(stdout.filter((line) => line.startsWith('[output cut here'))).toHaveLength(1);
    expect(stdout.length).toBeLessThan(300_000);
  });

  test('that is aborted is ended with all it started, orphans in sessions of their own included', async () => {
    const controller = new AbortController();
    const running = sh('setsid sh -c "sleep 4242 & sleep 4243" & sleep 4244', { signal: controller.signal });
    await expect.poll(async () => (await sh('ps -eo args')).text).toContain('sleep 4244');
    controller.abort();
    expect((await running).outcome).toEqual({ ended: 'aborted' });
    expect((await sh('ps -eo args')).text).not.toMatch(/sleep 424[234]/);
  });

  test('is ended the same way where there are no control groups', async () => {
    const controller = new AbortController();
    const bare: Boot = { ...instance, group: undefined };
    const running = sh('setsid sh -c "sleep 5242 & sleep 5243" & sleep 5244', { on: bare, signal: controller.signal });
    await expect.poll(async () => (await sh('ps -eo args')).text).toContain('sleep 5244');
    controller.abort();
    expect((await running).outcome).toEqual({ ended: 'aborted' });
    expect((await sh('ps -eo args')).text).not.toMatch(/sleep 524[234]/);
  });
});

describe('an instance', () => {
  test('sees its own processes and name, and nothing of the private directories of the host', async () => {
    const { text } = await sh(
      `hostname; ps -eo args | head -2 | tail -1; ls -A /root /home ${secret} ${state} 2>&1; cat ${secret}/key 2>&1`,
    );
    expect(text).toContain('i-1\nsleep infinity\n');
    expect(text).toMatch(/key: No such file/);
    expect(text).not.toContain('secret\n');
    expect((await sh('ls -A /root /home')).stdout.filter((line) => line !== '')).toEqual(['/home:', '/root:']);
  });

  test('has a /var/tmp of its own: what the host keeps there would be wiped byte by byte before each AMI is made', async () => {
    const kept = mkdtempSync('/var/tmp/kept-by-the-host-');
    try {
      await room.createDisk('i-var');
      const fresh = await room.boot('i-var', 'host');
      const { stdout } = await sh('ls -A /var/tmp; stat -c "%a %U" /var/tmp /var; ls -d /var/lib', { on: fresh });
      const { mode } = statSync('/var');
      expect(stdout).toEqual(['1777 root', `${(mode & 0o7777).toString(8)} root`, '/var/lib']);
      await fresh.halt();
    } finally {
      rmSync(kept, { recursive: true });
    }
  });

  test.each([
    ['write a sysctl', 'echo 1 >/proc/sys/vm/swappiness', /Read-only/],
    ['mount', 'mount -t tmpfs tmpfs /mnt', /permission denied|must be superuser/i],
    ['make a device', 'mknod /tmp/disk b 253 0', /Operation not permitted/],
    ['change the network', 'ip link add dummy9 type dummy', /Operation not permitted/],
    ['write to sysfs', 'echo 0 >/sys/kernel/profiling', /Read-only|Permission denied/],
  ])('cannot %s', async (_, command, message) => {
    const { outcome, stderr } = await sh(command);
    expect(outcome).not.toEqual(exited(0));
    expect(stderr.join('\n')).toMatch(message);
  });

  test('writes to its own disk, never to the host', async () => {
    await sh('echo local >/etc/machine-test; rm /etc/os-release; useradd -m builder');
    expect((await sh('cat /etc/machine-test; id -un builder; ls /home')).text).toBe('local\nbuilder\nbuilder');
    expect(existsSync('/etc/machine-test')).toBe(false);
    expect(existsSync('/etc/os-release')).toBe(true);
    expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(state);
  });

  test('has no host keys of the host and a machine id of its own', async () => {
    const { stdout } = await sh('ls /etc/ssh/ssh_host_* 2>/dev/null; cat /etc/machine-id');
    expect(stdout).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
    expect(existsSync('/etc/machine-id') ? readFileSync('/etc/machine-id', 'utf8').trim() : '').not.toBe(stdout[0]);
  });

  test('has loopback alone when it is given no network', async () => {
    await room.createDisk('i-alone');
    const alone = await room.boot('i-alone', 'none');
    expect((await sh('ls /sys/class/net', { on: alone })).stdout).toEqual(['lo']);
    await alone.halt();
  });
});

describe('capture and launch', () => {
  test('a disk made from a capture has what was written and deleted, and a blank machine id until it boots', async () => {
    await room.createDisk('i-2');
    const builder = await room.boot('i-2', 'host');
    await sh(
      'mkdir -m 750 /srv/app; ln /etc/hostname /srv/app/link; rm -r /etc/apt; echo kept >/root/kept; echo gone >/tmp/gone',
      { on: builder },
    );
    await sh('useradd -m keeper && install -o keeper /dev/null /srv/app/owned', { on: builder });
    await builder.halt();
    await room.capture('i-2', 'layer-1');
    expect(readFileSync(join(state, 'layers/layer-1/etc/machine-id'), 'utf8')).toBe('');
    await room.createDisk('i-3', 'layer-1');
    const tester = await room.boot('i-3', 'host');
    const { stdout } = await sh(
      'stat -c %a /srv/app; stat -c %h /srv/app/link; ls -d /etc/apt 2>&1; cat /root/kept; ls /tmp; stat -c %U /srv/app/owned; ls /home; wc -c </etc/machine-id',
      { on: tester },
    );
    expect(stdout).toEqual([
      '750',
      '2',
      "ls: cannot access '/etc/apt': No such file or directory",
      'kept',
      'keeper',
      'keeper',
      '33',
    ]);
    await tester.halt();
  });

  test('a boot on the same disk finds what was written', async () => {
    await room.createDisk('i-4');
    const first = await room.boot('i-4', 'host');
    await sh('echo before >/etc/reboot-test', { on: first });
    await first.halt();
    const second = await room.boot('i-4', 'host');
    expect((await sh('cat /etc/reboot-test', { on: second })).stdout).toEqual(['before']);
    await second.halt();
  });

  test('a command whose instance goes away says so, and the end of pid 1 is noticed', async () => {
    await room.createDisk('i-5');
    const dying = await room.boot('i-5', 'host');
    const running = sh('sleep 60', { on: dying });
    await expect.poll(async () => (await sh('ps -eo args', { on: dying })).text).toContain('sleep 60');
    process.kill(dying.process, 'SIGKILL');
    expect((await running).outcome).toEqual({ ended: 'instance' });
    await dying.ended;
    expect(dying.halting).toBe(false);
  });
});

// How instances end when the process that made them does, and what is said where they cannot begin.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hostProcess } from '../../../local/machine/host-process.ts';
import { machine } from '../../../local/machine/machine.ts';
import { obstacle } from '../../../local/machine/probe.ts';

const execute = promisify(execFile);
const driver = join(import.meta.dirname, 'driver.ts');
let state: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'machine-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(state, { recursive: true, force: true });
});

async function drive(task: string): Promise<{ child: ChildProcess; pid: number }> {
  const child = spawn(process.execPath, [driver, state, task], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [line] = await once(createInterface({ input: child.stdout! }), 'line');
  return { child, pid: Number(line) };
}

describe('the end of the process', () => {
  test.each(['wait', 'run'])('by SIGKILL ends the instance at once and leaves no mount (%s)', async (task) => {
    const { child, pid } = await drive(task);
    expect(hostProcess(pid)).toBeDefined();
    child.kill('SIGKILL');
    await expect.poll(() => hostProcess(pid)).toBeUndefined();
    const { stdout } = await execute('cat', ['/proc/mounts']);
    expect(stdout).not.toContain(state);
    const processes = await execute('ps', ['-eo', 'args']);
    expect(processes.stdout).not.toMatch(/^sleep 3131$/m);
    const next = machine({ directory: state, hidden: [] });
    await next.clear({ disks: new Set(), layers: new Set() });
    await next.stop();
  });

  test('what still ran is ended at the next start, by pid and start time, and its disk is removed', async () => {
    const left = spawn('sleep', ['600'], { stdio: 'ignore' });
    const stranger = spawn('sleep', ['600'], { stdio: 'ignore' });
    children.push(left, stranger);
    const ended = once(left, 'exit');
    const disk = (id: string) => join(state, 'disks', id);
    for (const id of ['i-left', 'i-other', 'i-stopped']) mkdirSync(disk(id), { recursive: true });
    mkdirSync(join(state, 'layers/unknown'), { recursive: true });
    writeFileSync(join(disk('i-left'), 'process.json'), JSON.stringify(hostProcess(left.pid!)));
    writeFileSync(
      join(disk('i-other'), 'process.json'),
      JSON.stringify({ ...hostProcess(stranger.pid!), startTime: '1' }),
    );
    const room = machine({ directory: state, hidden: [] });
    await room.clear({ disks: new Set(['i-stopped']), layers: new Set() });
    await ended;
    expect(left.signalCode).toBe('SIGKILL');
    expect(stranger.exitCode).toBeNull();
    expect(stranger.signalCode).toBeNull();
    expect(['i-left', 'i-other', 'i-stopped'].map((id) => existsSync(disk(id)))).toEqual([false, false, true]);
    expect(existsSync(join(state, 'layers/unknown'))).toBe(false);
    await room.stop();
  });
});

describe('the probe', () => {
  test('boots an instance, runs a command in it and removes it', async () => {
    const room = machine({ directory: state, hidden: [] });
    await expect(room.probe()).resolves.toBeUndefined();
    expect(existsSync(join(state, 'disks', `probe-${process.pid}`))).toBe(false);
    await room.stop();
  });

  test('names a state directory that overlayfs cannot write to', async () => {
    const setup =
      'cd "$0" && mkdir l u w m && mount -t overlay -o lowerdir=l,upperdir=u,workdir=w overlay m && exec "$@" "$0/m" probe';
    const { stdout } = await execute('unshare', ['--mount', 'sh', '-c', setup, state, process.execPath, driver]);
    expect(stdout).toMatch(
      /^BootError: The instance could not be booted: the state directory lies on a file system that overlayfs cannot write to \(overlay or NFS\): put the state directory on ext4, xfs, btrfs or tmpfs \(it is overlay\)$/m,
    );
  });

  test('names a container without the capability to make namespaces', async () => {
    const { stdout } = await execute('setpriv', [
      '--bounding-set=-sys_admin',
      '--inh-caps=-all',
      process.execPath,
      driver,
      state,
      'probe',
    ]);
    expect(stdout).toMatch(
      /^BootError: The instance could not be booted: this looks like a container without the capability SYS_ADMIN: .*--privileged.*unshare failed: Operation not permitted/,
    );
  });

  test('says what it needs on another system or as another user', () => {
    expect(obstacle('darwin', 501)).toBe('namespaces need Linux, this is darwin: use a Linux virtual machine');
    expect(obstacle('linux', 1000)).toBe('instances need root for now: run it with sudo');
    expect(obstacle('linux', 0)).toBeUndefined();
  });
});

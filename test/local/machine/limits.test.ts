// What a component can do to the machine it runs on: fill its own disk, memory and process table, and nothing of the host's.
import { mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Boot } from '../../../local/machine/boot.ts';
import { type Machine, machine } from '../../../local/machine/machine.ts';

const mebibyte = 1024 ** 2;
const state = mkdtempSync(join(tmpdir(), 'machine-'));
let room: Machine;
let instance: Boot;
let limits: string;
let runs = 0;

async function sh(text: string, on = instance) {
  const lines: string[] = [];
  const id = `limits-${process.pid}-${runs++}`;
  const outcome = await room.run(on, id, {
    text: `#!/bin/bash\n${text}`,
    directory: `/run/orchestration/${id}`,
    workingDirectory: '/',
    environment: { SSM_COMMAND_ID: id },
    stdout: (more) => lines.push(...more),
    stderr: (more) => lines.push(...more),
  });
  return { outcome, text: lines.join('\n') };
}
const exited = (exitCode: number) => ({ ended: 'exit', exitCode });
const free = () => {
  const { bavail, bsize } = statfsSync(state);
  return bavail * bsize;
};

beforeAll(async () => {
  room = machine({ directory: state, hidden: [], limits: { memory: 96 * mebibyte, processes: 100 } });
  limits = await room.limits();
  await room.createDisk('i-small', undefined, 64 * mebibyte);
  instance = await room.boot('i-small', 'none');
});
afterAll(async () => {
  await room.stop();
  rmSync(state, { recursive: true, force: true });
});

describe('an instance that fills', () => {
  test('its disk gets ENOSPC, the host keeps its room, and what is deleted is given back', async (context) => {
    context.skip(limits.includes('disks have no limit'), limits);
    const before = free();
    const { outcome, text } = await sh('head -c 200M /dev/zero >/var/full; echo $?; stat -c %s /var/full');
    expect(outcome).toEqual(exited(0));
    expect(text).toMatch(/No space left on device\n1\n\d{8}$/);
    expect(before - free()).toBeLessThan(80 * mebibyte);
    expect((await sh('rm /var/full && echo again >/var/small && cat /var/small')).text).toBe('again');
    expect((await sh('df --output=size -B1M / | tail -n 1')).text.trim()).toMatch(/^(5|6)\d$/);
  });

  test('a captured disk that is full comes up full, and a larger one has room', async (context) => {
    context.skip(limits.includes('disks have no limit'), limits);
    await room.createDisk('i-full', undefined, 32 * mebibyte);
    const full = await room.boot('i-full', 'none');
    await sh('head -c 100M /dev/urandom >/var/full; mkdir -p /srv; echo marked >/srv/mark', full);
    // Of a running instance, as CreateImage with NoReboot does it.
    await room.capture('i-full', 'layer-full');
    await full.halt();
    await room.createDisk('i-larger', 'layer-full', 64 * mebibyte);
    const larger = await room.boot('i-larger', 'none');
    expect((await sh('head -c 1M /dev/zero >/var/more && stat -c %s /var/more', larger)).text).toBe('1048576');
    await larger.halt();
    await expect(room.createDisk('i-smaller', 'layer-full', 16 * mebibyte)).rejects.toThrow('No space left on device');
  });

  test('/tmp is bounded by its memory', async () => {
    const { text } = await sh('head -c 200M /dev/zero >/tmp/full; echo $?; rm -f /tmp/full');
    expect(text).toMatch(/No space left on device\n1$/);
  });

  test('its memory has the hungry process killed, and goes on', async (context) => {
    context.skip(!limits.includes('of memory'), limits);
    const before = freemem();
    const { outcome } = await sh('head -c 400M /dev/zero | tail -c 400M | wc -c; exit ${PIPESTATUS[1]}');
    expect(outcome).toEqual(exited(137));
    expect(before - freemem()).toBeLessThan(400 * mebibyte);
    expect((await sh('echo well')).text).toBe('well');
  });

  test('its process table cannot fork any more, and is ended with all of it', async (context) => {
    context.skip(!limits.includes('processes'), limits);
    // Of sh, as bash tries for a quarter of a minute.
    const { text } = await sh(`sh -c 'while :; do sleep 61 & done'`);
    expect(text).toContain('Cannot fork');
    const bomb = sh(`sh -c 'bomb() { bomb | bomb & }; bomb'`);
    await expect.poll(() => hostProcesses(instance)).toBeGreaterThan(90);
    expect(hostProcesses(instance)).toBeLessThanOrEqual(100);
    await instance.halt();
    await bomb;
    expect(hostProcesses(instance)).toBe(0);
    instance = await room.boot('i-small', 'none');
  });
});

describe('an instance', () => {
  test.each([
    ['set the clock', 'date -s "2001-01-01"', /cannot set date/],
    ['raise its own limits', 'mount -t cgroup none /mnt || mount -t cgroup2 none /mnt', /permission denied/],
    ['use more of a disk by mounting', 'mount -o remount,size=10g /tmp', /permission denied/],
  ])('cannot %s', async (_, command, message) => {
    const { outcome, text } = await sh(command);
    expect(outcome).not.toEqual(exited(0));
    expect(text).toMatch(message);
    expect(new Date().getFullYear()).toBeGreaterThan(2020);
  });

  test('outlives a component that kills every process it may', async () => {
    expect((await sh('kill -9 -1; echo alive')).text).not.toContain('sleep');
    expect((await sh('echo well')).text).toBe('well');
  });
});

/** How many processes of the host share the instance's process namespace. */
function hostProcesses(boot: Boot): number {
  const doors = boot.group?.doors ?? [];
  const read = (door: string) => {
    try {
      return readFileSync(door, 'utf8').split('\n').length - 1;
    } catch {
      return 0;
    }
  };
  return Math.max(0, ...doors.filter((door) => door.includes('pids')).map(read));
}

// Waiting until an instance is ready: for what is there, no longer than allowed, and the notes say for what.
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readyScript } from '../../shared/instance/ready.ts';
import { run } from '../component/bash-run.ts';
import { type FakeRoot, fakeRoot } from './fake-root.ts';

let machine: FakeRoot;
let holder: ChildProcess | undefined;
beforeEach(() => {
  machine = fakeRoot();
});
afterEach(() => {
  holder?.kill('SIGKILL');
  holder = undefined;
  machine.remove();
});

/** The script with a cloud-init that does this, or none. */
function ready(cloudInit?: string, waitSeconds = 20) {
  const bin = join(machine.directory, 'bin');
  mkdirSync(bin);
  const path = cloudInit === undefined ? '/usr/bin:/bin' : `${bin}:/usr/bin:/bin`;
  writeFileSync(join(bin, 'cloud-init'), `#!/bin/bash\n[[ "$*" == 'status --wait' ]] || exit 9\n${cloudInit}\n`);
  chmodSync(join(bin, 'cloud-init'), 0o755);
  return run(machine, readyScript({ runKey: 'ready', root: machine.root, waitSeconds, host: machine.host }), {
    PATH: path,
  });
}

/** Takes the kernel's lock on a file of the machine and holds it for some seconds. */
async function lock(path: string, seconds: number) {
  machine.write(path, '');
  holder = spawn('flock', ['--no-fork', machine.root + path, 'sleep', String(seconds)], { stdio: 'ignore' });
  await new Promise((resolve) => setTimeout(resolve, 200));
}

test('nothing to wait for: no wait, no notes', async () => {
  const { code, stdout, result } = await ready('exit 9');
  expect(code).toBe(0);
  expect(stdout).toContain('cloud-init is installed, but was not started on this boot: nothing to wait for\n');
  expect(stdout).toContain('no package manager is at work\n');
  expect(result?.notes).toBeUndefined();
});

test('cloud-init is waited for, and the wait is noted', async () => {
  mkdirSync(join(machine.root, 'run/cloud-init'), { recursive: true });
  const { stdout, result } = await ready('sleep 1.1; echo ....; echo "status: done"');
  expect(stdout).toMatch(/cloud-init: done after [12] s \(exit code 0\)\n/);
  expect(result?.notes).toEqual([expect.stringMatching(/^waited [12] s for cloud-init$/)]);
});

test('a cloud-init that ends with an error, or never, is noted and not fatal', async () => {
  mkdirSync(join(machine.root, 'run/cloud-init'), { recursive: true });
  const failed = await ready('echo "status: error"; exit 1');
  expect(failed.code).toBe(0);
  expect(failed.result?.notes).toEqual([
    expect.stringMatching(
      /^cloud-init ended with an error \('cloud-init status --long' tells it\) after \d s; going on$/,
    ),
  ]);
  machine.remove();
  machine = fakeRoot();
  mkdirSync(join(machine.root, 'run/cloud-init'), { recursive: true });
  const endless = await ready('sleep 60', 1);
  expect(endless.code).toBe(0);
  expect(endless.result?.notes).toEqual([
    expect.stringMatching(/^cloud-init was still at work after [12] s; going on$/),
  ]);
});

test.each(['/var/lib/dpkg/lock-frontend', '/var/lib/rpm/.rpm.lock'])(
  'the lock %s is waited for while it is held',
  async (path) => {
    await lock(path, 1.5);
    const { code, stdout, result } = await ready();
    expect(code).toBe(0);
    expect(stdout).toMatch(/waiting for \S+ \(process \d+, .*\)\n/);
    expect(result?.notes).toEqual([
      expect.stringMatching(new RegExp(`^waited [1-4] s for \\S+ \\(process \\d+, ${machine.root}${path}\\)$`)),
    ]);
  },
);

test('a lock held too long ends the wait with a note, not the build', async () => {
  await lock('/var/lib/dpkg/lock', 60);
  const { code, result } = await ready(undefined, 1);
  expect(code).toBe(0);
  expect(result?.notes).toEqual([
    expect.stringMatching(/^a package manager was still at work after [1-3] s: .*lock\); going on$/),
  ]);
});

test('the process of a pid file counts only when it lives and is a package manager', async () => {
  const dnf = join(machine.directory, 'dnf');
  writeFileSync(dnf, '#!/bin/bash\nread -rt 2 <> <(:)\n');
  chmodSync(dnf, 0o755);
  holder = spawn(dnf, [], { stdio: 'ignore' });
  machine.write('/var/cache/dnf/metadata_lock.pid', `${holder.pid}\n`);
  machine.write('/run/zypp.pid', '4194303\n');
  machine.write('/run/yum.pid', `${process.pid}`);
  const { result } = await ready();
  expect(result?.notes).toEqual([
    expect.stringMatching(/^waited [1-4] s for dnf \(process \d+, .*metadata_lock\.pid\)$/),
  ]);
});

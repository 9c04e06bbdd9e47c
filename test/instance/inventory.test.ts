// The software inventory: what dpkg and rpm say is installed, and what is told where they do not say it.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { inventoryScript } from '../../shared/instance/inventory.ts';
import { readInventoryOutput } from '../../shared/software/inventory-output.ts';
import { run } from '../component/bash-run.ts';
import { type FakeRoot, fakeRoot } from './fake-root.ts';

let machine: FakeRoot;
beforeEach(() => {
  machine = fakeRoot();
  mkdirSync(join(machine.directory, 'bin'));
});
afterEach(() => machine.remove());

const program = (name: string, body: string) => {
  const path = join(machine.directory, 'bin', name);
  writeFileSync(path, `#!/bin/bash\n${body}\n`);
  chmodSync(path, 0o755);
};

async function inventory(waitSeconds = 20) {
  const path = `${join(machine.directory, 'bin')}:/usr/bin:/bin`;
  const ended = await run(machine, inventoryScript({ root: machine.root, waitSeconds }), { PATH: path });
  return { ...ended, taken: readInventoryOutput(ended.stdout) };
}

const stanza = (name: string, status: string, version: string, more = '') =>
  `Package: ${name}\nStatus: ${status}\nArchitecture: amd64\nMaintainer: m <m@example.org>\nVersion: ${version}\n${more}Description: d\n\n`;
const withDpkg = (...stanzas: string[]) => machine.write('/var/lib/dpkg/status', stanzas.join(''));
const withRpm = (...lines: string[]) => {
  machine.write('/var/lib/rpm/rpmdb.sqlite');
  program('rpm', `printf '%s\\n' ${lines.map((line) => `$'${line}'`).join(' ')}`);
};
const hasDpkg = spawnSync('dpkg-query', ['--version']).error === undefined;
const hasRpm = spawnSync('rpm', ['--version']).error === undefined;

describe.runIf(hasDpkg)('with the real dpkg', () => {
  test('it holds what is installed, with sources that differ, and not what was removed', async () => {
    machine.write('/etc/os-release', 'PRETTY_NAME="Debian"\nVERSION_ID="12"\nID=debian\n');
    withDpkg(
      stanza('libssl3', 'install ok installed', '3.0.11-1~deb12u2', 'Source: openssl\n'),
      stanza('bash', 'hold ok installed', '5.2.15-2+b8', 'Source: bash (5.2.15-2)\n'),
      stanza('telnet', 'deinstall ok config-files', '0.17'),
      stanza('curl', 'install ok unpacked', '7.88.1-10'),
    );
    const { code, stdout, stderr, taken } = await inventory();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^inventory [A-Za-z0-9+/]+=*\n$/);
    const common = { manager: 'dpkg', arch: 'amd64' };
    expect(taken).toEqual({
      os: 'debian 12',
      packages: [
        { ...common, name: 'bash', version: '5.2.15-2+b8', sourceVersion: '5.2.15-2' },
        { ...common, name: 'libssl3', version: '3.0.11-1~deb12u2', source: 'openssl' },
      ],
    });
  });
  test('a database that cannot be read makes it partial, and stderr says why', async () => {
    withDpkg('nonsense\n');
    const { code, stderr, taken } = await inventory();
    expect(code).toBe(0);
    expect(stderr).toMatch(/dpkg could not list its packages \(exit code 2\)\n$/);
    expect(taken).toEqual({ os: '', packages: [], partial: true });
  });
});

test.runIf(hasRpm)('the real rpm understands what it is asked for', () => {
  const format = /--qf '(.*)'/.exec(inventoryScript())![1]!;
  const spec = join(machine.directory, 'bind.spec');
  const written = (epoch: string) =>
    `Name: bind\n${epoch}Version: 9.16.23\nRelease: 18.el9\nSummary: x\nLicense: x\nBuildArch: noarch\n%description\nx\n`;
  const told = (epoch: string) => {
    writeFileSync(spec, written(epoch));
    return spawnSync('rpm', ['-q', '--specfile', spec, '--qf', format], { encoding: 'utf8' }).stdout;
  };
  expect(told('Epoch: 32\n')).toBe('bind\t32:9.16.23-18.el9\tnoarch\t(none)\n');
  expect(told('')).toBe('bind\t9.16.23-18.el9\tnoarch\t(none)\n');
});

test('packages of both package managers are held', async () => {
  machine.write('/usr/lib/os-release', "ID='rhel'\nVERSION_ID=9.4\n");
  withRpm(
    'openssl-libs\\t1:3.0.7-27.el9\\tx86_64\\topenssl-3.0.7-27.el9.src.rpm',
    'perl-Exporter\\t5.74-461.el9\\tnoarch\\tperl-5.32.1-481.el9.src.rpm',
  );
  program('dpkg-query', `printf 'ii \\tbase-files\\t12.4\\tamd64\\tbase-files\\t12.4\\n'`);
  machine.write('/var/lib/dpkg/status');
  expect((await inventory()).taken).toEqual({
    os: 'rhel 9.4',
    packages: [
      { manager: 'dpkg', name: 'base-files', version: '12.4', arch: 'amd64' },
      { manager: 'rpm', name: 'openssl-libs', version: '1:3.0.7-27.el9', arch: 'x86_64', source: 'openssl' },
      {
        ...{ manager: 'rpm', name: 'perl-Exporter', version: '5.74-461.el9', arch: 'noarch' },
        ...{ source: 'perl', sourceVersion: '5.32.1-481.el9' },
      },
    ],
  });
});

test('a package manager that hangs makes it partial in bounded time', async () => {
  withRpm('never');
  program('rpm', 'exec sleep 60');
  const { stderr, taken } = await inventory(1);
  expect(stderr).toBe('rpm could not list its packages (exit code 124)\n');
  expect(taken).toEqual({ os: '', packages: [], partial: true });
});

test('no package manager: an inventory that says so', async () => {
  program('rpm', 'exit 9');
  expect((await inventory()).taken).toEqual({ os: '', packages: [] });
});

test('what Run Command cuts off is partial, and nothing of it is wrong', async () => {
  const lines = Array.from(
    { length: 400 },
    (_, index) => `package-${index}\\t1.${index}.${(index * 7919) % 1000}-1\\tnoarch\\t`,
  );
  withRpm(...lines);
  const { stdout, taken } = await inventory();
  expect(taken?.packages).toHaveLength(400);
  const versions = new Map(taken!.packages.map(({ name, version }) => [name, version]));
  for (const length of [11, 40, 200, 1001, 2000, stdout.length - 12]) {
    const cut = readInventoryOutput(`${stdout.slice(0, length)}\n--output truncated--`);
    for (const { name, version, arch } of cut?.packages ?? [])
      expect([versions.get(name), arch]).toEqual([version, 'noarch']);
    expect(cut?.partial ?? true, String(length)).toBe(true);
  }
  expect(readInventoryOutput(stdout.slice(0, 2000))!.packages.length).toBeGreaterThan(50);
});

test.each(['', 'inventory \n', 'inventory AAAA\n', 'something else'])('output without one is none: %j', (stdout) => {
  expect(readInventoryOutput(stdout)).toBeUndefined();
});

test('what was made to unpack into too much is cut, or none', () => {
  const packed = (text: string) => `inventory ${gzipSync(text).toString('base64')}\n`;
  const many = Array.from({ length: 6000 }, (_, index) => `rpm\tp${index}\t1\tnoarch\n`);
  const inventory = readInventoryOutput(packed(`${many.join('')}end\t6000\n`));
  expect(inventory?.packages).toHaveLength(5000);
  expect(inventory?.partial).toBe(true);
  expect(readInventoryOutput(packed('rpm\ta\t1\tnoarch\n'.repeat(1_000_000)))).toBeUndefined();
});

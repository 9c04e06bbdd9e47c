// ExecuteBinary, Reboot and UpdateOS in a real bash; the package managers are scripts that write down how they were called.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newFolder, readInputs, runModule, runScript, scriptOf } from './module-run.ts';
import { nastyNames } from './nasty-names.ts';

function program(folder: string, name: string, body: string): void {
  writeFileSync(join(folder, name), `#!/bin/bash\n${body}\n`);
  chmodSync(join(folder, name), 0o755);
}

test('ExecuteBinary gives the arguments as they are, and the exit code and output of the program are its own', async () => {
  const folder = newFolder();
  program(folder, 'a program', 'printf "<%s>" "$@"; exit 7');
  const { code, stdout, stderr } = await runModule(folder, 'ExecuteBinary', {
    path: './a program',
    arguments: ['', ...nastyNames],
  });
  expect([code, stdout, stderr]).toEqual([7, `<>${nastyNames.map((name) => `<${name}>`).join('')}`, '']);
  expect(existsSync(join(folder, 'pwned'))).toBe(false);
});

test('ExecuteBinary looks for a name without a slash in PATH only, and hands on exit code 194', async () => {
  const folder = newFolder();
  const path = join(folder, 'bin');
  mkdirSync(path);
  program(path, 'ansible', 'exit 194');
  program(folder, 'local', 'exit 0');
  const environment = { PATH: `${path}:/usr/bin:/bin` };
  expect((await runModule(folder, 'ExecuteBinary', { path: 'ansible' }, environment)).code).toBe(194);
  expect((await runModule(folder, 'ExecuteBinary', { path: 'true', arguments: null }, environment)).code).toBe(0);
  const { code, stderr } = await runModule(folder, 'ExecuteBinary', { path: 'local' }, environment);
  expect([code, stderr]).toEqual([
    1,
    `ExecuteBinary: cannot run local: there is no such program in ${path}:/usr/bin:/bin\n`,
  ]);
});

test.each([
  { path: './none', says: /cannot run \.\/none: there is no such file \(the working directory is .+\)/ },
  { path: './sub', says: /cannot run \.\/sub: it is a folder/ },
  {
    path: './plain',
    says: /cannot run \.\/plain: it may not be executed; set its permissions, to 0755 for example, before/,
  },
  { path: './broken', says: /broken: .+\nExecuteBinary: cannot run \.\/broken: bash says why above/ },
])('ExecuteBinary of $path fails and says why', async ({ path, says }) => {
  const folder = newFolder();
  mkdirSync(join(folder, 'sub'));
  writeFileSync(join(folder, 'plain'), 'x');
  writeFileSync(join(folder, 'broken'), '#!/none/such\n');
  chmodSync(join(folder, 'broken'), 0o755);
  const { code, stderr } = await runModule(folder, 'ExecuteBinary', { path });
  expect(code).toBe(1);
  expect(stderr).toMatch(says);
});

test('the inputs of ExecuteBinary, Reboot and UpdateOS are checked', () => {
  const said = (action: string, inputs: unknown) => readInputs(action, inputs).problems;
  expect(said('ExecuteBinary', { path: 'a', args: [] })).toEqual([
    'unknown-key: The "inputs" of ExecuteBinary has no key "args"; it may have "path", "arguments".',
  ]);
  expect(said('ExecuteBinary', { path: 'a', arguments: 'x' })).toEqual([
    'wrong-type: "arguments" must be a list, this is a single value.',
  ]);
  expect(said('ExecuteBinary', [{ path: 'a' }])).toEqual([
    'wrong-type: The "inputs" of ExecuteBinary must be a mapping, this is a list.',
  ]);
  expect(said('Reboot', { delaySeconds: -1 })).toEqual([
    'invalid-value: "delaySeconds" is "-1"; it must be a whole number of seconds.',
  ]);
  expect(said('UpdateOS', { include: 'x', only: [] })).toEqual([
    'wrong-type: "include" must be a list, this is a single value.',
    'unknown-key: The "inputs" of UpdateOS has no key "only"; it may have "include", "exclude".',
  ]);
});

test('Reboot waits, and leaves the reboot to the driver', async () => {
  const folder = newFolder();
  program(folder, 'sleep', 'echo "slept $*" >>calls');
  const environment = { PATH: `${folder}:/usr/bin:/bin` };
  const { call } = readInputs('Reboot', { delaySeconds: '060' });
  expect(call?.thenReboot).toBe(true);
  const { code, stdout } = await runModule(folder, 'Reboot', { delaySeconds: '060' }, environment);
  expect([code, stdout]).toEqual([0, 'rebooting in 60 s\n']);
  expect((await runModule(folder, 'Reboot', {}, environment)).code).toBe(0);
  expect(readFileSync(join(folder, 'calls'), 'utf8')).toBe('slept 60\nslept 0\n');
});

/** Runs UpdateOS on a Linux that has these programs; the calls come back as lines. */
async function update(
  inputs: object,
  release: string,
  programs: Record<string, string>,
): Promise<{ code: number | null; stderr: string; calls: string[] }> {
  const folder = newFolder();
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const [name, body] of Object.entries(programs))
    program(bin, name, `echo "${name} $*" >>"${folder}/calls"\n${body}`);
  for (const tool of ['cat', 'tr', 'cut']) program(bin, tool, `exec /usr/bin/${tool} "$@"`);
  writeFileSync(join(folder, 'os-release'), release);
  const script = scriptOf('UpdateOS', inputs).replace('=/etc/os-release', `='${folder}/os-release'`);
  const { code, stderr } = await runScript(folder, script, { PATH: bin });
  const file = join(folder, 'calls');
  return { code, stderr, calls: existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [] };
}

const fedora = 'NAME="Fedora Linux"\nID=fedora\nVERSION_ID=41\n';
const amazon2023 = 'ID="amzn"\nID_LIKE="fedora"\nVERSION_ID="2023"\n';
const amazon2 = 'ID="amzn"\nID_LIKE="centos rhel fedora"\nVERSION_ID="2"\n';
const suse = 'ID="sles"\nID_LIKE="suse"\nVERSION_ID="15.6"\n';
const ubuntu = 'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n';
const aptOptions =
  '-y -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=600';
const apt = {
  'apt-get': '',
  'apt-mark': 'if [[ $1 == showhold ]]; then echo held; fi',
  'dpkg-query':
    'case ${@: -1} in ssh*) printf "ssh-server\\nssh-client\\n" ;; none) exit 1 ;; *) echo "${@: -1}" ;; esac',
};

type Update = {
  name: string;
  inputs: object;
  release: string;
  programs: Record<string, string>;
  calls: string[];
};

test.each<Update>([
  { name: 'dnf', inputs: {}, release: fedora, programs: { dnf: '', yum: '' }, calls: ['dnf -y --refresh upgrade'] },
  {
    name: 'dnf of Amazon Linux 2023',
    inputs: { include: ['a', 'b', 'c'], exclude: ['c', 'kernel*'] },
    release: amazon2023,
    programs: { dnf: '', yum: '' },
    calls: ['dnf -y --refresh upgrade --releasever=latest --exclude=c --exclude=kernel* a b'],
  },
  {
    name: 'yum of Amazon Linux 2',
    inputs: { exclude: ['ec2-hibinit-agent'] },
    release: amazon2,
    programs: { yum: '' },
    calls: ['yum -y update --exclude=ec2-hibinit-agent'],
  },
  {
    name: 'zypper',
    inputs: { include: ['a'], exclude: ['b', 'locked'] },
    release: suse,
    programs: {
      zypper: 'if [[ $2 == locks ]]; then printf "# | Name | Type\\n--+--+--\\n1 | locked | package\\n"; fi',
      'apt-get': '',
    },
    calls: [
      'zypper --non-interactive refresh',
      'zypper --non-interactive locks',
      'zypper --non-interactive addlock b',
      'zypper --non-interactive update --auto-agree-with-licenses a',
      'zypper --non-interactive removelock b',
    ],
  },
  {
    name: 'zypper that updates itself, then asks for a reboot',
    inputs: {},
    release: suse,
    programs: {
      zypper:
        'if [[ $2 == update && ! -e again ]]; then : >again; exit 103; elif [[ $2 == update ]]; then exit 102; fi',
    },
    calls: [
      'zypper --non-interactive refresh',
      'zypper --non-interactive locks',
      'zypper --non-interactive update --auto-agree-with-licenses',
      'zypper --non-interactive update --auto-agree-with-licenses',
    ],
  },
  {
    name: 'apt-get',
    inputs: { include: null },
    release: ubuntu,
    programs: { ...apt, dnf: '' },
    calls: [`apt-get ${aptOptions} update`, 'apt-mark showhold', `apt-get ${aptOptions} --with-new-pkgs upgrade`],
  },
  {
    name: 'apt-get with packages to leave out',
    inputs: { include: ['a', 'b'], exclude: ['b', 'held', 'ssh*', 'none'] },
    release: ubuntu,
    programs: apt,
    calls: [
      `apt-get ${aptOptions} update`,
      'apt-mark showhold',
      'dpkg-query -W -f ${Package}\\n -- b',
      'dpkg-query -W -f ${Package}\\n -- held',
      'dpkg-query -W -f ${Package}\\n -- ssh*',
      'dpkg-query -W -f ${Package}\\n -- none',
      'apt-mark hold -- b ssh-server ssh-client',
      `apt-get ${aptOptions} --only-upgrade install -- a`,
      'apt-mark unhold -- b ssh-server ssh-client',
    ],
  },
  {
    name: 'a Linux that is not known, by the package manager it has',
    inputs: {},
    release: 'ID=new\n',
    programs: { yum: '' },
    calls: ['yum -y update'],
  },
])('UpdateOS calls $name', async ({ inputs, release, programs, calls }) => {
  const run = await update(inputs, release, programs);
  expect([run.code, run.stderr]).toEqual([0, '']);
  expect(run.calls).toEqual(calls);
});

test('UpdateOS does nothing when all that is included is excluded', async () => {
  expect(await update({ include: ['a'], exclude: ['a'] }, fedora, { dnf: '' })).toEqual({
    code: 0,
    stderr: '',
    calls: [],
  });
});

test('UpdateOS fails when the package manager does, and takes its holds away all the same', async () => {
  const run = await update({ exclude: ['b'] }, ubuntu, { ...apt, 'apt-get': '[[ $* != *upgrade* ]] || exit 100' });
  expect(run.code).toBe(1);
  expect(run.stderr).toBe(
    `UpdateOS: cannot update the operating system: apt-get ${aptOptions} --with-new-pkgs upgrade ended with exit code 100\n`,
  );
  expect(run.calls.at(-1)).toBe('apt-mark unhold -- b');
});

test.each([
  { inputs: {}, says: 'this machine has none of dnf, yum, zypper and apt-get' },
  { inputs: { include: ['-oDebug'] }, says: '"-oDebug" is no name of a package' },
  { inputs: { exclude: ['two words'] }, says: '"two words" is no name of a package' },
])('UpdateOS with $inputs on a machine without package manager fails: $says', async ({ inputs, says }) => {
  const { code, stderr } = await update(inputs, fedora, {});
  expect([code, stderr]).toEqual([1, `UpdateOS: cannot update the operating system: ${says}\n`]);
});

// What the sanitise script erases, what it leaves, and that it takes its own traces along.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sanitiseScript } from '../../shared/instance/sanitise.ts';
import { type SanitiseSection, skippableSections } from '../../shared/instance/sanitise-sections.ts';
import { run, start, until } from '../component/bash-run.ts';
import { type FakeRoot, fakeRoot } from './fake-root.ts';

const erasedBy: Record<SanitiseSection | 'always', string[]> = {
  skip_cleanup_cloudinit_files: [
    '/etc/sudoers.d/90-cloud-init-users',
    '/etc/locale.conf',
    '/var/log/cloud-init.log',
    '/var/log/cloud-init-output.log',
    '/var/lib/cloud/instances/i-0123/user-data.txt',
    '/var/lib/cloud/.hidden',
  ],
  skip_cleanup_instance_files: [
    '/etc/.updated',
    '/etc/aliases.db',
    '/etc/hostname',
    '/var/.updated',
    '/var/lib/postfix/master.lock',
  ],
  skip_cleanup_ssh_files: [
    '/etc/ssh/ssh_host_rsa_key',
    '/etc/ssh/ssh_host_rsa_key.pub',
    '/etc/ssh/ssh_host_ecdsa_key',
    '/etc/ssh/ssh_host_ed25519_key',
    '/etc/ssh/ssh_host_dsa_key',
    '/etc/ssh/ssh_host_dsa_key.pub',
    '/etc/ssh/ssh_host_key',
    '/root/.ssh/authorized_keys',
    '/home/admin/.ssh/authorized_keys',
    '/home/admin/.ssh/authorized_keys2',
    '/srv/deploy/.ssh/authorized_keys',
  ],
  skip_cleanup_instance_log_files: [
    '/var/log/audit/audit.log',
    '/var/log/audit/audit.log.1',
    '/var/log/boot.log',
    '/var/log/dmesg',
    '/var/log/cron',
  ],
  skip_cleanup_toe_files: ['/tmp/TOE_2026-01-01_00-00-00_UTC-0_abc/console.log'],
  skip_cleanup_ssm_log_files: ['/var/log/amazon/ssm/amazon-ssm-agent.log', '/var/log/amazon/ssm/audits/x'],
  always: [
    '/root/.bash_history',
    '/home/admin/.zsh_history',
    '/home/admin/.local/share/fish/fish_history',
    '/srv/deploy/.mysql_history',
    '/var/log/sa/sa01',
    '/var/lib/dhclient/dhclient.leases',
    '/var/lib/dhcp/dhclient.eth0.leases',
    '/var/tmp/left/over here',
    '/var/tmp/.hidden',
    '/var/lib/systemd/random-seed',
    '/var/lib/rsyslog/imjournal.state',
    '/var/log/journal/0123456789abcdef/system.journal',
    '/var/lib/amazon/ssm/Vault/Store/EC2RegistrationKey',
    '/var/lib/amazon/ssm/registration',
  ],
};

const kept = [
  '/etc/ssh/sshd_config',
  '/etc/ssh/moduli',
  '/home/admin/.ssh/config',
  '/home/admin/.bashrc',
  '/tmp/other',
  '/var/log/dpkg.log',
  '/etc/sudoers.d/README',
];

let machine: FakeRoot;
beforeEach(() => {
  machine = fakeRoot();
  for (const path of [...Object.values(erasedBy).flat(), ...kept]) machine.write(path);
  machine.write('/etc/machine-id', '0123456789abcdef\n');
  machine.write(
    '/etc/passwd',
    'root:x:0:0::/root:/bin/bash\nadmin:x:1000:1000::/home/admin:/bin/bash\ndeploy:x:999:999::/srv/deploy:/bin/sh\nsync:x:4:4::/:/bin/sync\nno:x:5:5::/nonexistent:/x\n',
  );
});
afterEach(() => machine.remove());

const sanitise = (options: Partial<Parameters<typeof sanitiseScript>[0]> = {}) =>
  sanitiseScript({ runKey: 'sanitise', root: machine.root, host: machine.host, ...options });

test('keys, logs, identity and histories go; all else stays, and the machine id is emptied', async () => {
  const { code, result } = await run(machine, sanitise());
  expect(result?.failureMessage).toBe('');
  expect(code).toBe(0);
  expect(machine.files()).toEqual([...kept, '/etc/machine-id', '/etc/passwd'].toSorted());
  expect(machine.read('/etc/machine-id')).toBe('');
  expect(result?.steps.map(({ phase, name, status }) => `${phase}/${name} ${status}`)).toEqual([
    ...Object.keys(skippableSections).map((marker) => `sanitise/${marker.replace('skip_', '')} success`),
    'sanitise/cleanup_always success',
  ]);
});

const markers = Object.keys(skippableSections) as SanitiseSection[];

test.each([markers.filter((_, index) => index % 2 === 0), markers.filter((_, index) => index % 2 === 1)])(
  'skipping %s, %s and %s keeps the files of these sections only',
  async (...skip) => {
    const { code } = await run(machine, sanitise({ skip }));
    expect(code).toBe(0);
    const left = skip.flatMap((marker) => erasedBy[marker]);
    expect(machine.files()).toEqual([...kept, ...left, '/etc/machine-id', '/etc/passwd'].toSorted());
  },
);

test('nothing there is no failure', async () => {
  const empty = fakeRoot();
  const { code, result } = await run(empty, sanitiseScript({ runKey: 'sanitise', root: empty.root, host: empty.host }));
  expect(code).toBe(0);
  expect(result?.failedStepCount).toBe(0);
  empty.remove();
});

test('after success the state of all runs is gone, its own result included, which is printed all the same', async () => {
  mkdirSync(join(machine.host.stateDirectory, 'another-run'), { recursive: true });
  const { code, result, stdout } = await run(machine, sanitise());
  expect([code, result?.status]).toEqual([0, 'success']);
  expect(stdout).toMatch(/sanitise: success, 7 of 7 steps run, 0 failed, 0 ignored, \d+s\n$/);
  expect(readdirSync(machine.directory).filter((name) => name.startsWith('state'))).toEqual([]);
});

test('a copy that waited for another one succeeds too, and does not bring the state back', async () => {
  const first = start(machine, sanitise());
  await until(() => first.stdout().includes('==>'));
  const [one, two] = await Promise.all([first.done, run(machine, sanitise())]);
  expect([one.code, two.code]).toEqual([0, 0]);
  expect(two.result?.notes).toEqual(['another copy of this command ran it']);
  expect(existsSync(machine.host.stateDirectory)).toBe(false);
});

test('what cannot be erased fails its section by name, the other sections are erased, and the state stays', async () => {
  const bin = join(machine.directory, 'bin');
  mkdirSync(bin);
  writeFileSync(
    join(bin, 'rmdir'),
    '#!/bin/bash\nif [[ $2 == */audits ]]; then echo "rmdir: $2: Device or resource busy" >&2; exit 1; fi\nexec /bin/rmdir "$@"\n',
  );
  chmodSync(join(bin, 'rmdir'), 0o755);
  const { code, result } = await run(machine, sanitise(), { PATH: `${bin}:/usr/bin:/bin` });
  expect(code).toBe(1);
  expect(result?.failureMessage).toBe(
    `sanitise: step sanitise/cleanup_ssm_log_files (ExecuteBash) failed: exit code 1; stderr ends: cannot erase ${machine.root}/var/log/amazon/ssm/audits`,
  );
  expect(machine.has('/root/.bash_history')).toBe(false);
  expect(existsSync(machine.host.stateDirectory)).toBe(true);
});

test('what can only be emptied is: a hostname file that is mounted into a container', async () => {
  const bin = join(machine.directory, 'bin');
  mkdirSync(bin);
  writeFileSync(
    join(bin, 'rm'),
    '#!/bin/bash\nrest=() code=0\nfor path; do if [[ $path == */etc/hostname ]]; then code=1; else rest+=("$path"); fi; done\n/bin/rm "${rest[@]}"\nexit $code\n',
  );
  chmodSync(join(bin, 'rm'), 0o755);
  const { code } = await run(machine, sanitise(), { PATH: `${bin}:/usr/bin:/bin` });
  expect(code).toBe(0);
  expect(machine.read('/etc/hostname')).toBe('');
});

test.skipIf(process.getuid?.() !== 0)('what is mounted is emptied, and stays with the folders above it', async () => {
  const script = join(machine.directory, 'sanitise');
  writeFileSync(script, sanitise());
  const point = `${machine.root}/var/tmp/left/a volume`;
  mkdirSync(point);
  const look = `find '${machine.root}/var/tmp' -mindepth 1 -printf '/%P\\n'`;
  const mounting = `mount -t tmpfs none '${point}' && echo x >'${point}/inside' && bash '${script}'; code=$?; ${look}; exit $code`;
  const { code, stdout } = await run(
    machine,
    `exec unshare --mount bash -c ${JSON.stringify(mounting).replaceAll('$', '\\$')}`,
    {
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    },
  );
  expect(stdout).toMatch(/\n\/left\n\/left\/a volume\n$/);
  expect(code).toBe(0);
});

test('the content of an erased file is overwritten; another name of the same file keeps it', async () => {
  const secret = `${machine.root}/root/.bash_history`;
  const other = join(machine.directory, 'open-copy');
  const shared = `${machine.root}/home/admin/.zsh_history`;
  writeFileSync(secret, 'password\n');
  linkSync(shared, other);
  const descriptor = execFileSync('/bin/bash', [
    '--norc',
    '-c',
    `exec 9<"${secret}"; bash "$0" >/dev/null 2>&1; cat <&9 | tr -d '\\0' | wc -c`,
    scriptFile(),
  ]);
  expect(descriptor.toString().trim()).toBe('0');
  expect(readFileSync(other, 'utf8')).toBe('x\n');
});

test('in an overlay nothing is overwritten, since that would copy all of the layer below first', async () => {
  const bin = join(machine.directory, 'bin');
  mkdirSync(bin);
  const program = (name: string, text: string) => {
    writeFileSync(join(bin, name), `#!/bin/bash\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  program('stat', '[[ $1 == -f ]] && echo overlayfs || exec /usr/bin/stat "$@"');
  program('shred', `echo "$@" >>${join(machine.directory, 'overwritten')}`);
  const { code } = await run(machine, sanitise(), { PATH: `${bin}:${process.env.PATH}` });
  expect(code).toBe(0);
  expect(machine.files()).toEqual([...kept, '/etc/machine-id', '/etc/passwd'].toSorted());
  expect(existsSync(join(machine.directory, 'overwritten'))).toBe(false);
});

test('the scripts that the agent kept go, but not the folder of the command that runs', async () => {
  const folder = '/var/lib/amazon/ssm/i-1/document/orchestration';
  for (const command of ['earlier', 'running']) machine.write(`${folder}/${command}/awsrunShellScript/_script.sh`);
  await run(machine, sanitise(), { SSM_COMMAND_ID: 'running' });
  expect(readdirSync(machine.root + folder)).toEqual(['running']);
});

test('a link is removed and what it points to stays; folders of Image Builder’s agent are looked for in the working directory', async () => {
  machine.write('/opt/keys');
  rmSync(`${machine.root}/root/.ssh/authorized_keys`);
  machine.link('/root/.ssh/authorized_keys', `${machine.root}/opt/keys`);
  machine.write('/var/work dir/TOE_1/x');
  await run(machine, sanitise({ workingDirectory: '/var/work dir/' }));
  expect(machine.read('/opt/keys')).toBe('x\n');
  expect(readdirSync(`${machine.root}/root/.ssh`)).toEqual([]);
  expect(machine.has('/var/work dir/TOE_1')).toBe(false);
  expect(machine.has('/tmp/TOE_2026-01-01_00-00-00_UTC-0_abc/console.log')).toBe(true);
});

function scriptFile(): string {
  const file = join(machine.directory, 'script');
  writeFileSync(file, sanitise());
  return file;
}

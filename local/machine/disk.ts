// The disk of an instance: a file with a file system of a fixed size, so that a full disk is the instance's own and never the host's; layers are copies of what it holds.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { searchPath } from './boot-script.ts';

const execute = promisify(execFile);
const env = { PATH: searchPath };

/**
 * Shell: mounts the disk of the directory $1 at volume/ in it, or leaves volume/ the plain directory it is where there is no disk. Without barriers, as the journal
 * of the host's own file system keeps what is in the file. A disk that the kernel has not let go of yet is waited for: mounted twice it would be torn.
 */
const mountVolume = `
set -eu
cd "$1"
mkdir -p volume
if [ -e disk.img ]; then
  tries=0
  while [ "$tries" -lt 100 ] && [ -n "$(losetup -j disk.img)" ]; do tries=$((tries + 1)); sleep 0.05; done
  mount -o loop,nodev,discard,nobarrier disk.img volume
fi
`;

/** Arguments that run a command where the disk of the directory is mounted, which nobody else sees. */
export function withVolume(directory: string, ...last: string[]): string[] {
  const prepared = `${mountVolume}mkdir -p volume/upper; rm -rf volume/work; mkdir volume/work; shift; exec "$@"`;
  return ['unshare', '--mount', 'sh', '-c', prepared, 'sh', directory, ...last];
}

const inVolume = async (directory: string, script: string, ...parameters: string[]) => {
  const command = ['--mount', 'sh', '-c', `${mountVolume}${script}`, 'sh', directory, ...parameters];
  await execute('unshare', command, { env });
};

/** Why disks have no size of their own here; undefined where they have. Tried once, by making and mounting one. */
export async function volumeProblem(directory: string): Promise<string | undefined> {
  try {
    await makeDisk(directory, 16 * 1024 ** 2);
    await inVolume(directory, 'true');
    return undefined;
  } catch (error) {
    return String((error as { stderr?: string }).stderr || (error as Error).message).trim();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Makes an empty disk of this many bytes; what nobody writes takes no room on the host. */
export async function makeDisk(directory: string, bytes: number): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'disk.img');
  await execute('truncate', ['-s', String(bytes), file], { env });
  const options = ['-q', '-F', '-m', '0', '-O', '^has_journal,^resize_inode', '-E', 'lazy_itable_init=1,nodiscard'];
  await execute('mkfs.ext4', [...options, file], { env });
}

// White-outs, opaque directories, hard links, owners and capabilities survive it.
const copy = 'cp -a --reflink=auto --';

/** Fills a new disk with a layer; whole or not at all. */
export const fillDisk = (directory: string, layer: string) =>
  inVolume(directory, `${copy} "$2" volume/part && mv volume/part volume/upper`, layer);

/** Copies what a disk holds into a layer, whole or not at all; `leader` is that of the boot that has it mounted. */
export async function captureDisk(directory: string, layer: string, leader: number | undefined): Promise<void> {
  const part = `${layer}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(dirname(layer), { recursive: true });
  if (leader !== undefined) {
    await execute('cp', ['-a', '--reflink=auto', '--', `/proc/${leader}/root${directory}/volume/upper`, part], { env });
  } else {
    await inVolume(directory, `${copy} volume/upper "$2"`, part);
  }
  await blankMachineId(part);
  renameSync(part, layer);
}

/** A tar archive of a layer: what lies over the base, white-outs and owners included. Whole or not at all. */
export async function packLayer(layer: string, file: string): Promise<void> {
  const part = `${file}.part`;
  await execute('tar', ['--create', '--xattrs', '--numeric-owner', '--file', part, '--directory', layer, '.'], { env });
  renameSync(part, file);
}

/** The machine id is blanked, as it is no two machines'; each boot makes one where there is none. */
async function blankMachineId(layer: string): Promise<void> {
  const file = join(layer, 'etc', 'machine-id');
  if (existsSync(file)) await truncate(file, 0);
}

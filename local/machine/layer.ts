// Disks and layers: an image's disk is a copy of the upper directory of the instance it was made from, and a launch copies it back.
import { execFile } from 'node:child_process';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { searchPath } from './boot-script.ts';

const execute = promisify(execFile);

/** Copies a disk with its white-outs, opaque directories, hard links, owners and capabilities; whole or not at all. */
export async function copyLayer(from: string, to: string): Promise<void> {
  const part = `${to}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(dirname(to), { recursive: true });
  await execute('cp', ['-a', '--reflink=auto', '--', from, part], { env: { PATH: searchPath } });
  renameSync(part, to);
}

/** The disk's machine id is blanked, as it is no two machines'; each boot makes one where there is none. */
export async function blankMachineId(layer: string): Promise<void> {
  await truncate(join(layer, 'etc', 'machine-id'), 0).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

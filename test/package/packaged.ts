// The stack as `sls package` makes it, once for everything that tests it: kept beside the installed packages by the hash of its sources.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type PackagedStack, packageStack } from '../../local/package/package.ts';
import { lockStateDirectory } from '../../local/state/lock.ts';
import { repository } from '../source-files.ts';

/** A state directory of which only `package/` is used. */
export const packageCache = join(repository, 'node_modules', '.cache', 'image-builder-tests');

/** Of several test processes one packages, the others wait for it. */
export async function packaged(): Promise<PackagedStack> {
  mkdirSync(packageCache, { recursive: true });
  const unlock = await lock();
  try {
    return await packageStack({ repository, stateDirectory: packageCache });
  } finally {
    unlock();
  }
}

async function lock(): Promise<() => void> {
  for (let end = Date.now() + 120_000; ; await sleep(200)) {
    try {
      return lockStateDirectory(packageCache);
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}

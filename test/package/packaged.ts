// The stack as `sls package` makes it, once for everything that tests it: kept beside the installed packages by the hash of its sources.
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CodeStore } from '../../local/lambda-host/code.ts';
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

/**
 * Directories to be linked into a state directory: the packages, and the unpacked functions with their compiled code, which every new state
 * directory would have to compile again. Unpacked here, so that no cloud does it while another one uses it.
 */
export async function prepared(): Promise<{ package: string; lambda: string }> {
  const { hash, template, artifacts } = await packaged();
  const [packages, functions] = [join(packageCache, 'package'), join(packageCache, 'lambda')];
  const own = join(functions, hash);
  const unlock = await lock();
  try {
    mkdirSync(own, { recursive: true });
    for (const name of readdirSync(functions))
      if (!existsSync(join(packages, name))) rmSync(join(functions, name), { recursive: true, force: true });
    const codes = new CodeStore(join(own, 'code'));
    const resources = Object.values(
      template.Resources as Record<string, { Properties?: { Code?: { S3Key: string } } }>,
    );
    for (const { Properties } of resources) if (Properties?.Code) await codes.unpack(artifacts(Properties.Code.S3Key));
  } finally {
    unlock();
  }
  return { package: packages, lambda: own };
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

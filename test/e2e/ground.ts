// Where builds can really run: says why they cannot here, and gives each test file a state directory that can hold an overlay.
import { mkdirSync, mkdtempSync, rmSync, statfsSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machine } from '../../local/machine/machine.ts';
import { prepared } from '../package/packaged.ts';
import { repository } from '../source-files.ts';

// statfs(2): an overlay cannot be the upper layer of another one, NFS cannot be one at all.
const unfit = new Set([0x794c7630, 0x6969]);

/** A new directory on the first file system that will do: the usual temporary one, or beside the packages. */
export function groundFor(name: string): { path: string; remove(): void } {
  const places = [tmpdir(), '/var/tmp', join(repository, 'node_modules', '.cache'), '/dev/shm'];
  mkdirSync(join(repository, 'node_modules', '.cache'), { recursive: true });
  const place = places.find((path) => !unfit.has(statfsSync(path).type)) ?? tmpdir();
  const path = mkdtempSync(join(place, `${name}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A state directory whose stack need not be packaged, nor its functions compiled again. */
export async function stateDirectory(): Promise<{ path: string; remove(): void }> {
  const ready = await prepared();
  const ground = groundFor('state');
  for (const [name, directory] of Object.entries(ready)) symlinkSync(directory, join(ground.path, name));
  return ground;
}

/** Why no instance can run here; undefined where one can. */
export const impossible: string | undefined = await probe();

async function probe(): Promise<string | undefined> {
  const ground = groundFor('probe');
  try {
    const room = machine({ directory: ground.path, hidden: [] });
    try {
      await room.probe();
    } finally {
      await room.stop();
    }
    return undefined;
  } catch (error) {
    return `End-to-end tests are left out: ${(error as Error).message}`;
  } finally {
    ground.remove();
  }
}

// The state directory of the local cloud: marked as ours when it is made, so that nothing else is ever removed.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CommandError } from '../command-error.ts';

const marker = 'image-builder-state';

/** Makes the directory. A new or empty one, or one of the usual name, gets the marker. */
export function makeStateDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
    if (basename(directory) !== '.image-builder' && readdirSync(directory).length > 0) return;
    writeFileSync(
      join(directory, marker),
      'State of a local cloud of image-builder; `image-builder local reset` removes this directory.\n',
    );
  } catch (error) {
    throw new CommandError(
      `Cannot keep the local cloud's state in ${directory}: ${(error as Error).message}\nName a directory you may write to with --state-dir.`,
      { cause: error },
    );
  }
}

/** Removes the directory with everything in it; refuses one that was not made by us. False when there is none. */
export function removeStateDirectory(directory: string): boolean {
  if (!existsSync(directory)) return false;
  if (!existsSync(join(directory, marker))) {
    throw new CommandError(
      `${directory} was not made by image-builder (it has no file ${marker}): remove it yourself if nothing in it is needed.`,
      { exitCode: 2 },
    );
  }
  rmSync(directory, { recursive: true, force: true });
  return true;
}

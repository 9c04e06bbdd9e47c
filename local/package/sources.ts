// What the package of the stack is made from: hashed to know it again, copied to be packaged while the originals may change.
import { createHash } from 'node:crypto';
import { cp, glob, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Top-level directories and files of the repository, as far as they exist. */
const parts = ['functions', 'shared', 'statemachines', '*.yml', 'package.json', 'package-lock.json', 'tsconfig.json'];

/** Changes with the content or name of any source, with the stage and with the version of Node. */
export async function hashSources(repository: string, stage: string): Promise<string> {
  const hash = createHash('sha256').update(`${process.version} ${stage}`);
  const patterns = parts.flatMap((part) => (part.includes('.') ? [part] : [`${part}/**/*`]));
  const files: string[] = [];
  for await (const entry of glob(patterns, { cwd: repository, withFileTypes: true }))
    if (entry.isFile()) files.push(join(entry.parentPath, entry.name));
  for (const file of files.sort()) {
    const content = await readFile(file);
    hash.update(`\0${file.slice(repository.length)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** A working directory in which the packager can run beside others: it and its plugin write into the directory they run in. */
export async function copySources(repository: string, directory: string): Promise<void> {
  for await (const name of glob(parts, { cwd: repository }))
    await cp(join(repository, name), join(directory, name), { recursive: true });
  await symlink(modulesOf(repository), join(directory, 'node_modules'), 'dir');
}

/** The node_modules that the repository's packager is installed in. */
export function modulesOf(repository: string): string {
  const require = createRequire(join(repository, 'package.json'));
  try {
    return dirname(dirname(require.resolve('serverless/package.json')));
  } catch (error) {
    throw new Error(`'serverless' is not installed for ${repository}: run npm ci there`, { cause: error });
  }
}

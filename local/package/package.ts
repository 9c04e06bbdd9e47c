// The stack as it would be deployed: the CloudFormation template and the zips that `sls package` makes, made once per content.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { runPackager } from './packager.ts';
import { copySources, hashSources, modulesOf } from './sources.ts';

export type PackagedStack = {
  template: Record<string, unknown>;
  /** The zip that a function's `Code.S3Key` names. */
  artifacts: (key: string) => string;
  /** Of the sources; the key it is kept under. */
  hash: string;
  /** Whether it was there already. */
  cached: boolean;
};

export type PackageRequest = {
  repository: string;
  /** Packages are kept in `package/` of it. */
  stateDirectory: string;
  stage?: string;
  /** Lines to show while it takes its seconds. */
  progress?: (line: string) => void;
  /** What packaging waits for, and fails with. */
  packageAfter?: Promise<unknown>;
};

const templateName = 'cloudformation-template-update-stack.json';
/** How many packages are kept. */
const kept = 5;

const packaging = new Map<string, Promise<PackagedStack>>();

/** Safe to call from several processes at a time. Rejects with an Error whose message is what the packager said. */
export async function packageStack(request: PackageRequest): Promise<PackagedStack> {
  const repository = resolve(request.repository);
  const stage = request.stage ?? 'local';
  const hash = await hashSources(repository, stage);
  const store = join(resolve(request.stateDirectory), 'package');
  const directory = join(store, hash);
  if (existsSync(directory)) return open(directory, hash, true);
  await request.packageAfter;
  const underWay = packaging.get(directory);
  if (underWay) return underWay;
  const packaged = make(repository, stage, store, hash, request.progress ?? (() => {}));
  packaging.set(directory, packaged);
  return packaged.finally(() => packaging.delete(directory));
}

async function make(
  repository: string,
  stage: string,
  store: string,
  hash: string,
  progress: (line: string) => void,
): Promise<PackagedStack> {
  const directory = join(store, hash);
  await mkdir(store, { recursive: true });
  const work = await mkdtemp(join(store, 'new-'));
  try {
    const source = join(work, 'source');
    const output = join(work, 'output');
    await copySources(repository, source);
    const home = join(store, 'home');
    const temporary = join(work, 'temporary');
    for (const directory of [home, temporary]) await mkdir(directory, { recursive: true });
    const modules = modulesOf(repository);
    progress('Packaging the stack (once per change)…');
    await runPackager({ directory: source, modules, stage, output, home, temporary, progress });
    // Where another process was quicker the rename fails, and its package has the same content.
    await rename(output, directory).catch((error) => {
      if (!existsSync(directory)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  await prune(store);
  return open(directory, hash, false);
}

async function open(directory: string, hash: string, cached: boolean): Promise<PackagedStack> {
  const now = new Date();
  await utimes(directory, now, now);
  const template = JSON.parse(await readFile(join(directory, templateName), 'utf8')) as Record<string, unknown>;
  const artifacts = (key: string): string => {
    const file = join(directory, basename(key));
    if (!existsSync(file)) throw new Error(`the package of the stack has no '${basename(key)}' (${directory})`);
    return file;
  };
  return { template, artifacts, hash, cached };
}

/** Removes all but the last used, and what a killed packager left half-done. */
async function prune(store: string): Promise<void> {
  const all = await readdir(store);
  for (const name of all.filter((entry) => entry.startsWith('new-'))) {
    const directory = join(store, name);
    const at = await stat(directory).catch(() => undefined);
    if (at && Date.now() - at.mtimeMs > 3_600_000) await rm(directory, { recursive: true, force: true });
  }
  const names = all.filter((name) => /^[0-9a-f]{64}$/.test(name));
  const used = await Promise.all(names.map(async (name) => ({ name, at: (await stat(join(store, name))).mtimeMs })));
  used.sort((left, right) => right.at - left.at);
  for (const { name } of used.slice(kept)) await rm(join(store, name), { recursive: true, force: true });
}

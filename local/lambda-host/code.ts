// The unpacked code of functions, one directory for each content: unpacked once, whoever asks and however often the cloud starts.
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readZip } from './zip.ts';

export type Code = { taskRoot: string /** Base64, as Lambda's CodeSha256. */; sha256: string; size: number };

export class CodeStore {
  readonly #directory: string;
  readonly #unpacking = new Map<string, Promise<Code>>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  async unpack(zip: string): Promise<Code> {
    const archive = await readFile(zip);
    const hash = createHash('sha256').update(archive).digest();
    const key = hash.toString('hex');
    const known = this.#unpacking.get(key);
    if (known) return known;
    const taskRoot = join(this.#directory, key);
    const code = this.#write(archive, taskRoot, zip).then(() => ({
      taskRoot,
      sha256: hash.toString('base64'),
      size: archive.length,
    }));
    this.#unpacking.set(key, code);
    return code;
  }

  /** Removes what was not asked for since the start: code of earlier versions. Gives how many there were. */
  async prune(): Promise<number> {
    const names = (await exists(this.#directory)) ? await readdir(this.#directory) : [];
    const old = names.filter((name) => !this.#unpacking.has(name));
    await Promise.all(old.map((name) => rm(join(this.#directory, name), { recursive: true, force: true })));
    return old.length;
  }

  /** Into a directory of its own, then renamed, so that a half-written one is never used. */
  async #write(archive: Buffer, taskRoot: string, zip: string): Promise<void> {
    if (await exists(taskRoot)) return;
    await mkdir(this.#directory, { recursive: true });
    const fresh = await mkdtemp(join(this.#directory, 'new-'));
    try {
      for (const { name, content } of readZip(archive)) {
        const file = join(fresh, name);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, content);
      }
      await rename(fresh, taskRoot);
    } catch (error) {
      await rm(fresh, { recursive: true, force: true });
      // Somebody else was quicker: theirs has the same content.
      if (await exists(taskRoot)) return;
      throw new Error(`cannot unpack ${zip}: ${(error as Error).message}`, { cause: error });
    }
  }
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

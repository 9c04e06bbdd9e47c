// A value kept in a file of the state directory: whole or not at all, whatever moment the process is killed.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** The value in `file`, or `fallback` when there is no such file. */
export function readJson<Value>(file: string, fallback: Value): Value {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return fallback;
    throw cause;
  }
  try {
    return JSON.parse(text) as Value;
  } catch (cause) {
    throw new Error(`${file} is damaged: remove it, or reset the local cloud with 'image-builder local reset'`, {
      cause,
    });
  }
}

export function writeJson(file: string, value: unknown): void {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.draft`;
  writeFileSync(draft, `${JSON.stringify(value, null, 1)}\n`);
  renameSync(draft, file);
}

// What every part of the bench shares: its options, and how its result leaves it.
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';

export type PartOptions = { runs: number; long: boolean; only: string[]; json?: string };

/** `--runs N`, `--long`, `--json FILE`, and the names of sections of the part. */
export function partOptions(defaults: { runs: number }): PartOptions {
  const { values, positionals } = parseArgs({
    options: {
      runs: { type: 'string', default: String(defaults.runs) },
      long: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
    allowPositionals: true,
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1)
    throw new Error(`--runs: expected a whole number from 1, found ${values.runs}`);
  return { runs, long: values.long, only: positionals, ...(values.json && { json: values.json }) };
}

/** With the machine and the date, since figures mean nothing without. */
export function writeResult(file: string | undefined, result: object): void {
  if (file === undefined) return;
  const machine = { processor: cpus()[0]?.model.trim(), cores: cpus().length, node: process.version };
  writeFileSync(file, `${JSON.stringify({ date: new Date().toISOString(), machine, ...result }, undefined, 2)}\n`);
}

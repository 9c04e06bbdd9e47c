// `npm run bench`: every part in turn, each in a process of its own, and all results in one file.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';

const directory = import.meta.dirname;
/** `bench/<name>.ts` or `bench/<name>/main.ts`, by name. */
function parts(): Map<string, string> {
  const names = readdirSync(directory).map((entry) => basename(entry, '.ts'));
  return new Map(
    names
      .filter((name) => name !== 'run')
      .map((name): [string, string] => [name, join(directory, name, 'main.ts')])
      .map(([name, main]): [string, string] => [name, existsSync(main) ? main : join(directory, `${name}.ts`)])
      .filter(([, file]) => existsSync(file))
      .sort(),
  );
}

const all = parts();

function asked() {
  try {
    return parseArgs({
      options: { json: { type: 'string' }, runs: { type: 'string' }, long: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
  } catch (error) {
    console.error(
      `${(error as Error).message}\nnpm run bench -- [${[...all.keys()].join('] [')}] [--runs <number>] [--long] [--json <file>]`,
    );
    process.exit(2);
  }
}

const { values, positionals } = asked();
const unknown = positionals.filter((name) => !all.has(name));
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(', ')}: the parts are ${[...all.keys()].join(', ')}`);
  process.exit(2);
}
const options = [...(values.runs ? ['--runs', values.runs] : []), ...(values.long ? ['--long'] : [])];
const results: Record<string, unknown> = {};
const temporary = mkdtempSync(join(tmpdir(), 'bench-'));
try {
  for (const [name, file] of all) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    console.log(`\n# ${name}\n`);
    const json = join(temporary, `${name}.json`);
    const part = spawn(process.execPath, [file, ...options, '--json', json], { stdio: 'inherit' });
    const [code] = await once(part, 'exit');
    if (code !== 0) process.exitCode = 1;
    results[name] = code === 0 && existsSync(json) ? JSON.parse(readFileSync(json, 'utf8')) : { failed: code };
  }
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
if (values.json) writeFileSync(values.json, `${JSON.stringify(results, undefined, 2)}\n`);

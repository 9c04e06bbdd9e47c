// What a function's start costs: its bundle and its first import, against hello world and a plain bundle of the same file.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { readZip } from '../../local/lambda-host/zip.ts';
import { packageStack } from '../../local/package/package.ts';
import { partOptions, writeResult } from '../part.ts';
import { type Sample, sample, sampleText } from '../sample.ts';
import { table } from '../table.ts';
import { firstImport } from './first-import.ts';

const repository = join(import.meta.dirname, '..', '..');
const { runs, only, json } = partOptions({ runs: 10 });
const directory = mkdtempSync(join(tmpdir(), 'bench-cold-start-'));

type Bundle = { file: string; bytes: number; gzip: number };

function bundle(name: string, code: Uint8Array): Bundle {
  mkdirSync(join(directory, name), { recursive: true });
  const file = join(directory, name, 'handler.mjs');
  writeFileSync(file, code);
  return { file, bytes: code.length, gzip: gzipSync(code).length };
}

/** As anybody would bundle it: minified, and with everything that the imports bring. */
async function plain(name: string): Promise<Bundle> {
  const { outputFiles } = await build({
    entryPoints: [join(repository, 'functions', `${name}.ts`)],
    ...{
      bundle: true,
      minify: true,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      write: false,
      logLevel: 'error',
    },
    mainFields: ['module', 'main'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  return bundle(join('plain', name), outputFiles[0]!.contents);
}

function packaged(name: string, zip: string): Bundle {
  const entry = readZip(readFileSync(zip)).find((one) => basename(one.name) === `${name}.mjs`);
  if (!entry) throw new Error(`${zip} has no ${name}.mjs`);
  return bundle(join('ours', name), entry.content);
}

const kilobytes = (bytes: number) => (bytes / 1000).toFixed(0);

try {
  const stack = await packageStack({ repository, stateDirectory: join(directory, 'state'), progress: console.log });
  const hello = bundle('hello', Buffer.from('export const handler = async () => "hello";\n'));
  const names = readdirSync(join(repository, 'functions'))
    .flatMap((file) => (file.endsWith('.ts') ? [basename(file, '.ts')] : []))
    .filter((name) => only.length === 0 || only.includes(name));
  const helloTimes: number[] = [];
  const results: Record<
    string,
    { bytes: number; gzip: number; plainBytes: number; ours: Sample; plain: Sample; ratio: Sample }
  > = {};
  for (const name of names) {
    const [ours, everything] = [packaged(name, stack.artifacts(`${name}.zip`)), await plain(name)];
    const [oursTimes, plainTimes]: [number[], number[]] = [[], []];
    for (let run = 0; run < runs; run += 1) {
      helloTimes.push(firstImport(hello.file));
      oursTimes.push(firstImport(ours.file));
      plainTimes.push(firstImport(everything.file));
    }
    results[name] = {
      ...{ bytes: ours.bytes, gzip: ours.gzip, plainBytes: everything.bytes },
      ours: sample(oursTimes),
      plain: sample(plainTimes),
      ratio: sample(oursTimes.map((time, run) => time / plainTimes[run]!)),
    };
  }
  console.log(
    table(
      ['function', 'KB', 'KB gzip', 'KB plain', 'first import, ms', 'plain, ms', 'ratio'],
      Object.entries(results).map(([name, { bytes, gzip, plainBytes, ours, plain: other, ratio }]) => [
        ...[name, kilobytes(bytes), kilobytes(gzip), kilobytes(plainBytes)],
        ...[sampleText(ours), sampleText(other), sampleText(ratio, 2)],
      ]),
    ),
  );
  const all = sample(Object.values(results).map(({ ours }) => ours.median));
  const ratios = sample(Object.values(results).map(({ ratio }) => ratio.median));
  console.log(
    `\nHello world: ${sampleText(sample(helloTimes))} ms. Medians of the functions: ${sampleText(all)} ms, ratio ${sampleText(ratios, 2)}.`,
  );
  writeResult(json, { hello: sample(helloTimes), functions: results, medians: all, ratios });
} finally {
  rmSync(directory, { recursive: true, force: true });
}

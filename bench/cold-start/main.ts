// What a function's start costs: its bundle and its first import, against hello world and a plain bundle of the same file.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { readZip } from '../../local/lambda-host/zip.ts';
import { packageStack } from '../../local/package/package.ts';
import { partOptions, writeResult } from '../shared/part.ts';
import { type Sample, sample, sampleText } from '../shared/sample.ts';
import { table } from '../shared/table.ts';
import { type FirstImport, firstImport } from './first-import.ts';

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

/** `processor` is ours; ratios are of one run each. */
type Times = Record<'ours' | 'plain' | 'ratio' | 'processor' | 'processorRatio', Sample>;

function compared(ours: FirstImport[], plain: FirstImport[]): Times {
  const ratio = (of: 'wall' | 'processor') => sample(ours.map((times, run) => times[of] / plain[run]![of]));
  const of = (times: FirstImport[], what: 'wall' | 'processor') => sample(times.map((one) => one[what]));
  return {
    ...{ ours: of(ours, 'wall'), plain: of(plain, 'wall'), ratio: ratio('wall') },
    ...{ processor: of(ours, 'processor'), processorRatio: ratio('processor') },
  };
}

const kilobytes = (bytes: number) => (bytes / 1000).toFixed(0);

try {
  const stack = await packageStack({ repository, stateDirectory: join(directory, 'state'), progress: console.log });
  const hello = bundle('hello', Buffer.from('export const handler = async () => "hello";\n'));
  const names = readdirSync(join(repository, 'functions'))
    .flatMap((file) => (file.endsWith('.ts') ? [basename(file, '.ts')] : []))
    .filter((name) => only.length === 0 || only.includes(name));
  const helloTimes: FirstImport[] = [];
  const results: Record<string, { bytes: number; gzip: number; plainBytes: number } & Times> = {};
  for (const name of names) {
    const [ours, everything] = [packaged(name, stack.artifacts(`${name}.zip`)), await plain(name)];
    const [oursTimes, plainTimes]: [FirstImport[], FirstImport[]] = [[], []];
    for (let run = 0; run < runs; run += 1) {
      helloTimes.push(firstImport(hello.file));
      oursTimes.push(firstImport(ours.file));
      plainTimes.push(firstImport(everything.file));
    }
    const sizes = { bytes: ours.bytes, gzip: ours.gzip, plainBytes: everything.bytes };
    results[name] = { ...sizes, ...compared(oursTimes, plainTimes) };
  }
  console.log(
    table(
      ['function', 'KB', 'KB gzip', 'KB plain', 'first import, ms', 'plain, ms', 'ratio', 'processor, ms', 'ratio'],
      Object.entries(results).map(([name, { bytes, gzip, plainBytes, ...times }]) => [
        ...[name, kilobytes(bytes), kilobytes(gzip), kilobytes(plainBytes)],
        ...[sampleText(times.ours), sampleText(times.plain), sampleText(times.ratio, 2)],
        ...[sampleText(times.processor), sampleText(times.processorRatio, 2)],
      ]),
    ),
  );
  const medians = (of: (times: Times) => Sample) => sample(Object.values(results).map((times) => of(times).median));
  const all = {
    ...{
      ours: medians(({ ours }) => ours),
      plain: medians(({ plain }) => plain),
      ratio: medians(({ ratio }) => ratio),
    },
    ...{ processor: medians((times) => times.processor), processorRatio: medians((times) => times.processorRatio) },
  };
  const sizes = sample(Object.values(results).map(({ bytes }) => bytes / 1000));
  const hellos = sample(helloTimes.map(({ wall }) => wall));
  console.log(`
Hello world: ${sampleText(hellos)} ms.
All functions, median (and range) of their medians: ${sampleText(all.ours)} ms, plain ${sampleText(all.plain)} ms, ratio ${sampleText(all.ratio, 2)};
of the processor ${sampleText(all.processor)} ms, ratio ${sampleText(all.processorRatio, 2)}; size ${sampleText(sizes, 0)} KB.`);
  writeResult(json, { hello: hellos, functions: results, all: { ...all, kilobytes: sizes } });
} finally {
  rmSync(directory, { recursive: true, force: true });
}

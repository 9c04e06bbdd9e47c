// What the script of a component document costs beyond the commands in it: per step, per document, and to compile.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileDocument } from '../shared/component/compile.ts';
import { sentScript } from '../shared/component/sent-script.ts';
import { partOptions, writeResult } from './shared/part.ts';
import { type Sample, sample, sampleText } from './shared/sample.ts';
import { table } from './shared/table.ts';

const { runs, json } = partOptions({ runs: 7 });
const directory = mkdtempSync(join(tmpdir(), 'bench-component-'));
const bootRecord = join(directory, 'boot');
writeFileSync(bootRecord, 'boot\n');
const many = 41;

/** A document with this many steps that each run one command. */
const documentOf = (steps: number, command: string) =>
  JSON.stringify({
    schemaVersion: '1.0',
    phases: [
      {
        name: 'build',
        steps: Array.from({ length: steps }, (_, index) => ({
          name: `Step-${index}`,
          action: 'ExecuteBash',
          inputs: { commands: [command] },
        })),
      },
    ],
  });

function compile(text: string, run: string): string {
  const host = { stateDirectory: join(directory, 'state', run), bootRecord };
  const target = { name: 'bench', phases: ['build'], parameters: {}, workingDirectory: directory, runKey: run, host };
  const { script, diagnostics } = compileDocument(text, target);
  if (script === undefined) throw new Error(`does not compile: ${JSON.stringify(diagnostics)}`);
  return script;
}

/** Milliseconds that a bash file takes. */
function timed(script: string): number {
  const file = join(directory, 'script.sh');
  writeFileSync(file, script);
  const begun = performance.now();
  const { status, stderr } = spawnSync('/bin/bash', [file], { env: {}, stdio: ['ignore', 'pipe', 'pipe'] });
  const took = performance.now() - begun;
  if (status !== 0) throw new Error(`the script ended with ${status}: ${stderr}`);
  return took;
}

/** The reference: the same commands, each in a bash of its own as in a component, and nothing else. */
const plain = (steps: number, command: string) => {
  const step = join(directory, 'step.sh');
  writeFileSync(step, `${command}\n`);
  return `for ((step = 0; step < ${steps}; step++)); do bash -- '${step}'; done\n`;
};

function overheads(command: string): { step: Sample; document: Sample; ratio: Sample } {
  const [step, document, ratio]: [number[], number[], number[]] = [[], [], []];
  for (let run = 0; run < runs; run += 1) {
    const reference = timed(plain(many, command));
    const one = timed(compile(documentOf(1, command), `one-${run}-${command.length}`));
    const all = timed(compile(documentOf(many, command), `all-${run}-${command.length}`));
    const perStep = (all - one) / (many - 1);
    step.push(perStep - reference / many);
    document.push(one - perStep);
    ratio.push(perStep / (reference / many));
  }
  return { step: sample(step), document: sample(document), ratio: sample(ratio) };
}

/** A document of 64 KB as YAML, of steps with so many characters of commands. */
function largeDocument(commands: number): string {
  const command = '            - echo "one of the commands of a step"\n';
  const step = (index: number) =>
    `      - name: Step-${index}\n        action: ExecuteBash\n        inputs:\n          commands:\n${command.repeat(commands)}`;
  let text = 'schemaVersion: 1.0\nphases:\n  - name: build\n    steps:\n';
  for (let index = 0; text.length + step(index).length <= 64 * 1024; index += 1) text += step(index);
  return text;
}

function compiling(text: string): Sample {
  for (let warm = 0; warm < 10; warm += 1) compile(text, 'warm');
  return sample(
    Array.from({ length: Math.max(runs, 20) }, () => {
      const begun = performance.now();
      compile(text, 'compiled');
      return performance.now() - begun;
    }),
  );
}

try {
  const quiet = overheads('true');
  const talking = overheads('echo a line; echo another >&2');
  const slow = overheads('echo begun; sleep 0.25; echo ended');
  const lines = compiling(
    `schemaVersion: 1.0\nphases:\n  - name: build\n    steps:\n      - name: Step\n        action: ExecuteBash\n        inputs:\n          commands:\n            - |\n${'              echo "one of the commands of a step"\n'.repeat(1250)}`,
  );
  const short = compiling(largeDocument(1));
  const sent = {
    one: sentScript(compile(documentOf(1, 'true'), 'size')).length,
    many: sentScript(compile(documentOf(many, 'true'), 'size')).length,
  };
  console.log(
    table(
      ['overhead', 'per step, ms', 'per document, ms', 'step / plain bash'],
      [
        ['`true`', sampleText(quiet.step), sampleText(quiet.document), sampleText(quiet.ratio)],
        ['two lines of output', sampleText(talking.step), sampleText(talking.document), sampleText(talking.ratio)],
        ['a step of 250 ms', sampleText(slow.step), sampleText(slow.document), sampleText(slow.ratio, 2)],
      ],
    ),
  );
  console.log(
    `\n${table(
      ['compile 64 KB', 'ms'],
      [
        ['one step, a block of lines', sampleText(lines)],
        ['as many short steps as fit', sampleText(short)],
      ],
    )}`,
  );
  console.log(`\nBytes sent: ${sent.one} for one step, ${sent.many} for ${many}.`);
  writeResult(json, { quiet, talking, slow, compile: { lines, short }, sent });
} finally {
  rmSync(directory, { recursive: true, force: true });
}

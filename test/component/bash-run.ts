// Runs emitted scripts in a real bash with an empty environment, their state in a directory of its own.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileDocument } from '../../shared/component/compile.ts';
import type { Host } from '../../shared/component/program.ts';
import { type ComponentResult, parseResult } from '../../shared/component/result.ts';

export type Run = { code: number | null; stdout: string; stderr: string; result: ComponentResult | undefined };

export type Running = { kill(signal: NodeJS.Signals): void; done: Promise<Run>; stdout(): string };

export type Place = {
  directory: string;
  host: Host;
  /** What a reboot changes. */
  reboot(): void;
  /** The state directory of the only run in this place. */
  stateOfRun(): string;
  remove(): void;
};

/** A directory that stands for the machine's own: state, working directory, boot record. */
export function newPlace(): Place {
  const directory = mkdtempSync(join(tmpdir(), 'component-'));
  const host = { stateDirectory: join(directory, 'state'), bootRecord: join(directory, 'boot') };
  let boots = 0;
  const reboot = () => {
    boots += 1;
    writeFileSync(host.bootRecord, `boot ${boots}\n`);
  };
  reboot();
  return {
    directory,
    host,
    reboot,
    stateOfRun: () =>
      join(host.stateDirectory, readdirSync(host.stateDirectory).find((name) => name !== 'scripts') ?? ''),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** The script of a document with one build phase, or of a whole document; throws on an error, since these tests are not about diagnostics. */
export function compileIn(
  place: Place,
  text: string,
  options: { phases?: string[]; parameters?: Record<string, string>; workingDirectory?: string } = {},
): string {
  const { phases = ['build', 'validate'], parameters = {}, workingDirectory = place.directory } = options;
  const target = { name: 'example', phases, parameters, runKey: 'run', workingDirectory, host: place.host };
  const { script, diagnostics } = compileDocument(text, target);
  if (!script) throw new Error(`does not compile: ${JSON.stringify(diagnostics)}`);
  return script;
}

/** A document with these steps (YAML flow or JSON) in one build phase. */
export function buildDocument(...steps: object[]): string {
  const withAction = steps.map((step) => ({ action: 'ExecuteBash', ...step }));
  return JSON.stringify({ schemaVersion: '1.0', phases: [{ name: 'build', steps: withAction }] });
}

export function bash(name: string, commands: string[], rest: object = {}): object {
  return { name, inputs: { commands }, ...rest };
}

/** Starts a script; `done` resolves when bash has ended and its pipes are closed, which a process left behind would prevent. */
export function start(place: Place, script: string, environment: Record<string, string> = {}): Running {
  const file = join(place.directory, `script-${createHash('sha256').update(script).digest('hex').slice(0, 16)}`);
  if (!existsSync(file)) writeFileSync(file, script);
  const child = spawn('/bin/bash', [file], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('latin1').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const done = new Promise<Run>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) =>
      resolve({ code, stdout: Buffer.from(stdout, 'latin1').toString('utf8'), stderr, result: parseResult(stderr) }),
    );
  });
  return { kill: (signal) => child.kill(signal), done, stdout: () => stdout };
}

export function run(place: Place, script: string, environment?: Record<string, string>): Promise<Run> {
  return start(place, script, environment).done;
}

/** Waits, at most ten seconds, until something is so. */
export async function until(isSo: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!isSo()) {
    if (Date.now() > end) throw new Error(`waited ten seconds in vain until ${isSo}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Whether a process runs; one that has ended and was not waited for does not. */
export function lives(process: string): boolean {
  const stat = `/proc/${process}/stat`;
  return existsSync(stat) && !/\) [ZX] /.test(readFileSync(stat, 'utf8'));
}

/** Compiles and runs a document in a place of its own, which is removed. */
export async function runDocument(text: string, options?: Parameters<typeof compileIn>[2]): Promise<Run> {
  const place = newPlace();
  try {
    return await run(place, compileIn(place, text, options));
  } finally {
    place.remove();
  }
}

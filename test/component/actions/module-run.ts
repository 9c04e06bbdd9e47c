// Runs the script of one action module in a real bash, by itself: in a folder of its own, without the driver.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ActionCall } from '../../../shared/component/actions/action.ts';
import { actionModules } from '../../../shared/component/actions/table.ts';
import { diagnosticList } from '../../../shared/component/diagnostic.ts';
import { parse } from '../../../shared/component/parse.ts';
import { quote } from '../../../shared/component/quote.ts';

export type ModuleRun = {
  code: number | null;
  stdout: string;
  stderr: string;
  output(name: string): string | undefined;
};

/** A folder that is removed when the test ends. */
export function newFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'action-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What the module says of these inputs, and its call. */
export function readInputs(
  action: string,
  inputs: unknown,
): { call: ActionCall | undefined; problems: string[]; warnings: string[] } {
  const { report, sorted } = diagnosticList();
  const parsed = parse(JSON.stringify(inputs), report);
  if (!parsed) throw new Error(`not read: ${JSON.stringify(sorted())}`);
  const { root, nodes } = parsed;
  const call = actionModules.get(action)?.read?.(inputs === undefined ? undefined : root, nodes, root);
  const found = sorted();
  const say = (severity: string) =>
    found.filter((one) => one.severity === severity).map(({ code, message }) => `${code}: ${message}`);
  return { call, problems: say('error'), warnings: say('warning') };
}

/** The script for these inputs, which hold no references. */
export function scriptOf(action: string, inputs: unknown): string {
  const { call, problems } = readInputs(action, inputs);
  if (!call || problems.length > 0) throw new Error(`${action} does not take the inputs: ${problems.join(' ')}`);
  const parts = call.emit(
    ({ text }) => [{ literal: text }],
    ({ text }) => [{ literal: quote(text) }],
    () => {},
  );
  return parts.map((part) => ('literal' in part ? part.literal : '')).join('');
}

export function runScript(
  folder: string,
  script: string,
  environment: Record<string, string> = {},
): Promise<ModuleRun> {
  const outputs = mkdtempSync(join(dirname(folder), 'outputs-'));
  mkdirSync(folder, { recursive: true });
  const child = spawn('/bin/bash', ['-c', script], {
    cwd: folder,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', IMAGE_BUILDER_OUTPUTS: outputs, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  onTestFinished(() => rmSync(outputs, { recursive: true, force: true }));
  const output = (name: string) =>
    existsSync(join(outputs, name)) ? readFileSync(join(outputs, name), 'utf8') : undefined;
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr, output }));
  });
}

export function runModule(
  folder: string,
  action: string,
  inputs: unknown,
  environment?: Record<string, string>,
): Promise<ModuleRun> {
  return runScript(folder, scriptOf(action, inputs), environment);
}

// A document with every module for Linux, every loop, operator and kind of chained value, run by `component run` in an instance;
// its detailed output is held field by field against what the document means.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { actionModules } from '../../shared/component/actions/table.ts';
import { impossible, stateDirectory } from './ground.ts';
import { type Answer, imageBuilder } from './image-builder.ts';
import { mountsBelow, processesOf } from './left-behind.ts';

if (impossible) console.warn(impossible);

const folder = join(import.meta.dirname, 'every-module');
const document = join(folder, 'document.yml');
const program = '#!/bin/sh\necho "$#: $1, $2"\n';
const sha256 = createHash('sha256').update(program).digest('hex');

type Detail = { [key: string]: unknown };

/** What differs from run to run, by a name of its own; times only when they are times, in order. */
function settled(value: unknown, source: string): unknown {
  if (Array.isArray(value)) return value.map((one) => settled(one, source));
  if (typeof value === 'string') return value.replaceAll(source, 'SOURCE');
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as Detail).map(([key, one]): [string, unknown] => {
    if (key === 'executionId') return [key, String(one).replace(/^[0-9a-f]{32}/, 'ID')];
    if (/^(?:start|end)Time$/.test(key)) return [key, isTime(one) ? 'TIME' : one];
    if (key === 'outputs') return [key, String(one).replaceAll(/[0-9a-f]{32}-/g, 'ID-')];
    return [key, settled(one, source)];
  });
  return Object.fromEntries(entries);
}

const isTime = (value: unknown) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(String(value));

describe.skipIf(impossible)('every module', () => {
  const undo: (() => unknown)[] = [];
  let state: string;
  let source: string;
  let server: Server;

  beforeAll(async () => {
    const directory = await stateDirectory();
    state = directory.path;
    undo.push(directory.remove);
    server = createServer((request, response) => response.end(request.url === '/program' ? program : 'hello'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    undo.push(() => new Promise((resolve) => server.close(resolve)));
    source = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }, 200_000);
  afterAll(async () => {
    for (const step of undo.reverse()) await step();
  });

  const run = (...options: string[]): Promise<Answer> =>
    imageBuilder([
      ...['component', 'run', document, '--local', '--state-dir', state],
      ...['--parameters', `Source=${source}`, '--parameters', `Sha256=${sha256}`, ...options],
    ]);

  test('does what it says, and the detailed output tells it', async () => {
    const { code, out, errors } = await run('--output', 'json');
    if (code !== 0) throw new Error(`exit code ${code}:\n${errors}${out}`);
    const expected = JSON.parse(readFileSync(join(folder, 'detailedoutput.json'), 'utf8'));
    expect(settled(JSON.parse(out), source)).toEqual(expected);
    // Kept out of the log, as the step asks.
    expect(errors).not.toContain('| hidden');
  }, 120_000);

  test('fails where it is told otherwise: another program than the one that was meant', async () => {
    const { code, out } = await run('--parameters', `Sha256=${'0'.repeat(64)}`, '--phases', 'build');
    expect(out).toMatch(/step build\/WebDownload \(WebDownload\) failed: /);
    expect(out).toContain('    ✗ failed');
    expect(out).not.toContain('  MakeExecutable  ');
    expect(code).toBe(1);
  }, 120_000);

  test('Ctrl-C ends the instance and the local cloud, and leaves nothing behind', async () => {
    const slow = join(state, 'slow.yml');
    const step = "{name: Slow, action: ExecuteBash, inputs: {commands: ['echo begun; sleep 300']}}";
    writeFileSync(slow, `schemaVersion: 1.0\nphases: [{name: build, steps: [${step}]}]\n`);
    let sent = false;
    const { code, out, errors } = await imageBuilder(['component', 'run', slow, '--local', '--state-dir', state], {
      heard(text, child) {
        if (!sent && text.includes('| begun')) sent = child.kill('SIGINT');
      },
    });
    expect(out).toContain('Ending the instance; Ctrl-C again leaves at once.\n');
    expect(errors).toBe('Interrupted: the component did not run to its end.\n');
    expect(code).toBe(1);
    expect([processesOf(state), mountsBelow(state)]).toEqual([[], []]);
  }, 120_000);
});

test('the document has every module that runs on Linux', () => {
  const { phases } = parse(readFileSync(document, 'utf8')) as { phases: { steps: { action: string }[] }[] };
  const used = new Set(phases.flatMap(({ steps }) => steps.map(({ action }) => action)));
  const modules = [...actionModules.values()].filter(({ platforms }) => platforms.includes('Linux'));
  expect([...used].sort()).toEqual(modules.map(({ name }) => name).sort());
});

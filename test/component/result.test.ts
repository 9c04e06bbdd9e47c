// The result line: always valid JSON, never longer than 7,500 characters, whatever the steps print.
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonDriver } from '../../shared/component/driver/json.ts';
import { parseResult } from '../../shared/component/result.ts';
import { bash, buildDocument, compileIn, newPlace, run, runDocument } from './bash-run.ts';

test('a hundred failing steps with the longest names and nasty output still give a valid result of at most 7,500 characters', async () => {
  const place = newPlace();
  const nasty = [
    'for i in {1..400}; do printf "\\\\x01\\\\e[31m\\"\\\\\\\\\\xff\\xc3\\xa9 \\x00" >&2; printf "\\x02\\xf0\\x9f\\x98\\x80\\xf0\\x9f"; done',
    'exit 1',
  ];
  const steps = Array.from({ length: 100 }, (_, index) =>
    bash(`${'"é\\'.repeat(41)}${index}`, nasty, { onFailure: 'Continue' }),
  );
  const { stderr, result } = await run(place, compileIn(place, buildDocument(...steps)));
  const line = stderr.trimEnd();
  expect(Buffer.from(line).length).toBeLessThanOrEqual(7500);
  expect(result?.failedStepCount).toBe(100);
  expect(result?.steps.length).toBeGreaterThan(2);
  expect(result?.notes?.join()).not.toBe('');
  expect(result?.failure?.step).toBe(`${'"é\\'.repeat(41)}0`);
  expect(result?.failure?.stderr).toContain('\ufffdé ');
  place.remove();
}, 120_000);

test('a hundred megabytes are streamed to the end, and not kept', async () => {
  const place = newPlace();
  const script = compileIn(
    place,
    buildDocument(bash('Flood', ['head -c 100000000 /dev/zero | tr "\\0" "\\n"', 'echo the end'])),
  );
  const { result, stdout } = await run(place, script);
  expect(result?.status).toBe('success');
  expect(result?.output.endsWith('\nthe end\n')).toBe(true);
  expect(stdout.length).toBeGreaterThan(100_000_000);
  const sizes = readdirSync(place.stateOfRun(), { recursive: true }).map(
    (name) => statSync(join(place.stateOfRun(), String(name))).size,
  );
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(200_000);
  place.remove();
}, 60_000);

/** The JSON strings that the driver makes of these inputs, in one bash. */
const encode = (mode: 'head' | 'tail', limit: number, inputs: Uint8Array[]): Buffer[] => {
  const each = `for input; do encode ${mode} ${limit} < <(printf '%s' "$input" | base64 -d); printf '%s' "$json" | base64 -w0; echo; done`;
  const words = inputs.map((input) => Buffer.from(input).toString('base64'));
  const lines = execFileSync('/bin/bash', ['--norc', '-c', `${jsonDriver}\n${each}`, 'bash', ...words], { env: {} });
  return lines
    .toString()
    .split('\n')
    .slice(0, inputs.length)
    .map((line) => Buffer.from(line, 'base64'));
};

/** How many U+FFFD stand for one broken sequence is a matter of taste. */
const one = (text: string) => text.replaceAll(/\ufffd+/g, '\ufffd');

test('any bytes become a JSON string that means their UTF-8 text', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.string({ unit: 'binary', maxLength: 30 }).map((text) => new TextEncoder().encode(text)),
  );
  fc.assert(
    fc.property(fc.array(bytes, { minLength: 1, maxLength: 20 }), (inputs) => {
      const meant = encode('head', 2000, inputs).map((json) => one(JSON.parse(json.toString('utf8'))));
      expect(meant).toEqual(inputs.map((input) => one(Buffer.from(input).toString('utf8'))));
    }),
    { numRuns: 20 },
  );
});

test('a JSON string is cut between characters and keeps to its limit', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', '"', '\n', 'é', '€', '😀', '\u0001'),
    minLength: 20,
    maxLength: 60,
  });
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 10 }), fc.integer({ min: 2, max: 40 }), (texts, limit) => {
      const inputs = texts.map((input) => new TextEncoder().encode(input));
      const tails = encode('tail', limit, inputs);
      const heads = encode('head', limit, inputs);
      for (const [index, input] of texts.entries()) {
        expect(Math.max(tails[index]!.length, heads[index]!.length)).toBeLessThanOrEqual(limit);
        expect(input.endsWith(JSON.parse(tails[index]!.toString('utf8')))).toBe(true);
        expect(input.startsWith(JSON.parse(heads[index]!.toString('utf8')))).toBe(true);
      }
    }),
    { numRuns: 12 },
  );
});

test('a result is found among other lines of stderr, and nothing else counts as one', async () => {
  const { stderr } = await runDocument(buildDocument(bash('One', ['true'])));
  const result = parseResult(
    `bash: warning: setlocale: LC_ALL: cannot change locale\n${stderr}failed to run commands: exit status 1`,
  );
  expect(result?.executedStepCount).toBe(1);
  expect(parseResult('')).toBeUndefined();
  expect(parseResult('{"status":"success"}\n{not json')).toBeUndefined();
  expect(parseResult(stderr.slice(0, -20))).toBeUndefined();
});

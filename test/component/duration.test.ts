// How long a script may run is known from its time-outs, and never shorter than what its driver allows.
import { expect, test } from 'vitest';
import { compileDocument } from '../../shared/component/compile.ts';
import { longestRun } from '../../shared/component/duration.ts';
import type { ProgramStep } from '../../shared/component/program.ts';
import { filesScript, filesSeconds } from '../../shared/instance/files.ts';
import { readyScript, readySeconds } from '../../shared/instance/ready.ts';
import { sanitiseScript, sanitiseSeconds } from '../../shared/instance/sanitise.ts';

const step = (more: Partial<ProgramStep> = {}): ProgramStep => ({
  phase: 'build',
  name: 'Step',
  action: 'ExecuteBash',
  timeoutSeconds: 100,
  onFailure: 'Abort',
  maxAttempts: 1,
  script: [],
  ...more,
});
const document = { name: 'other', first: 1, count: 2, arguments: [] };
const loop = { start: 1, end: 3, updateBy: 1 };
/** What remains is for reboots and the driver. */
const beside = (longest: number) => 12 * (longest + 600) + 900;

test('each attempt of each step counts, with a minute for what is around it', () => {
  expect(longestRun([step()])).toBe(160 + beside(100));
  expect(longestRun([step(), step({ timeoutSeconds: 300, maxAttempts: 3 })])).toBe(160 + 3 * 360 + beside(300));
});
test('every reboot may begin the longest step anew', () => {
  expect(longestRun([step({ timeoutSeconds: 5000 })])! - 5000).toBeGreaterThan(12 * 5000);
});
test('the time-out of a loop is for all its iterations', () => {
  expect(longestRun([step({ loop })])).toBe(longestRun([step()]));
});
test('a step without time-out has no end', () => {
  expect(longestRun([step(), step({ timeoutSeconds: -1 })])).toBeUndefined();
});
test('a nested document takes what its steps take; in a loop nobody knows how often', () => {
  const outer = step({ timeoutSeconds: -1, document });
  expect(longestRun([outer, step(), step({ maxAttempts: 2 })], 1)).toBe(3 * 160 + 60 + beside(100));
  expect(longestRun([{ ...outer, loop }, step(), step()], 1)).toBeUndefined();
  expect(longestRun([outer, step(), step({ timeoutSeconds: -1 })], 1)).toBeUndefined();
});
test('a reboot takes its time', () => {
  expect(longestRun([step({ timeoutSeconds: -1, thenReboot: true })])).toBe(660 + beside(0));
});
test('a compiled document says it; the preset of a step is two hours', () => {
  const text = (more: string) =>
    `schemaVersion: 1.0\nphases:\n  - name: build\n    steps:\n      - name: One\n        action: ExecuteBash\n${more}        inputs: { commands: ['true'] }\n`;
  const seconds = (more = '') =>
    compileDocument(text(more), { name: 'one', phases: ['build'], parameters: {}, runKey: 'key' }).seconds;
  expect(seconds()).toBe(7260 + beside(7200));
  expect(seconds('        timeoutSeconds: 30\n        maxAttempts: 2\n')).toBe(2 * 90 + beside(30));
  expect(seconds('        timeoutSeconds: -1\n')).toBeUndefined();
});
test('our own scripts have the time that their steps have, and some for the driver', () => {
  const timeouts = (script: string) =>
    [...script.matchAll(/^step \w+ \w+ '"\w+"' \w+ (\d+) \w+ 1$/gm)].map((match) => Number(match[1]));
  const files = [{ destination: '/srv/a', content: '' }];
  for (const [script, seconds, steps] of [
    [readyScript({ runKey: 'key' }), readySeconds, 2],
    [filesScript({ runKey: 'key', files }), filesSeconds, 1],
    [sanitiseScript({ runKey: 'key' }), sanitiseSeconds, 7],
  ] as const) {
    const found = timeouts(script);
    expect(found).toHaveLength(steps);
    expect(seconds).toBeGreaterThanOrEqual(found.reduce((sum, one) => sum + one + 60, 900));
  }
});

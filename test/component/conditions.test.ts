// What the operators of `if` and Assert say, judged by a real bash, and what their verdicts lead to.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bash, buildDocument, compileIn, newPlace, run, runDocument } from './bash-run.ts';

const empty = 'd41d8cd98f00b204e9800998ecf8427e';

/** Condition and verdict; the first of each pair of texts is the baseline, `value` is what is tested. */
const verdicts: [condition: object, verdict: boolean][] = [
  [{ stringEquals: 'Text', value: 'text' }, true],
  [{ stringEquals: 'text', value: 'text ' }, false],
  [{ stringEquals: 'Ünï', value: 'üNÏ' }, true],
  [{ stringEquals: 'it\'s "$(touch pwned)" `x` \\', value: 'IT\'S "$(touch pwned)" `x` \\' }, true],
  [{ stringEquals: '*', value: 'anything' }, false],
  [{ stringEquals: '1.10', value: 1.1 }, false],
  [{ stringIsEmpty: '' }, true],
  [{ stringIsEmpty: ' ' }, false],
  [{ stringIsWhitespace: ' \t\n' }, true],
  [{ stringIsWhitespace: '' }, false],
  [{ stringIsWhitespace: ' a ' }, false],
  [{ stringLessThanEquals: 'A', value: 'a' }, true],
  [{ stringGreaterThanEquals: 'A', value: 'a' }, true],
  [{ stringGreaterThan: 'a', value: 'A' }, false],
  [{ stringLessThan: 'A', value: 'a' }, false],
  [{ stringLessThan: 'b', value: 'a' }, true],
  [{ stringLessThan: 'a', value: '1' }, true],
  [{ stringGreaterThan: '10', value: '9' }, true],
  [{ patternMatches: '^[a-z]+$', value: 'ThisIsValue' }, true],
  [{ patternMatches: '^\\d+\\.\\d{1,3}$', value: '12.345' }, true],
  [{ patternMatches: '^\\d+\\.\\d{1,3}$', value: '12.3456' }, false],
  [{ patternMatches: 'b.d', value: 'a b\nd' }, false],
  [{ patternMatches: '(?s)b.d', value: 'a b\nd' }, true],
  [{ patternMatches: '(?i)^(?:amzn|rhel)-?2', value: 'RHEL2' }, true],
  [{ patternMatches: '\\bcat\\b', value: 'concat' }, false],
  [{ patternMatches: '^[^]a]$', value: ']' }, false],
  [{ patternMatches: '^[\\]^-]{3}$', value: '-^]' }, true],
  [{ patternMatches: '\\Qa.b\\E$', value: 'a.b' }, true],
  [{ patternMatches: '\\Qa.b\\E$', value: 'aXb' }, false],
  [{ patternMatches: '^.$', value: 'é' }, true],
  [{ numberLessThan: 2, value: '1' }, true],
  [{ numberLessThan: 1, value: 2 }, false],
  [{ numberEquals: '1.0', value: '+001.000' }, true],
  [{ numberEquals: 0, value: '-0.00' }, true],
  [{ numberLessThan: '-1', value: '-1.5' }, true],
  [{ numberGreaterThan: '99999999999999999999999999999999.1', value: '99999999999999999999999999999999.11' }, true],
  [{ numberGreaterThanEquals: 3, value: 3 }, true],
  [{ numberLessThanEquals: 3, value: '3.01' }, false],
  [{ numberEquals: '1.', value: '1.' }, false],
  [{ numberEquals: '.5', value: '.5' }, false],
  [{ numberEquals: '1e3', value: '1000' }, false],
  [{ not: { numberEquals: 'many', value: 'many' } }, true],
  [{ binaryExists: 'bash' }, true],
  [{ binaryExists: 'no-such-binary' }, false],
  [{ fileExists: 'empty' }, true],
  [{ fileExists: 'folder' }, false],
  [{ folderExists: 'folder' }, true],
  [{ folderExists: 'empty' }, false],
  [{ fileMD5Equals: empty, path: 'empty' }, true],
  [{ fileMD5Equals: empty.toUpperCase(), path: 'empty' }, true],
  [{ fileMD5Equals: empty, path: 'missing' }, false],
  [{ fileSHA1Equals: 'da39a3ee5e6b4b0d3255bfef95601890afd80709', path: 'empty' }, true],
  [{ fileSHA256Equals: empty, path: 'empty' }, false],
  [{ fileSHA256Equals: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', path: 'empty' }, true],
  [
    {
      fileSHA512Equals:
        'cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e',
      path: 'empty',
    },
    true,
  ],
  [{ and: [{ fileExists: 'empty' }, { folderExists: 'folder' }] }, true],
  [{ and: [{ fileExists: 'empty' }, { folderExists: 'missing' }] }, false],
  [{ or: [{ fileExists: 'missing' }, { folderExists: 'folder' }] }, true],
  [{ or: [{ fileExists: 'missing' }] }, false],
  [{ not: { or: [{ and: [{ fileExists: 'empty' }, { not: undefined, fileExists: 'missing' }] }] } }, true],
];

test(`${verdicts.length} conditions and their verdicts`, async () => {
  const place = newPlace();
  writeFileSync(join(place.directory, 'empty'), '');
  mkdirSync(join(place.directory, 'folder'));
  const steps = verdicts.map(([condition], index) => bash(`Step${index}`, ['true'], { if: condition }));
  for (let from = 0; from < steps.length; from += 10) {
    const script = compileIn(
      { ...place, host: { ...place.host, stateDirectory: `${place.directory}/${from}` } },
      buildDocument(...steps.slice(from, from + 10)),
    );
    const { result } = await run(place, script);
    const judged = result?.steps.map(({ status }) => status === 'success') ?? [];
    expect(judged.map((verdict, index) => [verdicts[from + index]?.[0], verdict])).toEqual(
      verdicts.slice(from, from + 10),
    );
  }
  place.remove();
}, 60_000);

test('the log tells what was compared, and logic operators stop at the first that decides', async () => {
  const condition = { or: [{ stringEquals: 'a', value: 'a' }, { fileExists: '/missing' }] };
  const { stdout } = await runDocument(buildDocument(bash('One', ['true'], { if: condition })));
  expect(stdout.split('\n').slice(0, 2)).toEqual([
    "--- build/One if stringEquals 'a', value 'a': true",
    '==> build/One ExecuteBash (attempt 1 of 1)',
  ]);
});

/** A step with `then` beside its `if`, which an object literal may not have here. */
const beside = (verdict: string) => Object.fromEntries([['then', verdict]]);

const yes = { stringIsEmpty: '' };
const no = { stringIsEmpty: 'x' };

test.each([
  [{ ...yes }, 'success'],
  [{ ...no }, 'skipped'],
  [{ ...yes, ...beside('Skip') }, 'skipped'],
  [{ ...no, ...beside('Skip'), else: 'Execute' }, 'success'],
  [{ ...yes, ...beside('Abort') }, 'failed'],
  [{ ...no, else: 'Abort' }, 'failed'],
  [[{ ...no, else: 'Abort' }], 'failed'],
])('if %j: %s', async (condition, status) => {
  const { result } = await runDocument(buildDocument(bash('One', ['echo ran'], { if: condition, maxAttempts: 3 })));
  expect(result?.steps).toMatchObject([{ status, attempts: 1 }]);
  expect(result?.output.endsWith('ran\n')).toBe(status === 'success');
  expect(result?.executedStepCount).toBe(status === 'skipped' ? 0 : 1);
});

test.each([
  ['Abort', ['failed'], 'failed'],
  ['Continue', ['failed', 'success'], 'failed'],
  ['Ignore', ['ignoredFailure', 'success'], 'success'],
])('a condition that aborts its step is a failure to which onFailure %s applies', async (onFailure, steps, status) => {
  const aborts = bash('One', ['echo ran'], { if: yes, ...beside('Abort'), onFailure });
  const { result } = await runDocument(buildDocument(aborts, bash('Two', ['true'])));
  expect(result?.steps.map((step) => step.status)).toEqual(steps);
  expect(result?.status).toBe(status);
  if (status === 'failed')
    expect(result?.failureMessage).toBe(
      'example: step build/One (ExecuteBash) failed: its condition is true, which aborts it',
    );
});

test('a condition is judged once: neither an attempt nor a reboot asks again', async () => {
  const place = newPlace();
  const commands = ['touch ran; echo x >>count', '(($(wc -l <count) > 3)) || exit 194'];
  const document = buildDocument(bash('One', commands, { if: { not: { fileExists: 'ran' } } }));
  const script = compileIn(place, document);
  for (let boot = 0; boot < 3; boot += 1) {
    expect((await run(place, script)).code).toBe(194);
    place.reboot();
  }
  const { result, stdout } = await run(place, script);
  expect(result?.steps).toMatchObject([{ status: 'success' }]);
  expect(stdout).not.toContain(' if ');
  place.remove();
});

test('a condition compares outputs and parameters as data, and cannot be judged on the output of a skipped step', async () => {
  const text = `it's "$(touch pwned)" {{ x }}`;
  const document = buildDocument(
    bash('Print', [`printf '%s\\n' "it's \\"\\$(touch pwned)\\" {{"" x }""}"`]),
    bash('Same', ['true'], { if: { stringEquals: text, value: '{{ build.Print.outputs.stdout }}' } }),
    bash('Skipped', ['true'], { if: no }),
    bash('Unknown', ['true'], { if: { stringIsEmpty: '{{ build.Skipped.outputs.stdout }}' } }),
  );
  const { result } = await runDocument(document);
  expect(result?.steps.map(({ status }) => status)).toEqual(['success', 'success', 'skipped', 'failed']);
  expect(result?.failureMessage).toBe(
    'example: step build/Unknown (ExecuteBash) failed: refers to the output stdout of build/Skipped, which was skipped',
  );
});

test('Assert fails with what it compared', async () => {
  const document = buildDocument({
    name: 'Check',
    action: 'Assert',
    inputs: { and: [yes, { stringEquals: 'a', value: 'b' }] },
  });
  const { result } = await runDocument(document);
  expect(result?.failureMessage).toBe(
    "example: step build/Check (Assert) failed: exit code 1; stderr ends: the condition is false: stringIsEmpty '': true; stringEquals 'a', value 'b': false",
  );
});

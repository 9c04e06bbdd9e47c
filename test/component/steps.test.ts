// What steps do when they run: output, markers, counts, onFailure, attempts, time-outs, environment.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bash, buildDocument, compileIn, lives, newPlace, run, runDocument, until } from './bash-run.ts';

test('steps run in order, their stdout and stderr stream between markers, and the result is the only line on stderr', async () => {
  const { code, stdout, stderr, result } = await runDocument(
    buildDocument(bash('One', ['echo first', 'echo complaint >&2']), bash('Two', ['printf "no newline"'])),
  );
  expect(code).toBe(0);
  const lines = stdout.split('\n');
  expect(lines[0]).toBe('==> build/One ExecuteBash (attempt 1 of 1)');
  expect(lines.slice(1, 3).toSorted()).toEqual(['complaint', 'first']);
  expect(lines[3]).toMatch(/^<== build\/One success \d+s$/);
  expect(lines[5]).toBe('no newline');
  expect(lines[6]).toMatch(/^<== build\/Two success \d+s$/);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(result).toMatchObject({
    status: 'success',
    failureMessage: '',
    executedStepCount: 2,
    failedStepCount: 0,
    output: 'no newline',
  });
  expect(result?.failure).toBeUndefined();
  expect(
    result?.steps.map(({ phase, name, action, status, exitCode, attempts }) => [
      phase,
      name,
      action,
      status,
      exitCode,
      attempts,
    ]),
  ).toEqual([
    ['build', 'One', 'ExecuteBash', 'success', 0, 1],
    ['build', 'Two', 'ExecuteBash', 'success', 0, 1],
  ]);
});

test('all commands of a step are one bash script without set -e: the last exit status counts', async () => {
  const { result } = await runDocument(
    buildDocument(bash('Shared', ['name=value', 'false', 'cat <<END', 'from $name', 'END', '[[ $name == value ]]'])),
  );
  expect(result?.status).toBe('success');
  expect(result?.output).toBe('from value\n');
});

test('a failed step says what failed: phase, step, exit code, its commands and the end of its stderr', async () => {
  const { code, stdout, result } = await runDocument(
    buildDocument(
      bash('Install', ['echo working', 'echo "no such package: nginz" >&2', 'exit 100']),
      bash('Never', ['echo never']),
    ),
  );
  expect(code).toBe(1);
  expect(stdout).toMatch(/^<== build\/Install failed \d+s exit code 100$/m);
  expect(stdout).not.toContain('Never');
  expect(result?.failureMessage).toBe(
    'example: step build/Install (ExecuteBash) failed: exit code 100; stderr ends: no such package: nginz',
  );
  expect(result?.failure).toMatchObject({
    phase: 'build',
    step: 'Install',
    action: 'ExecuteBash',
    exitCode: 100,
    command: 'echo working\necho "no such package: nginz" >&2\nexit 100\n',
    stderr: 'no such package: nginz\n',
  });
  expect(result).toMatchObject({ executedStepCount: 1, failedStepCount: 1, output: 'working\n' });
});

test.each([
  { onFailure: 'Abort', code: 1, status: 'failed', counts: [1, 1, 0], step: 'failed', next: false },
  { onFailure: 'Continue', code: 1, status: 'failed', counts: [2, 1, 0], step: 'failed', next: true },
  { onFailure: 'Ignore', code: 0, status: 'success', counts: [2, 0, 1], step: 'ignoredFailure', next: true },
])(
  'onFailure $onFailure: the run is $status, the next step runs: $next',
  async ({ onFailure, code, status, counts, step, next }) => {
    const run = await runDocument(buildDocument(bash('Fails', ['exit 3'], { onFailure }), bash('Next', ['echo next'])));
    expect(run.code).toBe(code);
    expect(run.result?.status).toBe(status);
    const { executedStepCount, failedStepCount, ignoredFailedStepCount } = run.result!;
    expect([executedStepCount, failedStepCount, ignoredFailedStepCount]).toEqual(counts);
    expect(run.result?.steps[0]?.status).toBe(step);
    expect(run.stdout.includes('\nnext\n')).toBe(next);
  },
);

test('the first of several failures tells the story, and Continue is explained in a note', async () => {
  const { result } = await runDocument(
    buildDocument(
      bash('First', ['echo one >&2; exit 3'], { onFailure: 'Continue' }),
      bash('Second', ['echo two >&2; exit 4']),
    ),
  );
  expect(result?.failure).toMatchObject({ step: 'First', exitCode: 3, stderr: 'one\n' });
  expect(result).toMatchObject({ failedStepCount: 2, executedStepCount: 2 });
  expect(result?.notes).toEqual([
    'build/First failed with onFailure Continue: later steps ran, the run failed all the same',
  ]);
});

test('maxAttempts repeats a failing step until it succeeds', async () => {
  const place = newPlace();
  const document = buildDocument(bash('Flaky', ['echo x >>count', '(($(wc -l <count) == 3))'], { maxAttempts: 4 }));
  const { result, stdout } = await run(place, compileIn(place, document));
  expect(result?.steps).toMatchObject([{ status: 'success', attempts: 3 }]);
  expect(stdout.match(/^==> .*$/gm)).toEqual([1, 2, 3].map((n) => `==> build/Flaky ExecuteBash (attempt ${n} of 4)`));
  place.remove();
});

test('a step that fails at every attempt says how many there were', async () => {
  const { result } = await runDocument(buildDocument(bash('Fails', ['exit 9'], { maxAttempts: 2 })));
  expect(result?.failureMessage).toBe('example: step build/Fails (ExecuteBash) failed: exit code 9 at attempt 2 of 2');
});

test('a step over its time is ended with all its processes, those that ignore SIGTERM too', async () => {
  const place = newPlace();
  const commands = [
    '(trap "" TERM; echo $BASHPID >stubborn; sleep 60; echo survived >late) &',
    'echo begin',
    'sleep 60',
  ];
  const document = buildDocument(bash('Slow', commands, { timeoutSeconds: 1 }));
  const { result, stdout } = await run(place, compileIn(place, document));
  expect(stdout).toMatch(/^begin\n<== build\/Slow failed \d+s timed out after 1 s$/m);
  expect(result?.failureMessage).toBe('example: step build/Slow (ExecuteBash) failed: timed out after 1 s');
  expect(lives(readFileSync(join(place.directory, 'stubborn'), 'utf8').trim())).toBe(false);
  place.remove();
}, 20_000);

test('each attempt has a fresh clock', async () => {
  const document = buildDocument(
    bash('Slow', ['sleep 0.6', 'sleep 60'], { timeoutSeconds: 1, maxAttempts: 2, onFailure: 'Ignore' }),
  );
  const { result, stdout } = await runDocument(document);
  expect(stdout.match(/^<== .* timed out after 1 s/gm)).toHaveLength(2);
  expect(result?.steps).toMatchObject([{ status: 'ignoredFailure', attempts: 2 }]);
});

test('a step over its time whose output stays open holds up neither its script nor the next step', async () => {
  const document = buildDocument(
    bash('Slow', ['setsid sleep 4 &', 'sleep 60'], { timeoutSeconds: 1, onFailure: 'Ignore' }),
    bash('Next', ['sleep 0.3; echo next']),
  );
  const { result, stdout } = await runDocument(document);
  expect(stdout).toMatch(/^<== build\/Slow .* timed out after 1 s/m);
  expect(stdout).toMatch(/^next\n<== build\/Next success/m);
  expect(result?.steps.map(({ status }) => status)).toEqual(['ignoredFailure', 'success']);
}, 20_000);

test('timeoutSeconds -1 is no limit', async () => {
  const { result } = await runDocument(buildDocument(bash('Free', ['sleep 0.2'], { timeoutSeconds: -1 })));
  expect(result?.status).toBe('success');
});

test('a background process that holds the output open delays a step by two seconds only, lives on and may go on writing', async () => {
  const place = newPlace();
  const loop = '(while [[ ! -e stop ]]; do echo beat || exit; echo beat >>beats; sleep 0.1; done; echo ended >ended) &';
  const later = bash('Later', ['before=$(wc -l <beats)', 'sleep 1', '(($(wc -l <beats) > before))']);
  const { result } = await run(place, compileIn(place, buildDocument(bash('Server', [loop, 'echo started']), later)));
  expect(result?.steps.map(({ name, status, seconds }) => [name, status, seconds < 10])).toEqual([
    ['Server', 'success', true],
    ['Later', 'success', true],
  ]);
  expect(result?.notes).toEqual([
    'build/Server left a background process that keeps its output open: what it prints later is not shown',
  ]);
  const beats = () => readFileSync(join(place.directory, 'beats'), 'utf8').length;
  const atTheEnd = beats();
  await until(() => beats() > atTheEnd);
  writeFileSync(join(place.directory, 'stop'), '');
  await until(() => existsSync(join(place.directory, 'ended')));
  place.remove();
}, 30_000);

test('steps get no standard input, no HOME, a PATH, and the umask of the caller', async () => {
  const { result } = await runDocument(
    buildDocument(bash('Look', ['cat', 'echo "${HOME-none} $(umask)"', 'env | cut -d= -f1 | sort | tr "\\n" " "'])),
  );
  expect(result?.output).toMatch(/^none 0022\nIMAGE_BUILDER_OUTPUTS (OLDPWD )?PATH PWD (SHLVL )?_ $/);
});

test('the working directory is made when it is missing', async () => {
  const place = newPlace();
  const workingDirectory = join(place.directory, 'a b', "it's");
  const { result } = await run(place, compileIn(place, buildDocument(bash('Where', ['pwd'])), { workingDirectory }));
  expect(result?.output).toBe(`${workingDirectory}\n`);
  place.remove();
});

test('a working directory that cannot be made fails the step with the reason', async () => {
  const { result } = await runDocument(buildDocument(bash('Where', ['pwd'])), { workingDirectory: '/dev/null/x' });
  expect(result?.failure?.stderr).toContain("cannot create directory '/dev/null'");
  expect(result?.status).toBe('failed');
});

test('a state directory that cannot be made fails the run with a result', async () => {
  const place = newPlace();
  place.host.stateDirectory = '/dev/null/state';
  const { code, result } = await run(place, compileIn(place, buildDocument(bash('Never', ['true']))));
  expect(code).toBe(1);
  expect(result?.failureMessage).toMatch(
    /^cannot make \/dev\/null\/state\/[0-9a-f]{32}: is this root, and the disk writable\?$/,
  );
  expect(result?.executedStepCount).toBe(0);
  place.remove();
});

test('phases run in the order of the document, only those asked for', async () => {
  const phase = (name: string) => ({
    name,
    steps: [{ name: `In-${name}`, action: 'ExecuteBash', inputs: { commands: [`echo ${name}`] } }],
  });
  const document = JSON.stringify({ schemaVersion: '1.0', phases: [phase('validate'), phase('test'), phase('build')] });
  const { stdout } = await runDocument(document);
  expect(stdout.match(/^(validate|test|build)$/gm)).toEqual(['validate', 'build']);
});

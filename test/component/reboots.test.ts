// Runs that are interrupted: reboots by exit 194, a killed script, a second copy of the same command.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bash, buildDocument, compileIn, lives, newPlace, run, start, until } from './bash-run.ts';

test('exit 194 ends the script with 194 and no result; after the reboot the same step starts from its beginning', async () => {
  const place = newPlace();
  const script = compileIn(
    place,
    buildDocument(
      bash('Before', ['echo before >>order', 'echo kept']),
      bash('Reboots', [
        'echo reboots >>order',
        '(($(wc -l <order) < 3)) && exit 194',
        'echo "{{ build.Before.outputs.stdout }}"',
      ]),
      bash('After', ['echo after >>order']),
    ),
  );
  const first = await run(place, script);
  expect(first).toMatchObject({ code: 194, stderr: '' });
  expect(first.stdout).toMatch(/<== build\/Reboots reboot \d+s\n$/);
  place.reboot();
  const second = await run(place, script);
  expect(second.code).toBe(0);
  expect(second.stdout).not.toContain('build/Before');
  expect(second.stdout).toContain('kept');
  expect(readFileSync(join(place.directory, 'order'), 'utf8')).toBe('before\nreboots\nreboots\nafter\n');
  expect(second.result).toMatchObject({ executedStepCount: 3, rebootCount: 1, status: 'success' });
  place.remove();
});

test('a reboot does not use up an attempt', async () => {
  const place = newPlace();
  const script = compileIn(
    place,
    buildDocument(bash('Both', ['[[ -e rebooted ]] && exit 5', ': >rebooted', 'exit 194'], { maxAttempts: 2 })),
  );
  expect((await run(place, script)).code).toBe(194);
  place.reboot();
  const { result, stdout } = await run(place, script);
  expect(stdout).toContain('==> build/Both ExecuteBash (attempt 1 of 2)');
  expect(result?.steps).toMatchObject([{ status: 'failed', attempts: 2, exitCode: 5 }]);
  place.remove();
});

test('a copy that starts while the reboot is yet to come runs nothing and asks for it again', async () => {
  const place = newPlace();
  const script = compileIn(place, buildDocument(bash('Reboots', ['echo x >>runs', 'exit 194'])));
  expect((await run(place, script)).code).toBe(194);
  const again = await run(place, script);
  expect(again).toMatchObject({ code: 194, stderr: '' });
  expect(again.stdout).toBe('example: a step asked for a reboot, which is yet to come\n');
  expect(readFileSync(join(place.directory, 'runs'), 'utf8')).toBe('x\n');
  place.remove();
});

test('the thirteenth reboot fails the step, before the agent gives up', async () => {
  const place = newPlace();
  const script = compileIn(place, buildDocument(bash('Endless', ['exit 194'])));
  for (let count = 0; count < 12; count += 1) {
    expect((await run(place, script)).code).toBe(194);
    place.reboot();
  }
  const { code, result } = await run(place, script);
  expect(code).toBe(1);
  expect(result?.failureMessage).toBe(
    'example: step build/Endless (ExecuteBash) failed: asked for a reboot more than 12 times',
  );
  expect(result?.rebootCount).toBe(12);
  place.remove();
});

test('a second copy of a finished command returns its result and exit code and runs nothing', async () => {
  const place = newPlace();
  const script = compileIn(place, buildDocument(bash('Once', ['echo x >>runs', 'exit 6'])));
  const first = await run(place, script);
  const second = await run(place, script);
  expect(second.code).toBe(1);
  expect(second.stderr).toBe(first.stderr);
  expect(second.stdout).toBe('example: another copy of this command ran it; this is its result\n');
  expect(readFileSync(join(place.directory, 'runs'), 'utf8')).toBe('x\n');
  place.remove();
});

test('of ten copies started at once one runs, and all return its result', async () => {
  const place = newPlace();
  const script = compileIn(place, buildDocument(bash('Once', ['echo x >>runs', 'sleep 0.5', 'echo done'])));
  const runs = await Promise.all(Array.from({ length: 10 }, () => run(place, script)));
  expect(readFileSync(join(place.directory, 'runs'), 'utf8')).toBe('x\n');
  expect(new Set(runs.map(({ stderr }) => stderr)).size).toBe(1);
  expect(runs.map(({ code }) => code)).toEqual(Array(10).fill(0));
  place.remove();
});

test('when the script is killed its step is ended too, and the next copy runs the step again from its beginning', async () => {
  const place = newPlace();
  const commands = [
    'echo $$ >>processes',
    '[[ -e again ]] && exit 0',
    ': >again',
    'sleep 60',
    'echo survived >survived',
  ];
  const script = compileIn(place, buildDocument(bash('Done', ['echo x >>runs']), bash('Long', commands)));
  const first = start(place, script);
  await until(() => existsSync(join(place.directory, 'again')));
  first.kill('SIGKILL');
  const second = await run(place, script);
  await first.done;
  expect(second.result).toMatchObject({ status: 'success', executedStepCount: 2 });
  expect(readFileSync(join(place.directory, 'runs'), 'utf8')).toBe('x\n');
  const [killed] = readFileSync(join(place.directory, 'processes'), 'utf8').split('\n');
  expect(lives(killed ?? '')).toBe(false);
  expect(existsSync(join(place.directory, 'survived'))).toBe(false);
  place.remove();
});

test('a lock whose holder is dead does not hold up a run', async () => {
  const place = newPlace();
  const script = compileIn(place, buildDocument(bash('Reboots', ['[[ -e again ]] && exit 0', ': >again', 'exit 194'])));
  await run(place, script);
  const state = place.stateOfRun();
  expect(readdirSync(state)).toContain('lock.1');
  writeFileSync(
    join(state, 'lock.1'),
    readFileSync(join(state, 'lock.1'), 'utf8').replace(/ \d+ \d+\n$/, ' 4194303 1\n'),
  );
  place.reboot();
  expect((await run(place, script)).code).toBe(0);
  place.remove();
});

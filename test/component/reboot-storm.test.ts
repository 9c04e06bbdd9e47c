// Reboots at every point: each step's effects are as the language says, whatever happens in between.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bash, buildDocument, compileIn, newPlace, run, start, until } from './bash-run.ts';

/** Asks for a reboot at its first two starts; each start leaves a line. */
const stormy = (name: string) =>
  bash(name, [`echo ${name} >>log`, `(($(grep -c ${name} log) > 2)) || exit 194`, `echo ${name} done`]);

test('three steps that each reboot twice with 194, and Reboot between them: every step starts three times, every Reboot once', async () => {
  const place = newPlace();
  const reboot = (name: string) => ({ name, action: 'Reboot' });
  const document = buildDocument(
    stormy('One'),
    reboot('RebootOne'),
    stormy('Two'),
    reboot('RebootTwo'),
    stormy('Three'),
    bash('Use', [
      'echo "{{ build.One.outputs.stdout }} {{ build.Two.outputs.stdout }} {{ build.Three.outputs.stdout }}"',
    ]),
  );
  const script = compileIn(place, document);
  let boots = 0;
  for (;;) {
    const { code, stderr, result } = await run(place, script);
    if (code === 194) {
      expect(stderr).toBe('');
      boots += 1;
      place.reboot();
      continue;
    }
    expect(code).toBe(0);
    expect(result).toMatchObject({ status: 'success', rebootCount: 8, executedStepCount: 6 });
    expect(result?.output).toBe('One done Two done Three done\n');
    break;
  }
  expect(boots).toBe(8);
  const log = ['One', 'Two', 'Three'].flatMap((name) => [name, name, name]);
  expect(readFileSync(join(place.directory, 'log'), 'utf8').trim().split('\n')).toEqual(log);
  place.remove();
}, 60_000);

test('SIGKILL in the middle of a step, and a boot: the step starts anew, the steps before it do not', async () => {
  const place = newPlace();
  const document = buildDocument(
    bash('Before', ['echo before >>log', 'echo kept']),
    bash('Middle', ['echo middle >>log', '[[ -e killed ]] || { touch killed; sleep 60; }']),
    bash('Behind', ['echo "{{ build.Before.outputs.stdout }}"']),
  );
  const script = compileIn(place, document);
  const first = start(place, script);
  await until(() => existsSync(join(place.directory, 'killed')));
  first.kill('SIGKILL');
  await first.done;
  place.reboot();
  const { result } = await run(place, script);
  expect(readFileSync(join(place.directory, 'log'), 'utf8')).toBe('before\nmiddle\nmiddle\n');
  expect(result).toMatchObject({ status: 'success', rebootCount: 0, output: 'kept\n' });
  place.remove();
}, 30_000);

test('a Reboot step waits as long as it says, and reboots at most as often as the agent goes on', async () => {
  const place = newPlace();
  const steps = Array.from({ length: 13 }, (_, index) => ({
    name: `Reboot${index}`,
    action: 'Reboot',
    inputs: { delaySeconds: index === 0 ? 1 : 0 },
  }));
  const script = compileIn(place, buildDocument(...steps));
  const begun = Date.now();
  expect((await run(place, script)).code).toBe(194);
  expect(Date.now() - begun).toBeGreaterThan(1000);
  for (let boot = 1; boot < 12; boot += 1) {
    place.reboot();
    expect((await run(place, script)).code).toBe(194);
  }
  place.reboot();
  const { result } = await run(place, script);
  expect(result).toMatchObject({ status: 'failed', rebootCount: 12, executedStepCount: 13 });
  expect(result?.failureMessage).toBe(
    'example: step build/Reboot12 (Reboot) failed: asked for a reboot more than 12 times',
  );
  place.remove();
}, 60_000);

// A script that is killed at any moment: nothing of it is left, and what its step began is over before the step begins again.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compileDocument } from '../../shared/component/compile.ts';
import { bash, buildDocument, compileIn, newPlace, type Place, type Running, run, start, until } from './bash-run.ts';

/** `done` waits for the end of everything that has the script's stdout. */
async function ended(running: Running): Promise<boolean> {
  const late = new Promise<false>((resolve) => setTimeout(() => resolve(false), 10_000));
  return Promise.race([running.done.then(() => true as const), late]);
}

test.concurrent('no process is left, whenever the script is killed', async () => {
  const strike = async (moment: number) => {
    const place = newPlace();
    const script = compileIn(place, buildDocument(bash('First', ['echo hi']), bash('Second', ['echo ho >&2'])));
    const running = start(place, script);
    // Until its state is there bash reads the script, which is another time on each machine.
    await until(() => existsSync(join(place.host.stateDirectory)) && place.stateOfRun() !== place.host.stateDirectory);
    await new Promise((resolve) => setTimeout(resolve, moment));
    running.kill('SIGKILL');
    const isOver = await ended(running);
    place.remove();
    return isOver ? [] : [`${moment} ms`];
  };
  const left: string[] = [];
  for (let moment = 0; moment < 200; moment += 40) {
    left.push(...(await Promise.all([0, 10, 20, 30].map((more) => strike(moment + more)))).flat());
  }
  expect(left).toEqual([]);
});

/** The first time for ever and deaf to SIGTERM, after that it says at once that it began. */
const stubborn = [
  'begin() { while :; do echo old >>log; sleep 0.05; done; }',
  'if [[ -e ready ]]; then echo new >>log; sleep 0.5; exit; fi',
];

async function killAndRunAgain(place: Place, script: string): Promise<string[]> {
  const running = start(place, script);
  await until(() => existsSync(join(place.directory, 'ready')));
  running.kill('SIGKILL');
  expect((await run(place, script)).result?.status).toBe('success');
  const log = readFileSync(join(place.directory, 'log'), 'utf8').trimEnd().split('\n');
  place.remove();
  return log.slice(log.indexOf('new'));
}

test.concurrent('what a killed step left behind is over before it begins again, its first process or not', async () => {
  const place = newPlace();
  const commands = [...stubborn, '(trap "" TERM; begin) &', ': >ready', 'wait'];
  expect(await killAndRunAgain(place, compileIn(place, buildDocument(bash('Step', commands))))).toEqual(['new']);
});

test.concurrent('so it is with a step of a nested document', async () => {
  const place = newPlace();
  const inner = buildDocument(bash('Step', [...stubborn, 'trap "" TERM', ': >ready', 'begin']));
  const outer = buildDocument({ name: 'Outer', action: 'ExecuteDocument', inputs: { document: 'inner.yml' } });
  const { script = '' } = compileDocument(outer, {
    name: 'example',
    phases: ['build'],
    parameters: {},
    runKey: 'run',
    workingDirectory: place.directory,
    host: place.host,
    documents: (name) => ({ name, text: inner }),
  });
  expect(await killAndRunAgain(place, script)).toEqual(['new']);
});

import { afterAll, expect, test } from 'vitest';
import { testClock } from '../../../local/clock.ts';
import type { Functions } from '../../../local/cloud.ts';
import { outbox } from '../../../local/events/outbox.ts';
import { temporaryDirectory } from '../door/open-door.ts';

const directory = temporaryDirectory();
const clock = testClock();
afterAll(() => directory.remove());

const host = (answers: ('ok' | 'error' | 'throw' | 'never')[]): Functions & { later: string[]; now: string[] } => {
  const later: string[] = [];
  const now: string[] = [];
  return {
    ...{ later, now },
    invokeLater: (name, payload) => later.push(`${name} ${payload}`),
    async invoke(name, payload) {
      now.push(`${name} ${payload}`);
      const answer = answers.shift();
      if (answer === 'never') return new Promise(() => {});
      if (answer === 'throw') throw new Error('not now');
      return {
        payload: '',
        executedVersion: '1',
        ...(answer === 'error' ? { functionError: 'Unhandled' as const } : {}),
      };
    },
  };
};

test('events are queued as long as the cloud runs; in a hurry each is handled until its function succeeds', async () => {
  const functions = host(['error', 'throw', 'ok']);
  const box = outbox({ stateDirectory: directory.path, clock }, functions);
  box.invokeLater('f', '1');
  expect(functions).toMatchObject({ later: ['f 1'], now: [] });
  box.hurry();
  box.invokeLater('f', '2');
  const drained = box.drain(30_000);
  await clock.advance(5_000);
  expect(await drained).toBe(0);
  expect(functions).toMatchObject({ later: ['f 1'], now: ['f 2', 'f 2', 'f 2'] });
});

test('what is not done when time is up is handed over at the next start', async () => {
  const functions = host(['never']);
  const box = outbox({ stateDirectory: directory.path, clock }, functions);
  box.hurry();
  box.invokeLater('cleanup', '{}');
  const drained = box.drain(30_000);
  await clock.advance(31_000);
  expect(await drained).toBe(1);

  const next = host([]);
  const again = outbox({ stateDirectory: directory.path, clock }, next);
  expect(again.restore()).toBe(1);
  expect(next.later).toEqual(['cleanup {}']);
  expect(again.restore()).toBe(0);
});

test('the end of an execution that was queued just before a stop is handled again in it, before a SIGKILL at the next start', async () => {
  const path = `${directory.path}/ends`;
  const ended = '{"source":"aws.states","detail":{"status":"ABORTED"}}';
  const killed = outbox({ stateDirectory: path, clock }, host([]));
  killed.invokeLater('resume-build', '{"source":"aws.ec2"}');
  killed.invokeLater('cleanup', ended);

  const functions = host(['ok']);
  const next = outbox({ stateDirectory: path, clock }, functions);
  expect(next.restore()).toBe(1);
  expect(functions).toMatchObject({ later: [`cleanup ${ended}`], now: [] });
  next.hurry();
  const drained = next.drain(30_000);
  await clock.advance(1_000);
  expect(await drained).toBe(0);
  expect(functions.now).toEqual([`cleanup ${ended}`]);
  expect(outbox({ stateDirectory: path, clock }, host([])).restore()).toBe(0);

  outbox({ stateDirectory: path, clock }, host([])).invokeLater('cleanup', ended);
  await clock.advance(15 * 60_000);
  expect(outbox({ stateDirectory: path, clock }, host([])).restore()).toBe(0);
});

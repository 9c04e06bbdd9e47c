import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { watchInterruptions } from '../../cli/interruption.ts';

function watched(ask?: (signal: AbortSignal) => Promise<boolean>) {
  const source = new EventEmitter();
  const events: string[] = [];
  const interruption = watchInterruptions(source, {
    ...(ask && { ask }),
    cancel: () => void events.push('cancel'),
    leave: () => void events.push('leave'),
  });
  const send = async (signal: 'SIGINT' | 'SIGTERM') => {
    source.emit(signal);
    await new Promise(setImmediate);
  };
  return { source, events, interruption, send };
}

describe('Ctrl-C where nobody can answer', () => {
  test('cancels, and the second one leaves', async () => {
    const { events, interruption, send } = watched();
    expect(interruption.cancelling).toBe(false);
    await send('SIGINT');
    expect(events).toEqual(['cancel']);
    expect(interruption.cancelling).toBe(true);
    await send('SIGINT');
    expect(events).toEqual(['cancel', 'leave']);
  });
});

describe('Ctrl-C on a terminal', () => {
  test('cancels after a yes', async () => {
    const { events, send } = watched(async () => true);
    await send('SIGINT');
    expect(events).toEqual(['cancel']);
    await send('SIGINT');
    expect(events).toEqual(['cancel', 'leave']);
  });

  test('does nothing after a no, and asks again the next time', async () => {
    const answers = [false, true];
    const { events, send } = watched(async () => answers.shift()!);
    await send('SIGINT');
    expect(events).toEqual([]);
    await send('SIGINT');
    expect(events).toEqual(['cancel']);
  });

  test('at the question leaves, and the question ends', async () => {
    let question: AbortSignal | undefined;
    const { events, send } = watched((signal) => {
      question = signal;
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve(true)));
    });
    await send('SIGINT');
    await send('SIGINT');
    expect(events).toEqual(['leave']);
    expect(question?.aborted).toBe(true);
  });
});

test('SIGTERM never asks', async () => {
  const { events, send } = watched(async () => false);
  await send('SIGTERM');
  expect(events).toEqual(['cancel']);
});

test('afterwards signals have their default effect again', () => {
  const { source, interruption } = watched();
  interruption.dispose();
  expect(source.listenerCount('SIGINT') + source.listenerCount('SIGTERM')).toBe(0);
});

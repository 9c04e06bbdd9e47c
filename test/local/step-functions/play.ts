// Runs a definition with functions made of plain code and an impatient clock; tells what happened in a few words.
import type { Json } from '../../../local/step-functions/definition.ts';
import type { HistoryEvent } from '../../../local/step-functions/history.ts';
import { impatientClock } from '../../../local/step-functions/impatient-clock.ts';
import { loadDefinition } from '../../../local/step-functions/load.ts';
import { type Ending, type RunningMachine, runMachine } from '../../../local/step-functions/run-machine.ts';

export type Call = {
  name: string;
  payload: Json;
  state: string;
  retryCount: number;
  token?: string;
  /** Seconds since the start. */
  at: number;
  play: Playing;
};

export type Playing = RunningMachine & { calls: string[]; clock: ReturnType<typeof impatientClock> };

/** `answer` is the function: what it returns or throws is its result. */
export function start(definition: object, input: Json, answer: (call: Call) => unknown): Playing {
  const clock = impatientClock();
  const begun = clock.now();
  const calls: string[] = [];
  const running = runMachine(loadDefinition(definition), input, {
    clock,
    random: () => 0.5,
    machineName: 'M',
    executionName: 'E',
    invoke: async (name, payload, call) => {
      calls.push(name);
      return ((await answer({ name, payload, ...call, at: (clock.now() - begun) / 1000, play })) ?? null) as Json;
    },
  });
  const play: Playing = { ...running, calls, clock };
  return play;
}

export async function play(
  definition: object,
  input: Json = {},
  answer: (call: Call) => unknown = () => null,
): Promise<Ending & { calls: string[]; events: HistoryEvent[] }> {
  const playing = start(definition, input, answer);
  return { ...(await playing.ended), calls: playing.calls, events: playing.history.events };
}

export const named = (name: string, message = name): Error => Object.assign(new Error(message), { name });

/** A Task state; `Next` or `End` comes with `more`. */
export const task = (FunctionName: string, more: object = {}) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Parameters: { FunctionName, 'Payload.$': '$' },
  ...('Next' in more ? {} : { End: true }),
  ...more,
});

export const waiting = (FunctionName: string, more: object = {}) =>
  task(FunctionName, {
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    Parameters: { FunctionName, Payload: { 'token.$': '$$.Task.Token' } },
    ...more,
  });

export const machine = (states: Record<string, object>, more: object = {}) => ({
  StartAt: Object.keys(states)[0],
  States: states,
  ...more,
});

/** `type name` of each event, with what it follows when asked. */
export const trace = (events: HistoryEvent[], previous = false): string[] =>
  events.map((event) => {
    const details = Object.entries(event).find(([key]) => key.endsWith('Details'))?.[1] as {
      name?: string;
      index?: number;
    };
    const text = [event.type, details?.name, details?.index].filter((part) => part !== undefined).join(' ');
    return previous ? `${event.id}<-${event.previousEventId} ${text}` : text;
  });

// When a launch may be made: builds of the stack take turns, so that EC2 need not refuse most of what a crowd asks.

/** RunInstances may be called five times at once (EC2 developer guide, ec2-api-throttling); one call is left to others. */
const atOnce = 4;

/** Milliseconds by which clocks may differ: who is early by less goes. */
const slack = 1000;

/** Epoch milliseconds of a turn. `line`: where the line of launches ends, in milliseconds since the epoch; `perSecond`: launches that EC2 takes. */
export function turnAt(line: number, perSecond: number, now: number): number {
  return Math.max(now, line - ((atOnce - 1) * 1000) / perSecond);
}

export const hasCome = (turn: number, now: number): boolean => turn - now <= slack;

/** Completes the task of a launch whose turn is later: the machine catches it and waits until the time that the cause is. */
export type Postponed = { ok: false; error: 'PostponedError'; cause: string };

/** In whole seconds, as Step Functions' own examples of timestamps are. */
export const postponed = (turn: number): Postponed => ({
  ok: false,
  error: 'PostponedError',
  cause: `${new Date(Math.ceil(turn / 1000) * 1000).toISOString().slice(0, 19)}Z`,
});

export const turnText = (turn: number, perSecond: number): string =>
  `waiting for its turn at ${new Date(turn).toISOString().slice(11, 19)} UTC: EC2 takes ${perSecond} launches a second`;

// The router: an AWS event finds the wait it may answer; the resource itself is the judge.
import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod/mini';
import { isUnderWay } from '../build/command.ts';
import { isLost } from '../build/launch.ts';
import { NotReadyError } from '../errors.ts';
import type { Wait } from '../store/waits.ts';
import { settle, type Waiting } from './await-resource.ts';
import type { looksOf } from './looks.ts';

const base = { account: z.string(), region: z.string() };
const id = z.string().check(z.maxLength(256));

/** The three events, as far as we read them; AMI events have capitalised keys (EC2 user guide, monitor AMI events). */
export const stateEventSchema = z.discriminatedUnion('detail-type', [
  z.object({
    ...base,
    'detail-type': z.literal('EC2 Instance State-change Notification'),
    detail: z.object({ 'instance-id': id, state: id }),
  }),
  z.object({
    ...base,
    'detail-type': z.literal('EC2 Command Invocation Status-change Notification'),
    detail: z.object({ 'command-id': id, 'instance-id': id, status: id }),
  }),
  z.object({
    ...base,
    'detail-type': z.literal('EC2 AMI State Change'),
    detail: z.object({ ImageId: id, State: id }),
  }),
]);

export type StateEvent = z.output<typeof stateEventSchema>;

export type Looks = ReturnType<typeof looksOf>;

type Answer = {
  resource: string;
  /** Waits whose resource is looked at after the event. */
  concerns(wait: Wait): boolean;
  /** Waits that the event ends by itself, and so may have ended before. */
  decides(wait: Wait): boolean;
  hint: string;
  final: boolean;
};

/** States of an AMI that its event may tell before the API shows them (EC2 user guide, monitor AMI events). */
const settledAmi = ['available', 'failed', 'deregistered', 'disabled'];

/** Which waits an event may answer, and what it tells. */
function answerOf(event: StateEvent): Answer {
  switch (event['detail-type']) {
    case 'EC2 Instance State-change Notification': {
      const { state } = event.detail;
      return {
        resource: event.detail['instance-id'],
        concerns: ({ wanted }) => (wanted === 'running' ? state !== 'pending' : isLost({ state })),
        decides: ({ wanted }) => wanted === state,
        hint: state,
        final: false,
      };
    }
    case 'EC2 Command Invocation Status-change Notification': {
      const { 'command-id': id, 'instance-id': resource, status } = event.detail;
      const final = !isUnderWay({ status });
      const concerns = ({ wanted }: Wait) => final && wanted === `command#${id}`;
      return { resource, concerns, decides: concerns, hint: 'command', final };
    }
    case 'EC2 AMI State Change': {
      const { ImageId: resource, State: state } = event.detail;
      const final = settledAmi.includes(state);
      const concerns = ({ wanted }: Wait) => wanted === 'available';
      return { resource, concerns, decides: (wait) => concerns(wait) && final, hint: state, final };
    }
  }
}

const kindOf = (wanted: Wait['wanted']): keyof Looks =>
  wanted === 'running' || wanted === 'stopped' || wanted === 'available' ? wanted : 'command';

/** Milliseconds between looks while the event is ahead of what the API shows. */
const waitForApi = [200, 500, 1000, 2000, 4000];

/** Events of resources that no build waits for in the event's account are dropped: accounts may tell of their own only. Answers the image whose build the event concerned, for the log. */
export async function resumeBuild(
  waiting: Waiting & { looks: Looks; accountId: string },
  event: StateEvent,
): Promise<{ image: string } | undefined> {
  const { resource, concerns, decides, hint, final } = answerOf(event);
  let concerned: { image: string } | undefined;
  for (const wait of await waiting.waits.of(resource)) {
    if (!concerns(wait) || (wait.account ?? waiting.accountId) !== event.account) continue;
    concerned = { image: wait.image };
    if (wait.result) {
      // The event comes again where the machine could not be told: a closed token is not an error.
      if (wait.token && decides(wait)) await waiting.executions.complete(wait.token, wait.result);
      continue;
    }
    const look = waiting.looks[kindOf(wait.wanted)];
    let seen = await look(wait, hint);
    for (const delay of final ? waitForApi : []) {
      if (seen) break;
      await pause(delay);
      seen = await look(wait, hint);
    }
    if (seen) await settle(waiting, wait, seen, 'event');
    else if (final)
      throw new NotReadyError(`${event['detail-type']} says ${hint}, but ${resource} does not show it yet.`);
  }
  return concerned;
}

// Which events wake a build: every one that may end a wait, and none that only costs an invocation.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { compilePattern, type Matcher } from '../../local/events/pattern.ts';
import { isUnderWay } from '../../shared/build/command.ts';
import { repository } from '../source-files.ts';
import { packaged } from './packaged.ts';
import type { Template } from './template.ts';

let wakes: Matcher;

beforeAll(async () => {
  const { Resources } = (await packaged()).template as Template;
  wakes = compilePattern(Resources.StateEventsRule!.Properties.EventPattern);
}, 200_000);

type Event = Record<string, unknown> & { detail: Record<string, unknown> };

const sample = (name: string): Event => JSON.parse(readFileSync(join(repository, 'events', `${name}.json`), 'utf8'));
const of = (name: string, detail: Record<string, unknown>): Event => {
  const event = sample(name);
  return { ...event, detail: { ...event.detail, ...detail } };
};

describe('the rule of state events', () => {
  test.each([
    'ami-available',
    'ami-failed',
    'command-failed',
    'command-success',
    'instance-running',
    'instance-terminated',
  ])('wakes by %s', (name) => expect(wakes(sample(name))).toBe(true));

  test.each(['running', 'stopping', 'stopped', 'shutting-down', 'terminated'])(
    'wakes by an instance that is %s',
    (state) => expect(wakes(of('instance-running', { state }))).toBe(true),
  );

  test('sleeps on while an instance is pending', () => {
    expect(wakes(of('instance-running', { state: 'pending' }))).toBe(false);
  });

  // Statuses of a command invocation: API model of GetCommandInvocation.
  test.each(['Pending', 'InProgress', 'Delayed', 'Success', 'Cancelled', 'TimedOut', 'Failed', 'Cancelling'])(
    'wakes by a command that is %s only where it is over',
    (status) => expect(wakes(of('command-success', { status }))).toBe(!isUnderWay({ status })),
  );

  test('hears nobody else', () => {
    expect(wakes({ ...sample('command-success'), source: 'serverless-image-builder' })).toBe(false);
    expect(wakes({ ...sample('command-success'), 'detail-type': 'EC2 Command Status-change Notification' })).toBe(
      false,
    );
  });
});

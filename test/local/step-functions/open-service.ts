// The service over a temporary directory, with functions made of plain code and a bus that remembers.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, realClock } from '../../../local/clock.ts';
import type { BusEvent, InvokeAnswer } from '../../../local/cloud.ts';
import type { Input } from '../../../local/service.ts';
import { stepFunctions } from '../../../local/step-functions/service.ts';

export type Answer = (name: string, event: unknown) => InvokeAnswer | Promise<InvokeAnswer>;

export const succeed = (value: unknown): InvokeAnswer => ({
  payload: JSON.stringify(value),
  executedVersion: '$LATEST',
});

export function openService(answer: Answer = () => succeed(null), clock: Clock = realClock, directory?: string) {
  const stateDirectory = directory ?? mkdtempSync(join(tmpdir(), 'step-functions-'));
  const events: BusEvent[] = [];
  const opened = stepFunctions({
    clock,
    stateDirectory,
    accountId: '000000000000',
    region: 'eu-west-1',
    bus: { put: (event) => events.push(event) },
    functions: {
      invoke: async (name, payload) => answer(name, JSON.parse(payload)),
      invokeLater: () => {
        throw new Error('a state machine invokes nothing later');
      },
    },
  });
  const call = async (operation: string, input: Input = {}, accountId = '000000000000') => {
    const caller = { accountId, region: 'eu-west-1', accessKeyId: 'k', principalArn: `arn:aws:iam::${accountId}:root` };
    // As it goes over the wire.
    return JSON.parse(JSON.stringify((await opened.service.operations[operation]?.(input, caller)) ?? null));
  };
  const create = (definition: object, name = 'build') =>
    opened.createStateMachine({ name, definition, roleArn: 'arn:aws:iam::000000000000:role/build' });
  const ended = async (executionArn: string) => {
    for (let tries = 0; tries < 500; tries += 1) {
      const description = await call('DescribeExecution', { executionArn });
      if (description.status !== 'RUNNING') return description;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(`${executionArn} still runs`);
  };
  const close = async () => {
    await opened.stop();
    rmSync(stateDirectory, { recursive: true, force: true });
  };
  return { ...opened, call, create, ended, events, stateDirectory, close };
}

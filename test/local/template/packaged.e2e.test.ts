// The fixture's stack from its sources to an execution: packaged, resolved, deployed into a host and the state machine service, run.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { realClock } from '../../../local/clock.ts';
import type { BusEvent } from '../../../local/cloud.ts';
import { type LambdaHost, lambdaHost } from '../../../local/lambda-host/host.ts';
import { packageStack } from '../../../local/package/package.ts';
import { type StepFunctions, stepFunctions } from '../../../local/step-functions/service.ts';
import { deploy } from '../../../local/template/deploy.ts';
import { resolveTemplate } from '../../../local/template/load.ts';
import type { ResolvedStack } from '../../../local/template/stack.ts';

const repository = new URL('../fixtures/stack', import.meta.url).pathname;
const home = { accountId: '000000000000', region: 'us-east-1' };
const caller = { ...home, accessKeyId: 'k', principalArn: 'arn:aws:iam::000000000000:root' };
const events: BusEvent[] = [];
let stateDirectory: string;
let stack: ResolvedStack;
let host: LambdaHost;
let machines: StepFunctions;

beforeAll(async () => {
  stateDirectory = mkdtempSync(join(tmpdir(), 'packaged-'));
  const packaged = await packageStack({ repository, stateDirectory });
  stack = resolveTemplate(packaged.template, {
    ...home,
    partition: 'aws',
    urlSuffix: 'amazonaws.com',
    stackName: 'fixture-local',
  });
  const logs = { append: () => {} };
  host = lambdaHost(
    { ...home, clock: realClock, logs, stateDirectory },
    {
      endpoint: () => 'http://127.0.0.1:1',
      credentials: (roleArn) => ({ accessKeyId: `key of ${roleArn}`, secretAccessKey: 's' }),
      deadLetter: () => {},
    },
  );
  machines = stepFunctions({
    ...home,
    clock: realClock,
    stateDirectory,
    functions: host,
    bus: { put: (event) => events.push(event) },
  });
  const nothing = () => {};
  await deploy(stack, packaged.artifacts, {
    function: host.register,
    stateMachine: machines.createStateMachine,
    ...{ logGroup: nothing, role: nothing, table: nothing, queue: nothing, queuePolicy: nothing, rule: nothing },
  });
});
afterAll(async () => {
  await machines?.stop();
  await host?.stop();
  rmSync(stateDirectory, { recursive: true, force: true });
});

test('the packaged function runs in the packaged machine with its environment and its role', async () => {
  const stateMachineArn = stack.resources.find(({ type }) => type === 'AWS::StepFunctions::StateMachine')?.ref;
  const { operations } = machines.service;
  await operations.StartExecution?.({ stateMachineArn, name: 'one', input: '{"name":"you"}' }, caller);
  while (events.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(events[1]?.detail).toMatchObject({ name: 'one', status: 'SUCCEEDED' });
  expect(JSON.parse(String(events[1]?.detail.output))).toEqual({ name: 'you', said: { greeting: 'hello you' } });

  const answer = JSON.parse((await host.invoke('fixture-local-greet', '{"name":"me"}')).payload);
  const table = stack.outputs.find(({ key }) => key === 'TableName')?.value;
  expect(answer).toEqual({
    greeting: 'hello me',
    table,
    key: 'key of arn:aws:iam::000000000000:role/fixture-local-functions',
  });
});

test('what the template says of functions has arrived', () => {
  expect(host.find('fixture-local-greet')).toMatchObject({ timeout: 5, memorySize: 1024, version: '1' });
  expect(host.find('fixture-local-listen-well:1')).toMatchObject({
    maximumRetryAttempts: 1,
    onFailureArn: expect.stringMatching(/:fixture-local-Failures-/),
  });
  expect(stack.outputs.find(({ key }) => key === 'MachineName')?.value).toBe('fixture-local-greeting');
});

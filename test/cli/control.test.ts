import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { json, lambda } from './aws-server.ts';
import { image } from './image.ts';
import { attribute, command, type ServedStack, servedStack } from './served-stack.ts';

let stack: ServedStack;
beforeEach(async () => {
  stack = await servedStack();
});
afterEach(() => stack.close());

const { arn } = image();
const sent = (name: string) =>
  JSON.parse(stack.cloud.requests.find(({ operation }) => operation === lambda(name))!.body) as object;
const identity = (who: string) => ({
  body: `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>${who}</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`,
});

describe('approve and reject', () => {
  const approval = { requested: '1', until: '2', decision: 'approved', by: 'arn:aws:iam::1:user/ann', at: '3' };
  test('tell the function the answer, who gives it, and why', async () => {
    stack.cloud.answers.GetCallerIdentity = () => identity('arn:aws:iam::1:user/ann');
    stack.cloud.answers[lambda('answer-approval')] = () => json({ image: arn, approval });
    const { code, out, errors } = await command(stack, ['approve', arn, '--reason', 'looks good']);
    expect(code, errors).toBe(0);
    expect(out).toContain(`${arn} was approved by arn:aws:iam::1:user/ann at 3.`);
    expect(sent('answer-approval')).toEqual({
      ...{ image: arn, decision: 'approved', by: 'arn:aws:iam::1:user/ann', reason: 'looks good' },
    });
  });
  test('an answer is not refused because STS does not say who it is of', async () => {
    stack.cloud.answers[lambda('answer-approval')] = () =>
      json({ image: arn, approval: { ...approval, by: undefined } });
    expect((await command(stack, ['reject', arn])).code).toBe(0);
    expect(sent('answer-approval')).toEqual({ image: arn, decision: 'rejected' });
  });
  test('what the function refuses is said, with exit code 2', async () => {
    stack.cloud.answers[lambda('answer-approval')] = () => ({
      headers: { 'x-amz-function-error': 'Unhandled' },
      body: JSON.stringify({ errorType: 'InvalidRequestError', errorMessage: 'was answered before' }),
    });
    const { code, errors } = await command(stack, ['reject', arn]);
    expect(code).toBe(2);
    expect(errors).toContain('was answered before');
  });
});

describe('retry and distribute', () => {
  beforeEach(() => {
    stack.cloud.answers[lambda('start-build')] = () => json({ imageBuildVersionArn: arn, executionArn: 'execution' });
    stack.records = [image({ state: { status: 'AVAILABLE' } })];
  });
  test('retry starts a build that goes on from the image', async () => {
    const { code, errors } = await command(stack, ['retry', arn]);
    expect(code, errors).toBe(0);
    expect(sent('start-build')).toEqual({ retryOf: arn, clientToken: expect.any(String) });
  });
  test('distribute names regions, and for an AMI of ours its pipeline', async () => {
    const ami = { region: 'us-east-1', image: 'ami-00000000000000001', name: 'n', accountId: '1' };
    stack.records = [image({ state: { status: 'AVAILABLE' }, outputResources: { amis: [ami] } })];
    await command(stack, ['distribute', ami.image, '--to', 'eu-west-1,us-east-1']);
    expect(sent('start-build')).toMatchObject({
      imagePipelineName: 'hello-web',
      distribution: { source: ami.image, regions: ['eu-west-1', 'us-east-1'] },
    });
  });
  test('distribute of an AMI that nobody knows asks for a pipeline', async () => {
    const { code, errors } = await command(stack, ['distribute', 'ami-00000000000000009', '--to', 'eu-west-1']);
    expect(code).toBe(2);
    expect(errors).toContain('name with --pipeline');
  });
});

describe('connect', () => {
  const ledger = (entry: object) => () =>
    json({
      Item: attribute({ ...image(), entries: { 'LaunchBuilder#0#0': { id: 'i-1', region: 'us-east-1', ...entry } } }).M,
    });
  const instance = (state: string) => ({
    body: `<DescribeInstancesResponse><reservationSet><item><instancesSet><item><instanceId>i-1</instanceId><instanceState><name>${state}</name></instanceState></item></instancesSet></item></reservationSet></DescribeInstancesResponse>`,
  });
  test('says plainly that the local cloud has no Session Manager', async () => {
    stack.cloud.answers.GetItem = ledger({ keep: true });
    stack.cloud.answers.DescribeInstances = () => instance('running');
    const { code, out, errors } = await command(stack, ['connect', arn]);
    expect(code).toBe(1);
    expect(errors + out).toContain('builder i-1 in us-east-1 is running');
    expect(errors).toContain('The local cloud has no Session Manager');
  });
  test.each([
    ['was released', { keep: true, released: 'then' }, 'running'],
    ['was not kept', {}, 'running'],
    ['was ended by somebody', { keep: true }, 'terminated'],
  ])('an instance that %s is none, and how to get one is said', async (_, entry, state) => {
    stack.cloud.answers.GetItem = ledger(entry);
    stack.cloud.answers.DescribeInstances = () => instance(state);
    const { code, errors } = await command(stack, ['connect', arn]);
    expect(code).toBe(2);
    expect(errors).toContain('terminateInstanceOnFailure: false');
  });
});

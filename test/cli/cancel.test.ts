import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ImageRecord } from '../../shared/model/image-record.ts';
import { image } from './image.ts';
import { command, type ServedStack, servedStack } from './served-stack.ts';

let stack: ServedStack;
beforeEach(async () => {
  stack = await servedStack();
  stack.cloud.answers.StopExecution = () => ({ body: '{"stopDate":1}' });
});
afterEach(() => stack.close());

const ended = (status: ImageRecord['state']['status']) => image({ state: { status } });
const stopped = () => stack.cloud.requests.filter(({ operation }) => operation === 'StopExecution');
const cancel = (...options: string[]) => command(stack, ['cancel', image().arn, ...options]);

describe('cancel', () => {
  test('stops the execution and waits until the image is CANCELLED', async () => {
    stack.records = [image(), image(), ended('CANCELLED')];
    const { code, out, errors } = await cancel();
    expect(code, errors).toBe(0);
    expect(out).toContain('CANCELLED  hello-web 1.0.0/1');
    expect(JSON.parse(stopped()[0]!.body)).toMatchObject({
      executionArn: image().executionArn,
      error: 'CancelledError',
    });
    expect(stack.records).toHaveLength(1);
  });
  test('--no-wait leaves at once', async () => {
    stack.records = [image(), ended('FAILED')];
    const { code, out } = await cancel('--no-wait');
    expect(code).toBe(0);
    expect(out).toContain('is being cancelled and cleaned up');
    expect(stack.records).toHaveLength(1);
  });
  test('again is the same, and stops nothing', async () => {
    stack.records = [ended('CANCELLED')];
    expect((await cancel()).code).toBe(0);
    expect(stopped()).toEqual([]);
  });
  test.each(['AVAILABLE', 'FAILED'] as const)('an image that is %s has ended, which is said', async (status) => {
    stack.records = [ended(status)];
    const { code, errors } = await cancel();
    expect(code).toBe(1);
    expect(errors).toContain(`hello-web 1.0.0/1 has ended before it could be cancelled: it is ${status}.`);
    expect(stopped()).toEqual([]);
  });
  test('a build that was published meanwhile is not called cancelled', async () => {
    stack.records = [image(), ended('AVAILABLE')];
    const { code, errors } = await cancel();
    expect(code).toBe(1);
    expect(errors).toContain('it is AVAILABLE');
  });
  test('a build that never began to run is told apart', async () => {
    stack.cloud.answers.StopExecution = () => ({ status: 400, body: '{"__type":"ExecutionDoesNotExist"}' });
    const { code, errors } = await cancel();
    expect(code).toBe(1);
    expect(errors).toContain('has no execution');
  });
  test('what could not be released is named', async () => {
    const leftovers = [{ kind: 'instance', id: 'i-1', region: 'us-east-1', reason: 'AccessDenied.' }];
    stack.records = [image({ state: { status: 'CANCELLED' }, leftovers })];
    expect((await cancel()).errors).toContain('Not released yet: instance i-1 in us-east-1: AccessDenied.');
  });
});

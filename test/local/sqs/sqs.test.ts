import { afterAll, beforeAll, expect, test } from 'vitest';
import { testClock } from '../../../local/clock.ts';
import type { Input } from '../../../local/service.ts';
import { type Sqs, sqs } from '../../../local/sqs/service.ts';
import { temporaryDirectory } from '../door/open-door.ts';

const directory = temporaryDirectory();
const clock = testClock();
const caller = { accountId: '000000000000', region: 'eu-central-1', accessKeyId: 'test', principalArn: 'root' };
const arn = 'arn:aws:sqs:eu-central-1:000000000000:dead-letters';
let queues: Sqs;

const make = () => sqs({ clock, stateDirectory: directory.path }, () => 'http://127.0.0.1:4566');
const call = async (operation: string, input: Input = {}, service = queues): Promise<Input> =>
  (await service.service.operations[operation]?.(
    { QueueUrl: 'http://127.0.0.1:4566/000000000000/dead-letters', ...input },
    caller,
  )) as Input;

beforeAll(() => {
  queues = make();
  queues.ensureQueue(caller, 'dead-letters');
});
afterAll(() => directory.remove());

test('a message is received once, comes back after its visibility time, and is gone when deleted', async () => {
  queues.send(arn, '{"event":1}', { ERROR_CODE: { DataType: 'String', StringValue: 'NO_PERMISSIONS' } });
  const [first] = (await call('ReceiveMessage', { MessageAttributeNames: ['All'], AttributeNames: ['All'] })).Messages;
  expect(first).toMatchObject({
    Body: '{"event":1}',
    MD5OfBody: '3f6d19443ac0a3a2c34583ffc5b363de',
    Attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(clock.now()) },
    MessageAttributes: { ERROR_CODE: { StringValue: 'NO_PERMISSIONS' } },
  });
  expect(await call('ReceiveMessage')).toEqual({});
  expect((await call('GetQueueAttributes', { AttributeNames: ['All'] })).Attributes).toMatchObject({
    QueueArn: arn,
    ApproximateNumberOfMessages: '0',
    ApproximateNumberOfMessagesNotVisible: '1',
  });
  await clock.advance(30_000);
  const [second] = (await call('ReceiveMessage', { AttributeNames: ['ApproximateReceiveCount'] })).Messages;
  expect(second.Attributes).toEqual({ ApproximateReceiveCount: '2' });
  await call('DeleteMessage', { ReceiptHandle: second.ReceiptHandle });
  await clock.advance(30_000);
  expect(await call('ReceiveMessage')).toEqual({});
});

test('a receiver can wait for a message', async () => {
  const waiting = call('ReceiveMessage', { WaitTimeSeconds: 20 });
  await clock.advance(5_000);
  await call('SendMessage', { MessageBody: 'late' });
  await clock.advance(1_000);
  expect((await waiting).Messages).toMatchObject([{ Body: 'late' }]);
});

test('messages outlive the process', async () => {
  await call('SendMessage', { MessageBody: 'kept' });
  expect((await call('ReceiveMessage', {}, make())).Messages).toMatchObject([{ Body: 'kept' }]);
});

test('a queue that is not there is named', async () => {
  await expect(call('GetQueueUrl', { QueueName: 'none' })).rejects.toMatchObject({
    code: 'QueueDoesNotExist',
    message: 'The specified queue does not exist: none',
  });
  expect(() => queues.send(`${arn}-2`, 'x')).toThrow('The specified queue does not exist: dead-letters-2');
  expect(await call('ListQueues')).toEqual({ QueueUrls: ['http://127.0.0.1:4566/000000000000/dead-letters'] });
});

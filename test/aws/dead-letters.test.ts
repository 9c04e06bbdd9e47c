// Dead letters: whatever a message was, the queue takes it, with the reason.
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DeadLetters, deadLetters } from '../../shared/aws/dead-letters.ts';

let endpoint: Server;
let queue: DeadLetters;
const sent: Record<string, never>[] = [];
const queueUrl = 'https://sqs.us-east-1.amazonaws.com/123456789012/dead';

beforeAll(async () => {
  endpoint = createServer((request, response) => {
    let body = '';
    request.on('data', (text) => {
      body += text;
    });
    request.on('end', () => {
      const message = JSON.parse(body);
      sent.push(message);
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
      const MD5OfMessageBody = createHash('md5').update(message.MessageBody).digest('hex');
      response.end(JSON.stringify({ MessageId: '1', MD5OfMessageBody }));
    });
  });
  await new Promise<void>((ready) => endpoint.listen(0, '127.0.0.1', ready));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}`,
    ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
  });
  queue = deadLetters(queueUrl);
});
afterAll(() => void endpoint.close());

it.each([
  ['openssl is out', 'openssl is out'],
  ['', ' '],
  ['a\u0000b\u001b[2J\ud800\n', 'a\ufffdb\ufffd[2J\ufffd\n'],
  ['x'.repeat(262_144), 'x'.repeat(200_000)],
])('%#: goes to the queue at the endpoint that is configured', async (body, expected) => {
  await queue.send(body, { reason: 'it is neither\u0007 JSON', messageId: '' });
  expect(sent.at(-1)).toEqual({
    QueueUrl: queueUrl,
    MessageBody: expected,
    MessageAttributes: {
      reason: { DataType: 'String', StringValue: 'it is neither? JSON' },
      messageId: { DataType: 'String', StringValue: '-' },
    },
  });
});

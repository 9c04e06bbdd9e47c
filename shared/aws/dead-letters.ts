// The stack's dead-letter queue, for what a function itself refuses: told with the reason, and not tried again.
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { asciiLine } from '../model/visible-text.ts';
import { attempt } from './fault.ts';

export type DeadLetters = {
  /** `body` as it came, as far as a queue takes it; `attributes` say why it was refused. */
  send(body: string, attributes: { reason: string; messageId: string }): Promise<void>;
};

/** Attributes count towards the size of a message (SQS API reference, SendMessage). */
const longestAttribute = 1000;
/** Bytes of a body, which leave room for the attributes in 256 KiB. */
const longestBody = 200_000;

/** A body needs a character at least, and only some are allowed (SQS API reference, SendMessage). */
function allowed(body: string): string {
  const cut = Buffer.from(body).subarray(0, longestBody).toString('utf8');
  return cut.replace(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD') || ' ';
}

export function deadLetters(QueueUrl: string): DeadLetters {
  // The client would send to the URL itself, whatever endpoint is configured.
  const client = new SQSClient({ useQueueUrlAsEndpoint: false });
  return {
    send: (body, attributes) =>
      attempt(`Tried to put message ${attributes.messageId} on the dead-letter queue`, async () => {
        const told = Object.entries(attributes).map(([name, value]) => [
          name,
          { DataType: 'String', StringValue: asciiLine(value, longestAttribute) || '-' },
        ]);
        const MessageAttributes = Object.fromEntries(told);
        await client.send(new SendMessageCommand({ QueueUrl, MessageBody: allowed(body), MessageAttributes }));
      }),
  };
}

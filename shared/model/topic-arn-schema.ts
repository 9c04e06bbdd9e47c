// Topics that messages are published to.
import * as z from 'zod/mini';

/** The ARN of a standard SNS topic; FIFO topics, which end in `.fifo`, are refused. */
export const topicArnSchema = z
  .string()
  .check(
    z.regex(
      /^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$/,
      'expected the ARN of a standard SNS topic',
    ),
  );

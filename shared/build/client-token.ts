// Client tokens that are the same for the same intention, however often it is tried.
import { createHash } from 'node:crypto';

/** 32 hexadecimal characters; EC2 allows 64 ASCII characters (docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html). */
export const clientToken = (...parts: (string | number)[]) =>
  createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 32);

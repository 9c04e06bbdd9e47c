import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ThrottledError } from '../../shared/errors.ts';

const functions = join(import.meta.dirname, '../../functions');
const units = readdirSync(functions).filter((name) => name.endsWith('.ts'));

const context = { functionName: 'the-function', getRemainingTimeInMillis: () => 1000 };
type Handler = (event: unknown, context: unknown) => Promise<unknown>;

beforeAll(() => {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    AWS_REGION: 'us-east-1',
    ...{ TABLE_NAME: 'builds', STACK_ID: 'the-stack', STACK_NAME: 'stack', ACCOUNT_ID: '123456789012' },
    ...{
      PACKAGE_UPDATE_TOPICS: 'arn',
      PACKAGE_UPDATE_MINUTES: '10',
      DEAD_LETTER_QUEUE_URL: 'http://127.0.0.1:9/queue',
    },
    ...{ PARTITION: 'aws', EVENT_BUS_NAME: 'bus', INSTANCE_PROFILE_NAME: 'builders', LOG_RETENTION_DAYS: '30' },
    ...{ SNAPSHOT_COPIES: '20', AMI_COPIES: '300', COPY_HOURS: '72' },
    ...{ STATE_MACHINE_ARN: 'the-machine', SCHEDULE_GROUP_NAME: 'stack', SCHEDULE_ROLE_ARN: 'the-role' },
    ...{ START_BUILD_FUNCTION_ARN: 'the-function', DEAD_LETTER_QUEUE_ARN: 'the-queue' },
    ...{ APPLY_LIFECYCLE_FUNCTION_ARN: 'the-other-function', ACCOUNTS: 'none', DISTRIBUTION_ROLE_NAME: 'distribution' },
    ...{ POWERTOOLS_LOG_LEVEL: 'SILENT', POWERTOOLS_METRICS_DISABLED: 'true' },
  });
});

describe.each(units)('the handler of %s', (unit) => {
  let handler: Handler;
  beforeAll(async () => {
    ({ handler } = (await import(join(functions, unit))) as { handler: Handler });
  });
  it('has at most two parameters: nodejs24.x takes a third for a callback and refuses it', () => {
    expect(handler.length).toBeLessThanOrEqual(2);
  });
});

describe('a phase', () => {
  const schema = z.object({ image: z.string() });
  // The logger takes its level when it is loaded.
  const load = () => import('../../shared/phase/phase.ts');
  it('knows when its invocation ends', async () => {
    const { phase } = await load();
    const handler = phase(schema, async ({ image }, { until }) => [image, until > Date.now()]) as unknown as Handler;
    expect(await handler({ image: 'a' }, context)).toEqual(['a', true]);
  });
  it('lets errors out with their names', async () => {
    const { phase } = await load();
    const handler = phase(schema, () => Promise.reject(new ThrottledError('slow down'))) as unknown as Handler;
    await expect(handler({ image: 'a' }, context)).rejects.toMatchObject({
      name: 'ThrottledError',
      message: 'slow down',
    });
  });
});

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ThrottledError } from '../../shared/errors.ts';
import { functionEnvironment } from './function-environment.ts';

const functions = join(import.meta.dirname, '../../functions');
const units = readdirSync(functions).filter((name) => name.endsWith('.ts'));

const context = { functionName: 'the-function', getRemainingTimeInMillis: () => 1000 };
type Handler = (event: unknown, context: unknown) => Promise<unknown>;

beforeAll(() => void Object.assign(process.env, functionEnvironment));

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

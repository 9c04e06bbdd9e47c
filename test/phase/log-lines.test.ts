// Every line that a function logs says which image, pipeline, phase and execution it is about.
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { executionName } from '../../shared/build/execution-name.ts';
import { openTable } from '../store/open-table.ts';
import { newWorld, type World } from './world.ts';

let world: World;
let close: () => Promise<void>;
const lines: Record<string, unknown>[] = [];

beforeAll(async () => {
  const opened = await openTable();
  close = opened.close;
  world = await newWorld(opened.table);
  Object.assign(process.env, { TABLE_NAME: 'builds', STACK_NAME: 'the-stack', POWERTOOLS_LOG_LEVEL: 'INFO' });
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    for (const line of String(text).trim().split('\n')) lines.push(JSON.parse(line));
    return true;
  });
});
afterAll(async () => {
  vi.restoreAllMocks();
  await close();
});

const context = { functionName: 'the-stack-launch-builder', getRemainingTimeInMillis: () => 1000 };
type Handler = (event: unknown, context: unknown) => Promise<unknown>;

it('of a state, of an event about an execution, and of one that is found to concern an image', async () => {
  const { phase } = await import('../../shared/phase/phase.ts');
  const { image } = world;
  const about = {
    image,
    pipeline: 'hello web',
    phase: 'launch-builder',
    execution: executionName(image),
    message: 'done',
  };
  const state = phase(z.object({ image: z.string() }), async () => {}) as unknown as Handler;
  const ended = phase(z.object({ detail: z.object({ input: z.object({ image: z.string() }) }) }), async () => {});
  const waked = phase(z.object({}), async () => ({ image })) as unknown as Handler;
  await state({ image, token: 'secret' }, context);
  await (ended as unknown as Handler)({ detail: { input: { image } } }, context);
  await waked({}, context);
  expect(lines).toHaveLength(3);
  for (const line of lines) expect(line).toMatchObject(about);
  expect(JSON.stringify(lines)).not.toContain('secret');
});
it('of something else say what they can', async () => {
  const { phase } = await import('../../shared/phase/phase.ts');
  const handler = phase(z.object({}), async () => {}) as unknown as Handler;
  lines.length = 0;
  await handler({}, context);
  expect(lines).toMatchObject([{ phase: 'launch-builder', message: 'done' }]);
  expect(lines[0]).not.toHaveProperty('image');
  await handler({ image: `${world.image}9` }, context);
  expect(lines[1]).not.toHaveProperty('pipeline');
});

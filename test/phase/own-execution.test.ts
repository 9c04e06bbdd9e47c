// Every function of the machine, as it is deployed, called by an execution that does not build the image: refused before anything is done.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { definitionText } from '../statemachines/machine.ts';
import { testTable } from '../store/test-table.ts';
import { busyBuild } from './busy-build.ts';
import { functionEnvironment } from './function-environment.ts';
import { executionOf } from './world.ts';

const functions = join(import.meta.dirname, '../../functions');
const pascal = (unit: string) => unit.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
const called = new Set([...definitionText.matchAll(/\$\{(\w+)\}/g)].map((match) => match[1]!));
const units = readdirSync(functions)
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.slice(0, -'.ts'.length))
  .filter((unit) => called.has(pascal(unit)));
const context = { functionName: 'the-function', getRemainingTimeInMillis: () => 30_000 };
type Handler = (event: unknown, context: unknown) => Promise<unknown>;

const table = await testTable();
const { AWS_ENDPOINT_URL } = process.env;
Object.assign(process.env, functionEnvironment, { AWS_ENDPOINT_URL });

const payload = (image: string, execution?: string) => ({
  ...{ image, token: 'token', index: 0, stage: 'build', role: 'builder', ended: {} },
  ...(execution && { execution }),
});

it('all functions of the machine are here', () => {
  expect(units.map(pascal).sort()).toEqual([...called].sort());
});

describe.each(units)('%s', (unit) => {
  const load = async () => ((await import(join(functions, `${unit}.ts`))) as { handler: Handler }).handler;
  it('of another execution does nothing for the image', async () => {
    const handler = await load();
    const world = await busyBuild(table);
    const [record, ledger] = [await world.read(), await world.ledger()];
    const stranger = `${executionOf(world.image)}0`;
    await expect(handler(payload(world.image, stranger), context)).rejects.toMatchObject({
      name: 'InvalidRequestError',
      message: `The execution ${stranger} may do nothing for ${world.image}, which ${executionOf(world.image)} builds: it is left alone. Start a build with start-build, never an execution by itself; stop it with StopExecution of its own execution.`,
    });
    expect([await world.read(), await world.ledger()]).toEqual([record, ledger]);
  });
  it('of the image’s own execution, or called by hand, goes on', async () => {
    const handler = await load();
    for (const execution of [(image: string) => executionOf(image), () => undefined]) {
      const { image } = await busyBuild(table);
      // Nothing but the table answers here: what is thrown is not the refusal.
      const refused = await handler(payload(image, execution(image)), { ...context, getRemainingTimeInMillis: () => 1 })
        .then(() => '')
        .catch(({ message }: Error) => message);
      expect(refused).not.toContain('may do nothing');
    }
  });
});

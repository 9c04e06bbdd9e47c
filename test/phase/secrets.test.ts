// Task tokens and client tokens open doors: they stand where they are needed, and in no log, record, event, message or error.
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { fault } from '../../shared/aws/fault.ts';
import { finish } from '../../shared/phase/finish.ts';
import { launch } from '../../shared/phase/launch.ts';
import { phase } from '../../shared/phase/phase.ts';
import { resumeBuild } from '../../shared/phase/resume-build.ts';
import { testTable } from '../store/test-table.ts';
import { openDesk } from './desk.ts';
import { awsError } from './fake-ec2.ts';
import { home, newWorld, pipeline } from './world.ts';

const table = await testTable();

async function itemsOf(): Promise<Record<string, unknown>[]> {
  const client = new DynamoDBClient({});
  const { Items = [] } = await client.send(new ScanCommand({ TableName: 'builds', ConsistentRead: true }));
  client.destroy();
  return Items;
}

/** What `act` wrote to stdout and stderr, and the message and causes of what it threw. */
async function heard(act: () => Promise<unknown>): Promise<{ logged: string; thrown: string }> {
  let logged = '';
  const streams = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      logged += String(text);
      return true;
    }),
  );
  try {
    await act();
    return { logged, thrown: '' };
  } catch (error) {
    const texts: string[] = [];
    for (let next = error; next instanceof Error; next = next.cause) texts.push(String(next.stack));
    return { logged, thrown: texts.join('\n') };
  } finally {
    for (const stream of streams) stream.mockRestore();
  }
}

const context = { functionName: 'f', getRemainingTimeInMillis: () => 60_000 };

describe('a task token', () => {
  const token = 'AQCEAAAAKgAAAAMAAAAA-task-token-7f3a9c';

  it('stands in the wait it belongs to and nowhere else, when all goes well and when Step Functions does not answer', async () => {
    const world = await newWorld(table);
    const refused = {
      ...world.gateways.executions,
      complete: async () => {
        throw fault('Tried to complete a waiting task', awsError('ThrottlingException', 'Rate exceeded'));
      },
    };
    const launching = (gateways: typeof world.gateways) =>
      phase(z.object({ image: z.string(), token: z.string() }), (input, lambda) =>
        launch(gateways, input, 'builder', lambda),
      ) as unknown as (event: unknown, context: unknown) => Promise<unknown>;
    const said = [await heard(() => launching(world.gateways)({ image: world.image, token }, context))];
    const [instance] = world.ec2.instances;
    instance!.state = 'running';
    const event = {
      ...{ account: home.accountId, region: home.region },
      'detail-type': 'EC2 Instance State-change Notification' as const,
      detail: { 'instance-id': instance!.id, state: 'running' },
    };
    said.push(await heard(() => resumeBuild({ ...world.gateways, executions: refused }, event)));
    said.push(
      await heard(() => launching({ ...world.gateways, executions: refused })({ image: world.image, token }, context)),
    );
    await finish(world.gateways, world.image, { caught: { Error: 'X', Cause: 'why' } });
    expect(said.map(({ thrown }) => thrown !== '')).toEqual([false, true, true]);
    expect(said.map(({ logged }) => logged !== '')).toEqual([true, false, true]);
    expect(
      JSON.stringify([said, world.events, world.messages, await world.read(), await world.ledger()]),
    ).not.toContain('task-token');
    const holders = (await itemsOf()).filter((item) => JSON.stringify(item).includes('task-token'));
    expect(holders.map(({ pk }) => pk)).toEqual([{ S: `wait#${instance!.id}` }]);
  });
});

describe('a client token of start-build', () => {
  it('is kept as a hash only', async () => {
    const { gateways, start } = openDesk(table);
    const kept = pipeline({ name: 'with a token' });
    await gateways.pipelines.put(
      kept.name,
      { pipeline: kept, files: [], hash: 'h', dateUpdated: '2026' },
      4_000_000_000,
    );
    await start({ imagePipelineName: kept.name, clientToken: 'client-token-7f3a9c' });
    const items = await itemsOf();
    expect(items.length).toBeGreaterThan(3);
    expect(JSON.stringify(items)).not.toContain('client-token-7f3a9c');
  });
});

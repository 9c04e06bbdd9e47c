// Our local cloud's answers against moto's for the same calls by boto3. Every disagreement is listed with its cause in
// second-opinion-causes.ts and docs/second-opinions.md: one that is not listed fails, and so does one that is gone.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { realClock } from '../../local/clock.ts';
import { dynamodb } from '../../local/dynamodb/service.ts';
import { ec2 } from '../../local/ec2/service.ts';
import { events } from '../../local/events/service.ts';
import type { RestService, Service } from '../../local/service.ts';
import { sns } from '../../local/sns/service.ts';
import { sqs } from '../../local/sqs/service.ts';
import { ssm } from '../../local/ssm/service.ts';
import { groundFor, impossible } from '../e2e/ground.ts';
import { openDoor } from './door/open-door.ts';
import { quick } from './ec2/open-cloud.ts';
import { disagreements } from './second-opinion.ts';
import { calls } from './second-opinion-calls.ts';
import { causes } from './second-opinion-causes.ts';

const motoMissing =
  spawnSync('python3', ['-c', 'import boto3, flask, moto.server'], { stdio: 'ignore' }).status === 0
    ? undefined
    : "moto's server or boto3 is not installed: its answers are not compared with those of the local cloud";
const missing = motoMissing ?? impossible;
if (missing) console.warn(missing);

type Answers = Record<'moto' | 'ours', Record<string, unknown>[]>;

async function ask(): Promise<Answers> {
  const ground = groundFor('second-opinion');
  const logs = { append() {} };
  const functions = { invoke: async () => Promise.reject(new Error('no function')), invokeLater() {} };
  const cloud = {
    ...{ clock: realClock, stateDirectory: ground.path, accountId: '000000000000', region: 'us-east-1' },
    ...{ delays: quick, bus: { put() {} }, logs, functions },
  };
  const services: (Service | RestService)[] = [];
  const door = await openDoor(services, ground.path);
  const compute = ec2(cloud);
  const manager = ssm(cloud, compute.instances);
  const tables = dynamodb(cloud);
  const queues = sqs(cloud, () => door.endpoint);
  const bridge = events(cloud, { sqs: (arn, payload) => queues.send(arn, payload) }, () => {});
  const topics = sns({ ...cloud, functions }, queues);
  services.push(compute.service, manager.service, tables.service, queues.service, bridge.service, topics.service);
  await compute.recover();
  try {
    const child = spawn('python3', [join(import.meta.dirname, 'second-opinion.py')], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.end(
      JSON.stringify({ endpoint: door.endpoint, calls: calls.map(([a, b, c, kept = {}]) => [a, b, c, kept]) }),
    );
    const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    if (out === '') throw new Error(`boto3 could not ask: ${errors.slice(-2000)}`);
    return JSON.parse(out);
  } finally {
    await door.close();
    manager.stop();
    bridge.buses.stop();
    await tables.stop();
    await compute.stop();
    ground.remove();
  }
}

test.skipIf(missing)(
  'moto disagrees where it is known to, and nowhere else',
  async () => {
    const { moto, ours } = await ask();
    const found = calls.flatMap(([service, operation], index) =>
      disagreements(moto[index]!, ours[index]!).map((what) => `${service} ${operation}: ${what}`),
    );
    expect(found.filter((line) => !causes.some(({ at }) => at.test(line)))).toEqual([]);
    expect(causes.filter(({ at }) => !found.some((line) => at.test(line)))).toEqual([]);
    // The comparison means something: most calls were answered, by both, without an error.
    expect(ours.filter(({ code }) => code === undefined).length).toBeGreaterThan(calls.length / 2);
  },
  120_000,
);

// EC2 and Systems Manager behind a real door, with real instances, for tests that call them with the AWS SDK.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EC2Client } from '@aws-sdk/client-ec2';
import { S3Client } from '@aws-sdk/client-s3';
import { SSMClient } from '@aws-sdk/client-ssm';
import { expect } from 'vitest';
import { type Clock, realClock } from '../../../local/clock.ts';
import type { BusEvent, Delays } from '../../../local/cloud.ts';
import type { CopyLimits } from '../../../local/ec2/copy-limits.ts';
import { ec2 } from '../../../local/ec2/service.ts';
import type { Limits } from '../../../local/machine/limits.ts';
import { s3 } from '../../../local/s3/service.ts';
import { s3Store } from '../../../local/s3/store.ts';
import { ssm } from '../../../local/ssm/service.ts';
import { openDoor, temporaryDirectory } from '../door/open-door.ts';

export type OpenCloud = Awaited<ReturnType<typeof openCloud>>;

export const quick: Delays = {
  instanceRunning: 20,
  agentOnline: 30,
  instanceStopped: 10,
  instanceTerminated: 10,
  imageAvailable: 30,
  copyAvailable: 30,
};

export const debian = '/aws/service/debian/release/12/latest/amd64';

type More = {
  stateDirectory?: string;
  delays?: Partial<Delays>;
  clock?: Clock;
  limits?: Partial<Limits>;
  copyLimits?: CopyLimits;
};

export async function openCloud(more: More = {}) {
  const directory = more.stateDirectory ? { path: more.stateDirectory, remove: () => {} } : temporaryDirectory();
  const events: BusEvent[] = [];
  const streams: Record<string, string[]> = {};
  const cloud = {
    clock: more.clock ?? realClock,
    stateDirectory: directory.path,
    accountId: '000000000000',
    region: 'eu-central-1',
    delays: { ...quick, ...more.delays },
    bus: { put: (event: BusEvent) => void events.push(event) },
    logs: {
      append(_: unknown, group: string, stream: string, lines: string[]) {
        const key = `${group} ${stream}`;
        streams[key] = [...(streams[key] ?? []), ...lines];
      },
    },
    functions: {
      invoke: async () => Promise.reject(new Error('no function is invoked here')),
      invokeLater: () => {},
    },
  };
  const objects = s3Store(directory.path);
  const compute = ec2(cloud, {
    limits: more.limits ?? {},
    s3: objects,
    ...(more.copyLimits && { copyLimits: more.copyLimits }),
  });
  const manager = ssm(cloud, compute.instances);
  await compute.recover();
  const door = await openDoor([compute.service, manager.service, s3(cloud.clock, objects)], directory.path);
  return {
    directory: directory.path,
    endpoint: door.endpoint,
    events,
    streams,
    refusals: compute.refusals,
    copies: compute.copies,
    instances: compute.instances,
    scope: { accountId: cloud.accountId, region: cloud.region },
    faults: door.faults,
    ec2: (options?: { region?: string; account?: string }) => new EC2Client(door.client(options)),
    s3: (options?: { region?: string; account?: string }) => new S3Client(door.client(options)),
    ssm: (options?: { region?: string; account?: string }) => new SSMClient(door.client(options)),
    /** The states that events told of a resource, in order. */
    told: (id: string) =>
      events
        .filter((event) => event.resources[0]?.endsWith(id))
        .map((event) => event.detail.state ?? event.detail.State ?? event.detail.status),
    async close() {
      await door.close();
      manager.stop();
      await compute.stop();
      directory.remove();
      expect(door.faults).toEqual([]);
    },
    /** Kills the instance's first process from outside. */
    async killMachine(instanceId: string) {
      const file = join(directory.path, 'ec2/disks', instanceId, 'process.json');
      process.kill(JSON.parse(readFileSync(file, 'utf8')).pid, 'SIGKILL');
    },
    /** Stops as a kill would: no announcement, no order. */
    async crash() {
      await door.close();
      manager.stop();
      await compute.stop();
    },
  };
}

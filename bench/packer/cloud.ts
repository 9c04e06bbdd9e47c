// The endpoint that Packer and we build on: a local cloud of our own, in its process, with pending times of the scenario's choice.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { stopBuilders } from './builder.ts';

export const repository = resolve(import.meta.dirname, '../..');
/** The account of the deployed stack. */
export const home = '000000000000';
export const homeRegion = 'us-east-1';
export const parentImage = '/aws/service/debian/release/12/latest/amd64';

export type Pending = { instance: number; image: number; copies: number };

export type Cloud = {
  state: string;
  readonly endpoint: string;
  /** What an SDK client for an account and a region is made with. */
  client(account: string, region?: string): object;
  parentImageId(account: string): Promise<string>;
  /** Successful and failed EC2 calls by account, since the start. */
  calls(account: string): number;
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Ends it and removes its state. */
  close(): Promise<void>;
};

const open = new Set<Cloud>();
// A bench that is interrupted leaves no cloud, and so no instance, behind.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stopBuilders();
    void Promise.all([...open].map((cloud) => cloud.close())).finally(() => process.exit(1));
  });
}

/** Where a copy is answered and then fails. */
export const failingRegion = 'ap-south-1';

/** Seconds that an instance, an image and copies stay pending; stopping, terminating and the agent take none. */
export async function startCloud(pending: Pending): Promise<Cloud> {
  const state = mkdtempSync(join(tmpdir(), 'bench-cloud-'));
  sharePackages(state);
  mkdirSync(join(state, 'ec2'), { mode: 0o700 });
  const refusal = { operation: 'CopyImage', region: failingRegion, code: 'Server.InternalError', late: true };
  writeFileSync(join(state, 'ec2/refusals.json'), JSON.stringify([refusal]));
  const counts = new Map<string, number>();
  let child: ChildProcess | undefined;
  let endpoint = '';

  async function start() {
    child = spawn(process.execPath, [join(repository, 'local/main.ts'), ...parameters(state, pending)], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env.PATH, HOME: process.env.HOME },
    });
    endpoint = await listening(child, (line) => {
      const account = /^\d+ \S+ (\d{12}) ec2 /.exec(line)?.[1];
      if (account) counts.set(account, (counts.get(account) ?? 0) + 1);
    });
  }
  async function end(signal: NodeJS.Signals) {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  }
  const client = (account: string, region = homeRegion) => ({
    ...{ endpoint, region, credentials: { accessKeyId: account, secretAccessKey: 'any' } },
  });
  const cloud: Cloud = {
    state,
    get endpoint() {
      return endpoint;
    },
    client,
    async parentImageId(account) {
      const { Parameter } = await new SSMClient(client(account)).send(new GetParameterCommand({ Name: parentImage }));
      return Parameter!.Value!;
    },
    calls: (account) => counts.get(account) ?? 0,
    start,
    kill: () => end('SIGKILL'),
    async close() {
      open.delete(cloud);
      await end('SIGTERM');
      rmSync(state, { recursive: true, force: true });
    },
  };
  open.add(cloud);
  await start();
  return cloud;
}

function parameters(state: string, { instance, image, copies }: Pending): string[] {
  const delays = {
    ...{ instanceRunning: instance * 1000, imageAvailable: image * 1000, copyAvailable: copies * 1000 },
    ...{ agentOnline: 0, instanceStopped: 0, instanceTerminated: 0 },
  };
  const given = Object.entries(delays).flatMap(([name, value]) => ['--delay', `${name}=${value}`]);
  return ['--state-dir', state, '--port', '0', '--network', 'none', '--verbose', ...given];
}

/** Packaging takes seconds and is not what is measured. */
function sharePackages(state: string): void {
  const packages = join(repository, 'node_modules/.cache/image-builder/package');
  mkdirSync(packages, { recursive: true });
  symlinkSync(packages, join(state, 'package'));
}

function listening(child: ChildProcess, each: (line: string) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    createInterface({ input: child.stderr! }).on('line', (line) => {
      each(line);
      if (said.length < 20) said.push(line);
      const endpoint = /listens on (\S+)/.exec(line)?.[1];
      if (endpoint) resolve(endpoint);
    });
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      reject(new Error(`The local cloud ended with ${signal ?? code}:\n${said.join('\n')}`)),
    );
  });
}

// A stack whose records a test gives, and the real command line that is run against it.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImageRecord } from '../../shared/model/image-record.ts';
import { type AwsServer, awsServer, json } from './aws-server.ts';
import { at, image } from './image.ts';

export type ServedStack = {
  cloud: AwsServer;
  state: string;
  /** Each look at a record shows the next of these, the last one for ever. */
  records: ImageRecord[];
  close(): Promise<void>;
};

export async function servedStack(): Promise<ServedStack> {
  const cloud = await awsServer();
  const state = mkdtempSync(join(tmpdir(), 'a stack-'));
  const { endpoint } = cloud;
  writeFileSync(join(state, 'endpoint.json'), JSON.stringify({ endpoint, pid: process.pid, startedAt: at(0) }));
  const stack: ServedStack = {
    cloud,
    state,
    records: [image()],
    async close() {
      rmSync(state, { recursive: true });
      await cloud.close();
    },
  };
  cloud.answers.GetItem = () =>
    json({ Item: attribute(stack.records.length > 1 ? stack.records.shift() : stack.records[0]).M });
  cloud.answers.Query = () => json({ Items: stack.records.map((record) => attribute(record).M) });
  return stack;
}

type Attribute = { M?: object; L?: object[]; N?: string; S?: string; BOOL?: boolean };

/** A value as DynamoDB writes it. */
export function attribute(value: unknown): Attribute {
  if (Array.isArray(value)) return { L: value.map(attribute) };
  if (typeof value === 'object' && value !== null)
    return { M: Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, attribute(inner)])) };
  if (typeof value === 'boolean') return { BOOL: value };
  return typeof value === 'number' ? { N: String(value) } : { S: String(value) };
}

/** Runs the command line with `--local` on the served stack. */
export function command({ state }: ServedStack, words: string[]) {
  return new Promise<{ code: number | null; out: string; errors: string }>((resolve) => {
    const child = spawn('./image-builder', [...words, '--local', '--state-dir', state], {
      env: { PATH: process.env.PATH },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const answer = { out: '', errors: '' };
    child.stdout.on('data', (data) => {
      answer.out += data;
    });
    child.stderr.on('data', (data) => {
      answer.errors += data;
    });
    child.on('close', (code) => resolve({ ...answer, code }));
  });
}

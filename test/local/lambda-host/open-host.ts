// A host over a temporary directory, with a log and dead letters that a test can read.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, realClock } from '../../../local/clock.ts';
import type { FunctionDefinition } from '../../../local/lambda-host/function.ts';
import { type HostSettings, lambdaHost } from '../../../local/lambda-host/host.ts';
import { writeZip } from './zip-file.ts';

export function openHost(settings: Partial<HostSettings> & { clock?: Clock } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'lambda-host-'));
  const lines: { group: string; stream: string; line: string }[] = [];
  const deadLetters: { target: string; body: string; attributes: Record<string, string> }[] = [];
  const host = lambdaHost(
    {
      clock: settings.clock ?? realClock,
      stateDirectory: directory,
      accountId: '000000000000',
      region: 'eu-west-1',
      logs: {
        append: (_scope, group, stream, appended) => {
          for (const line of appended) lines.push({ group, stream, line });
        },
      },
    },
    {
      endpoint: () => 'http://127.0.0.1:4999',
      credentials: (roleArn) => ({ accessKeyId: `key-of-${roleArn.split('/').at(-1)}`, secretAccessKey: 'secret' }),
      deadLetter: (target, body, attributes) => {
        deadLetters.push({ target, body, attributes });
      },
      ...settings,
    },
  );
  /** Registers a function whose module is `functions/it.mjs`. */
  const add = (name: string, source: string, more: Partial<FunctionDefinition> = {}) =>
    host.register({
      name,
      zip: writeZip(join(directory, `${name}.zip`), { 'functions/it.mjs': source }),
      handler: 'functions/it.handler',
      environment: {},
      timeout: 5,
      memorySize: 256,
      roleArn: `arn:aws:iam::000000000000:role/${name}-role`,
      version: '1',
      ...more,
    });
  const invoke = async (function_: string, event: unknown = {}) => {
    const { payload, ...rest } = await host.invoke(function_, JSON.stringify(event));
    return { ...rest, payload: JSON.parse(payload) };
  };
  const close = async () => {
    await host.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  return { host, add, invoke, lines, deadLetters, directory, close };
}

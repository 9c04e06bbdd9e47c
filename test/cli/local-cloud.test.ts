import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isAlive, runningCloud } from '../../cli/local-cloud/endpoint-file.ts';
import { leaseCloud } from '../../cli/local-cloud/lease.ts';
import { makeStateDirectory, removeStateDirectory } from '../../cli/local-cloud/state-directory.ts';

let directory: string;
let state: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'local-cloud-'));
  state = join(directory, 'state');
});
afterEach(() => rmSync(directory, { recursive: true }));

const never = new AbortController().signal;

/** A stand-in for the local cloud: writes its pid, then runs `body`; ends when the channel closes. */
function program(body: string): string {
  const path = join(directory, 'cloud.mjs');
  writeFileSync(
    path,
    `import { writeFileSync } from 'node:fs';
process.on('disconnect', () => { writeFileSync('${directory}/ended', 'orderly'); process.exit(0); });
writeFileSync('${directory}/pid', String(process.pid));
${body}
`,
  );
  return path;
}

function lease(body: string, signal = never) {
  const said: string[] = [];
  const promise = leaseCloud(state, { progress: (text) => said.push(text), signal, program: program(body) });
  return { promise, said };
}

describe('a local cloud of our own', () => {
  test('tells what it does, is there, and ends with the lease', async () => {
    const { promise, said } = lease(
      "process.send({ type: 'progress', text: 'packaging the stack…' }); process.send({ type: 'ready', endpoint: 'http://127.0.0.1:1' });",
    );
    const { endpoint, release } = await promise;
    expect([endpoint, said]).toEqual(['http://127.0.0.1:1', ['packaging the stack…']]);
    const pid = Number(readFileSync(`${directory}/pid`, 'utf8'));
    expect(isAlive(pid)).toBe(true);
    await release();
    expect(readFileSync(`${directory}/ended`, 'utf8')).toBe('orderly');
    expect(isAlive(pid)).toBe(false);
  });

  test('that cannot start says why', async () => {
    const { promise } = lease("process.send({ type: 'failed', message: 'namespaces need Linux' });");
    await expect(promise).rejects.toThrow('The local cloud did not start: namespaces need Linux');
    expect(existsSync(`${directory}/ended`)).toBe(true);
  });

  test('that dies before it is ready shows its last lines', async () => {
    const { promise } = lease("console.error('a cause\\x1b[2J'); process.exit(3);");
    await expect(promise).rejects.toThrow(
      `The local cloud ended by itself (3). Its last lines:\n  a cause\\x1b[2J\nIts whole output is in ${state}/cloud.log.`,
    );
  });

  test('that dies later is reported to whoever waits', async () => {
    const { promise } = lease("process.send({ type: 'ready', endpoint: 'x' }); setTimeout(() => process.exit(4), 20);");
    const { lost, release } = await promise;
    await expect(lost).rejects.toThrow('The local cloud ended by itself (4).');
    await release();
  });

  test('is given up when the command is interrupted', async () => {
    const stop = new AbortController();
    const { promise } = lease('setInterval(() => undefined, 1000);', stop.signal);
    setTimeout(() => stop.abort(new Error('interrupted')), 150);
    await expect(promise).rejects.toThrow('interrupted');
    expect(isAlive(Number(readFileSync(`${directory}/pid`, 'utf8')))).toBe(false);
  });
});

describe('a local cloud that runs', () => {
  test('is used, and left alone', async () => {
    const server = createServer((_, response) => response.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    mkdirSync(state);
    writeFileSync(
      join(state, 'endpoint.json'),
      JSON.stringify({ endpoint, pid: process.pid, startedAt: '2026-11-23T10:00:00Z' }),
    );
    expect(await runningCloud(state)).toEqual({ endpoint, pid: process.pid, startedAt: '2026-11-23T10:00:00Z' });
    const leased = await leaseCloud(state, { progress: () => undefined, signal: never, program: '/nowhere' });
    expect(leased.endpoint).toBe(endpoint);
    await leased.release();
    expect(server.listening).toBe(true);
    await new Promise((resolve) => server.close(resolve));
    expect(await runningCloud(state)).toBeUndefined();
  });

  test.each(['', '{', '{"endpoint":1,"pid":1}', '{"endpoint":"http://127.0.0.1:9","pid":-1}'])(
    'is not found in %j',
    async (text) => {
      mkdirSync(state);
      writeFileSync(join(state, 'endpoint.json'), text);
      expect(await runningCloud(state)).toBeUndefined();
    },
  );
});

describe('the state directory', () => {
  test('that we made is removed', () => {
    makeStateDirectory(state);
    writeFileSync(join(state, 'more'), '');
    makeStateDirectory(state);
    expect(removeStateDirectory(state)).toBe(true);
    expect(existsSync(state)).toBe(false);
    expect(removeStateDirectory(state)).toBe(false);
  });

  test('that was there before is not', () => {
    mkdirSync(state);
    writeFileSync(join(state, 'thesis.doc'), '');
    makeStateDirectory(state);
    expect(() => removeStateDirectory(state)).toThrow('was not made by image-builder');
    expect(existsSync(join(state, 'thesis.doc'))).toBe(true);
  });
});

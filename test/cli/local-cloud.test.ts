import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runningCloud } from '../../cli/local-cloud/endpoint-file.ts';
import { leaseCloud } from '../../cli/local-cloud/lease.ts';
import { isAlive, lockHolder } from '../../cli/local-cloud/lock-holder.ts';
import { makeStateDirectory, removeStateDirectory } from '../../cli/local-cloud/state-directory.ts';
import { lockStateDirectory } from '../../local/state/lock.ts';

let directory: string;
let state: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'local-cloud-'));
  state = join(directory, 'state');
});
afterEach(() => rmSync(directory, { recursive: true }));

const never = new AbortController().signal;

/** A stand-in for the local cloud, with its own way of being used by several commands; `body` may end it or be told to be ready. */
function program(body: string): string {
  const path = join(directory, 'cloud.mjs');
  const local = (file: string) => new URL(`../../local/${file}`, import.meta.url).href;
  writeFileSync(
    path,
    `import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { leases } from '${local('door/leases.ts')}';
import { writeEndpoint } from '${local('state/endpoint-file.ts')}';
import { lockStateDirectory } from '${local('state/lock.ts')}';
let endpoint, unlock;
const end = () => { writeFileSync('${directory}/ended', 'orderly'); unlock?.(); process.exit(0); };
const users = leases({ unused: end, stay: () => writeEndpoint('${state}', { endpoint, startedAt: 0, stays: true }) });
const server = createServer((_, response) => response.end()).on('upgrade', users.take);
process.on('disconnect', () => (endpoint ? users.starterGone() : end()));
process.on('SIGTERM', end);
writeFileSync('${directory}/pid', String(process.pid));
try { unlock = lockStateDirectory('${state}'); } catch (error) { process.send({ type: 'failed', message: error.message, taken: true }); }
const ready = () => server.listen(0, '127.0.0.1', () => {
  endpoint = 'http://127.0.0.1:' + server.address().port;
  writeEndpoint('${state}', { endpoint, startedAt: 0, stays: false });
  process.send({ type: 'ready', endpoint });
});
if (unlock) { ${body} }
`,
  );
  return path;
}

function lease(body: string, { signal = never, ...options }: { signal?: AbortSignal; stay?: boolean } = {}) {
  const said: string[] = [];
  const promise = leaseCloud(state, {
    progress: (text) => said.push(text),
    signal,
    program: program(body),
    ...options,
  });
  return { promise, said };
}

const cloudProcess = () => Number(readFileSync(`${directory}/pid`, 'utf8'));
const until = async (condition: () => boolean) => {
  for (const end = Date.now() + 10_000; !condition(); await sleep(20))
    if (Date.now() > end) throw new Error(`it did not come true: ${condition}`);
};

describe('a local cloud of our own', () => {
  test('tells what it does, is there, and ends with the lease', async () => {
    const { promise, said } = lease("process.send({ type: 'progress', text: 'packaging the stack…' }); ready();");
    const { endpoint, release } = await promise;
    expect([endpoint, said]).toEqual([(await runningCloud(state))?.endpoint, ['packaging the stack…']]);
    expect(isAlive(cloudProcess())).toBe(true);
    await release();
    expect(readFileSync(`${directory}/ended`, 'utf8')).toBe('orderly');
    expect(isAlive(cloudProcess())).toBe(false);
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
    const { promise } = lease('ready(); setTimeout(() => process.exit(4), 500);');
    const { lost, release } = await promise;
    await expect(lost).rejects.toThrow('The local cloud ended by itself (4).');
    await release();
  });

  test('is given up when the command is interrupted', async () => {
    const stop = new AbortController();
    const { promise } = lease('setInterval(() => undefined, 1000);', { signal: stop.signal });
    setTimeout(() => stop.abort(new Error('interrupted')), 500);
    await expect(promise).rejects.toThrow('interrupted');
    expect(isAlive(cloudProcess())).toBe(false);
  });

  test('that is asked to stay stays, until it is stopped', async () => {
    const { promise } = lease('ready();', { stay: true });
    await (await promise).release();
    expect(await runningCloud(state)).toMatchObject({ pid: cloudProcess(), stays: true });
    process.kill(cloudProcess(), 'SIGTERM');
    await until(() => !isAlive(cloudProcess()));
  });
});

describe('a local cloud of another command', () => {
  test('stays until the last one that uses it has gone', async () => {
    const first = lease('ready();');
    const one = await first.promise;
    const two = await lease('throw new Error()').promise;
    expect(two.endpoint).toBe(one.endpoint);
    expect(await runningCloud(state)).toMatchObject({ stays: false });
    await one.release();
    expect(first.said).toEqual(['The local cloud goes on, because another command uses it or asked it to stay.']);
    expect(await runningCloud(state)).toMatchObject({ endpoint: one.endpoint });
    await two.release();
    expect(isAlive(cloudProcess())).toBe(false);
    expect(existsSync(`${directory}/ended`)).toBe(true);
  });

  test('can be made to stay', async () => {
    const one = await lease('ready();').promise;
    await (await lease('throw new Error()', { stay: true }).promise).release();
    await one.release();
    expect(await runningCloud(state)).toMatchObject({ pid: cloudProcess(), stays: true });
    process.kill(cloudProcess(), 'SIGTERM');
    await until(() => !isAlive(cloudProcess()));
  });

  test('that is starting is waited for, and used', async () => {
    const first = lease('setTimeout(ready, 1000);');
    await until(() => lockHolder(state) !== undefined);
    const second = lease('throw new Error()');
    const [one, two] = await Promise.all([first.promise, second.promise]);
    expect(second.said).toEqual([
      `Waiting for the local cloud of another command (process ${cloudProcess()}), which starts or ends`,
      `Using the local cloud that is ready now, at ${one.endpoint}`,
    ]);
    await Promise.all([one.release(), two.release()]);
    expect(isAlive(cloudProcess())).toBe(false);
  });

  test('of several that are started at a time one starts, and all use it', async () => {
    const commands = await Promise.all([1, 2, 3].map(() => lease('setTimeout(ready, 300);').promise));
    expect(new Set(commands.map(({ endpoint }) => endpoint)).size).toBe(1);
    const { pid } = (await runningCloud(state))!;
    await Promise.all(commands.map(({ release }) => release()));
    await until(() => !isAlive(pid));
  });

  test('that is ending is waited for, then one of our own is started', async () => {
    const ending = spawnHolder('setTimeout(() => process.exit(), 1500)');
    await until(() => lockHolder(state) === ending.pid);
    const { promise, said } = lease('ready();');
    const { release } = await promise;
    expect(said).toEqual([
      `Waiting for the local cloud of another command (process ${ending.pid}), which starts or ends`,
    ]);
    await release();
  });

  test('is not waited for any longer than is sensible, nor when interrupted', async () => {
    const holder = spawnHolder('setInterval(() => undefined, 1000)');
    await until(() => lockHolder(state) === holder.pid);
    const options = { progress: () => undefined, program: '/nowhere' };
    await expect(leaseCloud(state, { ...options, signal: never, longestWait: 300 })).rejects.toThrow(
      `The local cloud of another command (process ${holder.pid}) has neither become ready nor ended within`,
    );
    const interrupted = AbortSignal.timeout(300);
    await expect(leaseCloud(state, { ...options, signal: interrupted })).rejects.toThrow('due to timeout');
    holder.kill();
    await until(() => lockHolder(state) === undefined);
  });

  test('that ends too early is reported to whoever uses it', async () => {
    const one = await lease('ready();').promise;
    const two = await lease('throw new Error()').promise;
    const pid = cloudProcess();
    process.kill(pid, 'SIGKILL');
    await expect(two.lost).rejects.toThrow(`The local cloud (process ${pid}) has ended while it was being used.`);
    await expect(one.lost).rejects.toThrow('The local cloud ended by itself (SIGKILL).');
    await Promise.all([one.release(), two.release()]);
  });

  test('does not outlive commands that are killed', async () => {
    const cloud = program('ready();');
    const script = join(directory, 'command.mjs');
    const module = new URL('../../cli/local-cloud/lease.ts', import.meta.url).href;
    writeFileSync(
      script,
      `import { leaseCloud } from '${module}';
await leaseCloud('${state}', { progress() {}, signal: new AbortController().signal, program: '${cloud}' });
console.log('leased');
setInterval(() => undefined, 1000);`,
    );
    const command = async () => {
      const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(child.stdout, 'data');
      return child;
    };
    const first = await command();
    const second = await command();
    const pid = cloudProcess();
    first.kill('SIGKILL');
    await once(first, 'exit');
    await sleep(200);
    expect(isAlive(pid)).toBe(true);
    second.kill('SIGKILL');
    await until(() => !isAlive(pid));
    expect(existsSync(`${directory}/ended`)).toBe(true);
  });

  /** A process that has the state directory, and nothing more. */
  function spawnHolder(body: string) {
    const lock = new URL('../../local/state/lock.ts', import.meta.url).href;
    const source = `import { lockStateDirectory } from '${lock}'; lockStateDirectory('${state}'); ${body};`;
    return spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: 'ignore' });
  }
});

describe('what the state directory says of a cloud', () => {
  test.each(['', '{', '{"endpoint":1,"pid":1}', '{"endpoint":"http://127.0.0.1:9","pid":-1}'])(
    'is not believed: endpoint.json %j',
    async (text) => {
      mkdirSync(state);
      writeFileSync(join(state, 'endpoint.json'), text);
      expect(await runningCloud(state)).toBeUndefined();
    },
  );

  test('is not believed: a cloud that does not answer', async () => {
    mkdirSync(state);
    const endpoint = 'http://127.0.0.1:9';
    writeFileSync(join(state, 'endpoint.json'), JSON.stringify({ endpoint, pid: process.pid, startedAt: '' }));
    expect(await runningCloud(state)).toBeUndefined();
    const own = await lease('ready();').promise;
    expect(own.endpoint).not.toBe(endpoint);
    await own.release();
  });

  test('is not believed: a lock whose process id another process has now', () => {
    mkdirSync(state);
    expect(lockHolder(state)).toBeUndefined();
    writeFileSync(join(state, 'lock'), JSON.stringify({ pid: process.pid, processStarted: 'another time' }));
    expect(lockHolder(state)).toBeUndefined();
    writeFileSync(join(state, 'lock'), '{');
    expect(lockHolder(state)).toBeUndefined();
    rmSync(join(state, 'lock'));
    const unlock = lockStateDirectory(state);
    expect(lockHolder(state)).toBe(process.pid);
    unlock();
  });
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

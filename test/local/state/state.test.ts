import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readJson, writeJson } from '../../../local/state/json-file.ts';
import { lockStateDirectory, processStarted } from '../../../local/state/lock.ts';
import { temporaryDirectory } from '../door/open-door.ts';

const directory = temporaryDirectory();
afterAll(() => directory.remove());

test('a state directory is one cloud’s, until it lets go', () => {
  const path = join(directory.path, 'one');
  const unlock = lockStateDirectory(path);
  expect(() => lockStateDirectory(path)).toThrow(
    `A local cloud (process ${process.pid}) already uses ${path}: stop it with 'image-builder local stop', or choose another --state-dir`,
  );
  unlock();
  expect(readdirSync(path)).toEqual([]);
  lockStateDirectory(path)();
});

test('the lock of a process that was killed, or whose id another process has now, is taken over', async () => {
  const path = join(directory.path, 'two');
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  const started = processStarted(Number(child.pid));
  expect(started).toBeTruthy();
  child.kill('SIGKILL');
  await once(child, 'exit');
  for (const holder of [
    { pid: child.pid, processStarted: started },
    { pid: process.pid, processStarted: 'another time' },
  ]) {
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'lock'), JSON.stringify(holder));
    const unlock = lockStateDirectory(path);
    expect(JSON.parse(readFileSync(join(path, 'lock'), 'utf8'))).toMatchObject({ pid: process.pid });
    unlock();
    expect(readdirSync(path)).toEqual([]);
  }
});

test('a file is read back as written; without one there is the fallback; a damaged one says what to do', () => {
  const file = join(directory.path, 'deep', 'value.json');
  expect(readJson(file, { none: true })).toEqual({ none: true });
  writeJson(file, { a: ['ä'] });
  expect(readJson(file, {})).toEqual({ a: ['ä'] });
  expect(readdirSync(join(directory.path, 'deep'))).toEqual(['value.json']);
  writeFileSync(file, readFileSync(file, 'utf8').slice(0, 5));
  expect(() => readJson(file, {})).toThrow(
    `${file} is damaged: remove it, or reset the local cloud with 'image-builder local reset'`,
  );
});

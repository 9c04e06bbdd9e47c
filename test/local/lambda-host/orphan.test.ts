import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeZip } from './zip-file.ts';

test('the processes of functions end when the host is killed', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'orphan-'));
  const zip = writeZip(join(directory, 'it.zip'), { 'it.mjs': 'export const handler = async () => process.pid;' });
  const script = join(directory, 'host.ts');
  writeFileSync(
    script,
    `import { lambdaHost } from ${JSON.stringify(new URL('../../../local/lambda-host/host.ts', import.meta.url).href)};
import { realClock } from ${JSON.stringify(new URL('../../../local/clock.ts', import.meta.url).href)};
const host = lambdaHost({ clock: realClock, logs: { append() {} }, stateDirectory: ${JSON.stringify(directory)}, accountId: '000000000000', region: 'us-east-1' },
  { endpoint: () => 'http://127.0.0.1:1', credentials: () => ({ accessKeyId: 'a', secretAccessKey: 'b' }), deadLetter() {} });
await host.register({ name: 'it', zip: ${JSON.stringify(zip)}, handler: 'it.handler', environment: {}, timeout: 5, memorySize: 128, roleArn: 'r' });
console.log((await host.invoke('it', '{}')).payload);
setInterval(() => {}, 1000);
`,
  );
  const host = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pid = await new Promise<number>((resolve) => host.stdout.once('data', (line) => resolve(Number(line))));
  expect(pid).toBeGreaterThan(1);
  host.kill('SIGKILL');
  const gone = () => {
    try {
      process.kill(pid, 0);
      return false;
    } catch {
      return true;
    }
  };
  for (let tries = 0; tries < 300 && !gone(); tries += 1) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(gone()).toBe(true);
  rmSync(directory, { recursive: true, force: true });
});

// The first import of a bundle, in a process of its own and without the cache of compiled code, as in a new sandbox.
import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { functionEnvironment } from '../../test/phase/function-environment.ts';

const program = (file: string) => `
  const [begun, before] = [performance.now(), process.cpuUsage()];
  await import(${JSON.stringify(pathToFileURL(file).href)});
  const { user, system } = process.cpuUsage(before);
  const told = { wall: performance.now() - begun, processor: (user + system) / 1000 };
  process.stdout.write(JSON.stringify(told), () => process.exit());
`;

/** Milliseconds: what passed, and what the processor worked of it (on all its cores), which a loaded machine disturbs less. */
export type FirstImport = { wall: number; processor: number };

export function firstImport(file: string): FirstImport {
  const { PATH = '' } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program(file)], {
    env: { PATH, ...functionEnvironment },
    encoding: 'utf8',
  });
  if (status === 0) return JSON.parse(stdout) as FirstImport;
  throw new Error(`The import of ${file} ended with ${status}: ${stderr}`);
}

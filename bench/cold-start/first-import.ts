// The first import of a bundle, in a process of its own and without the cache of compiled code, as in a new sandbox.
import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { functionEnvironment } from '../../test/phase/function-environment.ts';

const program = (file: string) => `
  const begun = performance.now();
  await import(${JSON.stringify(pathToFileURL(file).href)});
  process.stdout.write(String(performance.now() - begun), () => process.exit());
`;

/** Milliseconds. */
export function firstImport(file: string): number {
  const { PATH = '' } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program(file)], {
    env: { PATH, ...functionEnvironment },
    encoding: 'utf8',
  });
  const milliseconds = Number(stdout);
  if (status === 0 && milliseconds > 0) return milliseconds;
  throw new Error(`The import of ${file} ended with ${status}: ${stderr}`);
}

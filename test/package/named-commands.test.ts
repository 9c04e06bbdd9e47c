// Bundles hold of a client the commands that our sources name: any other is an error of bundling, not of a build.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { repository } from '../source-files.ts';

let directory: string;
let plugins: Plugin[];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'named-commands-'));
  ({ default: plugins } = await import('../../functions/bundle-plugins.cjs' as string));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const inputsOf = async (name: string, client: string) => {
  const entry = join(directory, `${name}.ts`);
  writeFileSync(entry, `import { ${name} } from '@aws-sdk/client-${client}';\nconsole.log(${name});`);
  const built = await build({
    ...{ entryPoints: [entry], plugins, nodePaths: [join(repository, 'node_modules')], mainFields: ['module', 'main'] },
    ...{ bundle: true, platform: 'node', format: 'esm', write: false, metafile: true, logLevel: 'silent' },
  });
  return Object.keys(built.metafile!.inputs).filter((file) => /client-\w+.dist-es.commands.\w+Command\.js$/.test(file));
};

test.each([
  // Of hundreds; paginators bring theirs.
  ['RunInstancesCommand', 'ec2', 60],
  ['paginateDescribeImages', 'ec2', 60],
  ['SendCommandCommand', 'ssm', 30],
  ['AssumeRoleCommand', 'sts', 5],
])('%s', async (name, client, most) => {
  const inputs = await inputsOf(name, client);
  expect(inputs.length).toBeGreaterThan(0);
  expect(inputs.length).toBeLessThan(most);
});

test.each([
  // The last two stand for all commands.
  ['AcceptAddressTransferCommand', 'ec2'],
  ['paginateDescribeAddressTransfers', 'ec2'],
  ['waitUntilInstanceRunning', 'ec2'],
  ['EC2', 'ec2'],
])('%s is named by no source', async (name, client) => {
  await expect(inputsOf(name, client)).rejects.toThrow(`for import "${name}"`);
});

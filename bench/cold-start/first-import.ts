// The first import of a bundle, in a process of its own and without the cache of compiled code, as in a new sandbox.
import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';

/** What serverless.yml gives every function, and Lambda beside it. */
const variables = {
  ...{
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'token',
  },
  ...{ TABLE_NAME: 'table', STACK_ID: 'stack', STACK_NAME: 'stack', ACCOUNT_ID: '123456789012', PARTITION: 'aws' },
  ...{ EVENT_BUS_NAME: 'bus', INSTANCE_PROFILE_NAME: 'profile', LOG_RETENTION_DAYS: '30' },
  ...{ SNAPSHOT_COPIES: '20', AMI_COPIES: '300', COPY_HOURS: '72' },
};

const program = (file: string) => `
  const begun = performance.now();
  await import(${JSON.stringify(pathToFileURL(file).href)});
  process.stdout.write(String(performance.now() - begun), () => process.exit());
`;

/** Milliseconds. */
export function firstImport(file: string): number {
  const { PATH = '' } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program(file)], {
    env: { PATH, ...variables },
    encoding: 'utf8',
  });
  const milliseconds = Number(stdout);
  if (status === 0 && milliseconds > 0) return milliseconds;
  throw new Error(`The import of ${file} ended with ${status}: ${stderr}`);
}

// The aws CLI as an independent client of the local cloud, where it is installed.
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Why checks with the aws CLI cannot run here; undefined when they can. */
export const awsCliMissing: string | undefined =
  spawnSync('aws', ['--version'], { stdio: 'ignore' }).status === 0
    ? undefined
    : 'the aws CLI is not installed: its checks against the local cloud are left out';

/** Runs `aws <arguments>` against an endpoint and parses what it prints; rejects with the CLI's error text.
 * By option, not AWS_ENDPOINT_URL, which version 1 of the CLI does not heed for SQS (seen with 1.45.11). */
export async function aws(endpoint: string, ...parameters: string[]): Promise<Record<string, unknown>> {
  const { stdout } = await run('aws', [...parameters, '--endpoint-url', endpoint, '--output', 'json'], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'any',
      AWS_DEFAULT_REGION: 'eu-central-1',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_MAX_ATTEMPTS: '1',
      AWS_PAGER: '',
    },
  });
  return stdout.trim() === '' ? {} : JSON.parse(stdout);
}

// Steps that talk to AWS, by the real aws CLI where it is installed: to an S3, and to the Parameter Store of the local cloud, which curl asks too.

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { startFauxqs } from 'fauxqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { awsCliMissing } from '../local/door/aws-cli.ts';
import { type OpenCloud, openCloud } from '../local/ec2/open-cloud.ts';
import { newFolder, runScript, scriptOf } from './actions/module-run.ts';
import { bash, buildDocument, compileIn, newPlace, run } from './bash-run.ts';

if (awsCliMissing) console.warn(awsCliMissing);

// The CLI itself, as what a version manager puts into PATH needs a home.
const cli = awsCliMissing
  ? ''
  : spawnSync('sh', ['-c', 'pyenv which aws 2>/dev/null || command -v aws'], { encoding: 'utf8' }).stdout.trim();
const withCli = `${dirname(cli)}:/usr/bin:/bin`;
const withCurl = '/usr/bin:/bin';
const credentials = {
  AWS_ACCESS_KEY_ID: '000000000000',
  AWS_SECRET_ACCESS_KEY: 'any',
  AWS_DEFAULT_REGION: 'eu-central-1',
  AWS_REGION: 'eu-central-1',
  AWS_EC2_METADATA_DISABLED: 'true',
};

describe.skipIf(awsCliMissing)('S3 with the aws CLI', () => {
  test('files of any name go up and come down again; what is not there is told in its own words', async () => {
    const server = await startFauxqs({ port: 0, logger: false });
    try {
      server.createBucket('bucket');
      const folder = newFolder();
      const environment = { ...credentials, PATH: withCli, AWS_ENDPOINT_URL: `http://127.0.0.1:${server.port}` };
      const names = ['-dash é+ü', 'sub/a b'];
      for (const name of names) {
        mkdirSync(dirname(join(folder, 'in', name)), { recursive: true });
        writeFileSync(join(folder, 'in', name), `content of ${name}\n`);
      }
      const go = (action: string, inputs: object[]) => runScript(folder, scriptOf(action, inputs), environment);
      const up = await go('S3Upload', [{ source: 'in/*', destination: 's3://bucket/p', recurse: true }]);
      expect([up.code, up.stderr]).toEqual([0, '']);
      const down = await go('S3Download', [{ source: 's3://bucket/p/*', destination: 'out' }]);
      expect([down.code, down.stderr]).toEqual([0, '']);
      for (const name of names) expect(readFileSync(join(folder, 'out', name), 'utf8')).toBe(`content of ${name}\n`);
      const missing = await go('S3Download', [{ source: 's3://bucket/none', destination: 'none' }]);
      expect(missing.code).toBe(1);
      expect(missing.stderr).toMatch(
        /^S3Download: cannot download s3:\/\/bucket\/none to \S+\/none: An error occurred \(NoSuchKey\)/,
      );
    } finally {
      await server.stop();
    }
  }, 120_000);
});

describe('secrets of the local Parameter Store', () => {
  let cloud: OpenCloud;
  const password = `p'4"$(x)\\ é😀{{ y }}`;
  beforeAll(async () => {
    cloud = await openCloud();
    const put = (Name: string, Type: 'String' | 'SecureString', Value: string) =>
      cloud.ssm({ account: '000000000000' }).send(new PutParameterCommand({ Name, Type, Value }));
    await put('/db/password', 'SecureString', password);
    await put('/which', 'String', '/db/password');
  });
  afterAll(() => cloud.close());

  const programs = [['curl', withCurl], ...(awsCliMissing ? [] : [['the aws CLI', withCli]])] as [string, string][];
  test.each(programs)(
    'by %s: they arrive as data, and the log does not show them',
    async (_, PATH) => {
      const place = newPlace();
      const document = buildDocument(
        {
          name: 'Write',
          action: 'CreateFile',
          inputs: [{ path: join(place.directory, 'secret'), content: '{{ aws:ssm:/db/password }}' }],
        },
        bash('Print', ["cat <<'END'", '{{ aws:ssm:/db/password }}', 'END']),
        bash('Missing', ["echo '{{ aws:ssm:/none }}'"]),
      );
      const environment = { ...credentials, PATH, AWS_ENDPOINT_URL: cloud.endpoint };
      const { code, stdout, stderr, result } = await run(place, compileIn(place, document), environment);
      expect(code).toBe(1);
      expect(readFileSync(join(place.directory, 'secret'), 'utf8')).toBe(password);
      expect(stdout).toContain('\n***\n');
      expect(stdout + stderr).not.toContain(password);
      expect(result?.failureMessage).toMatch(
        /^example: step build\/Missing \(ExecuteBash\) failed: (?=.*\/none).*ParameterNotFound/,
      );
      place.remove();
    },
    60_000,
  );
});

// S3Download and S3Upload with curl, against an S3 that checks every signature.
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bucketOwner, type LocalS3, startLocalS3 } from './local-s3.ts';
import { newFolder, readInputs, runScript, scriptOf } from './module-run.ts';
import { nastyNames } from './nasty-names.ts';

const tools = [
  'cat',
  'chmod',
  'chown',
  'curl',
  'date',
  'head',
  'mkdir',
  'mktemp',
  'mv',
  'od',
  'readlink',
  'rm',
  'sha256sum',
  'stat',
  'tr',
];

/** Runs with curl and coreutils only, whatever else this machine has. */
async function runS3(
  s3: LocalS3 | undefined,
  folder: string,
  action: string,
  inputs: object[],
  more: Record<string, string> = {},
) {
  const bin = newFolder();
  for (const name of tools) symlinkSync(`/usr/bin/${name}`, join(bin, name));
  writeFileSync(join(bin, 'sleep'), `#!/bin/bash\necho "slept $1" >&2\n`);
  chmodSync(join(bin, 'sleep'), 0o755);
  return runScript(folder, scriptOf(action, inputs), { PATH: bin, ...s3?.environment, ...more });
}

async function newS3(): Promise<LocalS3> {
  const s3 = await startLocalS3();
  s3.objects.createBucket('bucket');
  return s3;
}

const read = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(join(folder, name)).isFile())
      .toSorted()
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );

test('an object is downloaded to a file, with its parents, signed with the credentials of the role', async () => {
  const s3 = await newS3();
  const bytes = Buffer.from([...Array(300_000).keys()].map((number) => (number * 7) % 256));
  await s3.put('bucket', 'path/to/package.zip', bytes);
  const folder = newFolder();
  const { code, stdout, stderr } = await runS3(s3, folder, 'S3Download', [
    { source: 's3://bucket/path/to/package.zip', destination: 'new/deep/p.zip', expectedBucketOwner: bucketOwner },
    { source: 's3://bucket/path/to/package.zip', destination: 'into/' },
  ]);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toBe(
    `downloaded s3://bucket/path/to/package.zip to ${folder}/new/deep/p.zip\ndownloaded s3://bucket/path/to/package.zip to ${folder}/into/package.zip\n`,
  );
  expect(readFileSync(join(folder, 'new/deep/p.zip')).equals(bytes)).toBe(true);
  expect(readFileSync(join(folder, 'into/package.zip')).equals(bytes)).toBe(true);
  expect(statSync(join(folder, 'new/deep/p.zip')).mode & 0o777).toBe(0o644);
  expect(s3.asked.filter((one) => one.includes('/latest/'))).toHaveLength(4);
});

test('keys and names of any characters go up and come down again', async () => {
  const s3 = await newS3();
  const folder = newFolder();
  const names = [...nastyNames, 'a+b=c&d', '100%', 'a%20b', '//deep/x', "!*'()"];
  const keys = names.map((name) => `k/${name.replaceAll('*', 'x')}`);
  for (const [index, name] of names.entries()) {
    mkdirSync(join(folder, 'in', String(index)), { recursive: true });
    writeFileSync(join(folder, 'in', String(index), name.replaceAll('/', '_').replaceAll('*', 'x')), name);
  }
  const up = await runS3(
    s3,
    folder,
    'S3Upload',
    names.map((name, index) => ({
      source: `in/${index}/${name.replaceAll('/', '_').replaceAll('*', 'x')}`,
      destination: `s3://bucket/${keys[index]}`,
    })),
  );
  expect([up.code, up.stderr]).toEqual([0, '']);
  const down = await runS3(
    s3,
    folder,
    'S3Download',
    keys.map((key, index) => ({ source: `s3://bucket/${key}`, destination: `out/${index}` })),
  );
  expect([down.code, down.stderr]).toEqual([0, '']);
  for (const [index, name] of names.entries()) {
    expect(readFileSync(join(folder, 'out', String(index)), 'utf8')).toBe(name);
    expect((await s3.get('bucket', keys[index] ?? ''))?.toString()).toBe(name);
  }
}, 60_000);

test('a prefix is downloaded with the paths below it, folders included', async () => {
  const s3 = await newS3();
  const objects = {
    'p/a': 'A',
    'p/sub/b c&<d>"': 'B',
    'p/sub/é+%41': 'C',
    'p/empty/': '',
    'pq/x': 'not this',
    other: 'nor this',
  };
  for (const [key, content] of Object.entries(objects)) await s3.put('bucket', key, content);
  const folder = newFolder();
  const { code, stderr } = await runS3(s3, folder, 'S3Download', [
    { source: 's3://bucket/p/*', destination: 'out' },
    { source: 's3://bucket/p*', destination: 'both/', expectedBucketOwner: bucketOwner },
  ]);
  expect([code, stderr]).toEqual([0, '']);
  expect(read(join(folder, 'out'))).toEqual({ a: 'A', 'sub/b c&<d>"': 'B', 'sub/é+%41': 'C' });
  expect(statSync(join(folder, 'out/empty')).isDirectory()).toBe(true);
  expect(Object.keys(read(join(folder, 'both')))).toEqual(['p/a', 'p/sub/b c&<d>"', 'p/sub/é+%41', 'pq/x']);
});

test('a prefix of more than 1000 objects is refused before anything is downloaded', async () => {
  const s3 = await newS3();
  await Promise.all([...Array(1001).keys()].map((number) => s3.put('bucket', `p/${number}`, '')));
  const folder = newFolder();
  const { code, stderr } = await runS3(s3, folder, 'S3Download', [{ source: 's3://bucket/p/*', destination: 'out' }]);
  expect([code, stderr]).toEqual([
    1,
    'S3Download: cannot download s3://bucket/p/*: there are more than 1000 objects, which S3Download does not do: use a longer prefix\n',
  ]);
  expect(readdirSync(folder)).toEqual([]);
}, 30_000);

test('files, wildcards and folders are uploaded; sub-folders only with recurse', async () => {
  const s3 = await newS3();
  const folder = newFolder();
  mkdirSync(join(folder, 'in/sub/deep'), { recursive: true });
  for (const name of ['in/a.log', 'in/.b.log', 'in/c.txt', 'in/sub/d', 'in/sub/deep/e f'])
    writeFileSync(join(folder, name), name);
  writeFileSync(join(folder, 'in/empty'), '');
  symlinkSync('.', join(folder, 'in/sub/loop'));
  const { code, stderr } = await runS3(s3, folder, 'S3Upload', [
    { source: 'in/c.txt', destination: 's3://bucket/one/' },
    { source: 'in/c.txt', destination: 's3://bucket/two/name', expectedBucketOwner: bucketOwner },
    { source: 'in/empty', destination: 's3://bucket' },
    { source: `${folder}/in/*`, destination: 's3://bucket/flat' },
    { source: 'in/s*', destination: 's3://bucket/wild/', recurse: 'true' },
    { source: 'in/sub', destination: 's3://bucket/deep/', recurse: true },
  ]);
  expect([code, stderr]).toEqual([0, '']);
  const puts = s3.asked.filter((one) => one.startsWith('PUT /bucket/')).map((one) => one.replace('PUT /bucket/', ''));
  expect(puts).toEqual([
    'one/c.txt',
    'two/name',
    'empty',
    'flat/.b.log',
    'flat/a.log',
    'flat/c.txt',
    'flat/empty',
    'wild/sub/d',
    'wild/sub/deep/e%20f',
    'deep/d',
    'deep/deep/e%20f',
  ]);
  expect((await s3.get('bucket', 'deep/deep/e f'))?.toString()).toBe('in/sub/deep/e f');
  expect((await s3.get('bucket', 'empty'))?.length).toBe(0);
});

test('an overloaded S3 is asked again with pauses; four times at most', async () => {
  const s3 = await newS3();
  await s3.put('bucket', 'a', 'A');
  const folder = newFolder();
  const inputs = [{ source: 's3://bucket/a', destination: 'a' }];
  s3.failures.push(503, 500, 503);
  const { code, stderr } = await runS3(s3, folder, 'S3Download', inputs);
  expect([code, stderr, readFileSync(join(folder, 'a'), 'utf8')]).toEqual([0, 'slept 1\nslept 2\nslept 4\n', 'A']);
  s3.failures.push(503, 503, 503, 503);
  const failed = await runS3(s3, folder, 'S3Download', inputs);
  expect([failed.code, failed.stderr.split('\n').at(-2)]).toEqual([
    1,
    `S3Download: cannot download s3://bucket/a to ${folder}/a: HTTP status 503 SlowDown: Please reduce your request rate.`,
  ]);
  expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('A');
});

test.each([
  {
    action: 'S3Download',
    inputs: { source: 's3://bucket/none', destination: 'b' },
    says: 'cannot download s3://bucket/none to DIR/b: HTTP status 404 NoSuchKey: The specified key does not exist.',
  },
  {
    action: 'S3Download',
    inputs: { source: 's3://nobucket/a', destination: 'b' },
    says: 'cannot download s3://nobucket/a to DIR/b: HTTP status 404 NoSuchBucket: The specified bucket does not exist: nobucket',
  },
  {
    action: 'S3Download',
    inputs: { source: 's3://bucket/a', destination: 'b', expectedBucketOwner: '000000000001' },
    says: 'cannot download s3://bucket/a to DIR/b: HTTP status 403 AccessDenied: Access Denied',
  },
  {
    action: 'S3Download',
    inputs: { source: 's3://bucket/a', destination: 'old', overwrite: false },
    says: 'cannot download s3://bucket/a to DIR/old: it exists already, and "overwrite" is false',
  },
  {
    action: 'S3Download',
    inputs: { source: 's3://bucket/a', destination: 'sub' },
    says: 'cannot download s3://bucket/a to DIR/sub: that is a folder; name the file in "destination"',
  },
  {
    action: 'S3Download',
    inputs: { source: 's3://bucket/none/*', destination: 'sub' },
    says: 'cannot download s3://bucket/none/*: no object has a key that starts with "none/"',
  },
  {
    action: 'S3Download',
    inputs: { source: 's3://bucket/e*', destination: 'sub', expectedBucketOwner: '000000000001' },
    says: 'cannot list s3://bucket/e*: HTTP status 403 AccessDenied: Access Denied',
  },
  {
    action: 'S3Upload',
    inputs: { source: 'none', destination: 's3://bucket/b' },
    says: 'cannot upload DIR/none to s3://bucket/b: there is no such file, or it is none that can be read',
  },
  {
    action: 'S3Upload',
    inputs: { source: 'none*', destination: 's3://bucket/b' },
    says: 'cannot upload DIR/none* to s3://bucket/b: no file matches',
  },
  {
    action: 'S3Upload',
    inputs: { source: 'sub', destination: 's3://bucket/b' },
    says: 'cannot upload DIR/sub to s3://bucket/b: it is a folder; set "recurse" to true',
  },
  {
    action: 'S3Upload',
    inputs: { source: 'old', destination: 's3://bucket/b', expectedBucketOwner: '000000000001' },
    says: 'cannot upload DIR/old to s3://bucket/b: HTTP status 403 AccessDenied: Access Denied',
  },
])('$action of $inputs fails and says why', async ({ action, inputs, says }) => {
  const s3 = await newS3();
  await s3.put('bucket', 'a', 'A');
  const folder = newFolder();
  writeFileSync(join(folder, 'old'), 'old');
  mkdirSync(join(folder, 'sub'));
  const { code, stderr } = await runS3(s3, folder, action, [inputs]);
  expect([code, stderr.replaceAll(folder, 'DIR')]).toEqual([1, `${action}: ${says}\n`]);
  expect(read(folder)).toEqual({ old: 'old' });
});

test('a key that would lead out of the destination is refused', async () => {
  const s3 = await newS3();
  const folder = newFolder();
  const script = scriptOf('S3Download', [{ source: 's3://bucket/p/*', destination: 'out' }]);
  const listing = script.replace(/^s3_download /m, 'list_objects_by_curl() { keys=("p/../../x"); }\n$&');
  const { code, stderr } = await runScript(folder, listing, s3.environment);
  expect([code, stderr]).toEqual([
    1,
    `S3Download: cannot download s3://bucket/p/../../x to ${folder}/out/../../x: the key has a part "." or "..", which would lead elsewhere\n`,
  ]);
});

test('credentials of the environment are used when there are some; wrong ones are told', async () => {
  const s3 = await newS3();
  const folder = newFolder();
  const keys = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 's'.repeat(70), AWS_REGION: 'eu-north-1' };
  const { code, stderr } = await runS3(s3, folder, 'S3Download', [{ source: 's3://bucket/a', destination: 'a' }], keys);
  expect([code, stderr.split(':').slice(0, 4).join(':')]).toEqual([
    1,
    `S3Download: cannot download s3://bucket/a to ${folder}/a: HTTP status 403 SignatureDoesNotMatch`,
  ]);
  expect(s3.asked).toEqual(['GET /bucket/a']);
});

test('a machine without credentials, or without a program to talk to S3, is told so', async () => {
  const folder = newFolder();
  const inputs = [{ source: 's3://bucket/a', destination: 'a' }];
  const nowhere = { AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:1' };
  const lonely = await runS3(undefined, folder, 'S3Download', inputs, nowhere);
  expect([lonely.code, lonely.stderr]).toEqual([
    1,
    expect.stringMatching(
      /^S3Download: cannot download s3:\/\/bucket\/a to .+\/a: the instance's metadata service at http:\/\/127\.0\.0\.1:1 gave no token, so there are no credentials: curl: \(7\) Failed to connect/,
    ),
  ]);
  const bare = await runS3(undefined, folder, 'S3Download', inputs, { PATH: folder });
  expect([bare.code, bare.stderr]).toEqual([
    1,
    'S3Download: S3 needs the AWS CLI or curl, and this machine has neither: install one in an earlier step\n',
  ]);
  expect(readdirSync(folder)).toEqual([]);
});

/** Stands for the AWS CLI: writes its arguments down, and answers as the CLI does. */
const command = `#!/bin/bash
printf '%s\\n' "$*" >>calls
case $* in
  *list-objects-v2*) printf 'false\\turl\\np/a+b\\np/sub/%%C3%%A9\\n' ;;
  *get-object*) printf 'from %s' "$*" >"\${@: -1}" ;;
  *denied*) exec >&2; echo; echo 'An error occurred (AccessDenied) when calling the PutObject operation: Access Denied'; exit 254 ;;
esac
`;

test('where the AWS CLI is present it does the talking', async () => {
  const bin = newFolder();
  writeFileSync(join(bin, 'aws'), command);
  chmodSync(join(bin, 'aws'), 0o755);
  const folder = newFolder();
  const environment = { PATH: `${bin}:/usr/bin:/bin`, AWS_ENDPOINT_URL: 'http://127.0.0.1:1/' };
  const run = (action: string, inputs: object[]) => runScript(folder, scriptOf(action, inputs), environment);
  const down = await run('S3Download', [
    { source: 's3://bucket/-k', destination: '-a', expectedBucketOwner: '012345678901' },
    { source: 's3://bucket/p/*', destination: 'out' },
  ]);
  expect([down.code, down.stderr]).toEqual([0, '']);
  expect(Object.keys(read(folder))).toEqual(['-a', 'calls', 'out/a b', 'out/sub/é']);
  const up = await run('S3Upload', [{ source: '-a', destination: 's3://bucket/denied' }]);
  expect([up.code, up.stderr]).toEqual([
    1,
    `S3Upload: cannot upload ${folder}/-a to s3://bucket/denied: An error occurred (AccessDenied) when calling the PutObject operation: Access Denied\n`,
  ]);
  const calls = readFileSync(join(folder, 'calls'), 'utf8')
    .replaceAll(/\.image-builder\.\w+/g, 'PART')
    .trimEnd();
  const s3api = (operation: string) => `--endpoint-url http://127.0.0.1:1 s3api ${operation} --bucket bucket`;
  expect(calls.split('\n')).toEqual([
    `${s3api('get-object')} --expected-bucket-owner 012345678901 --key=-k ${folder}/PART`,
    `${s3api('list-objects-v2')} --prefix=p/ --encoding-type url --max-keys 1000 --no-paginate --output text --query [[[to_string(IsTruncated), to_string(EncodingType)]], Contents[].[Key]][]`,
    `${s3api('get-object')} --key=p/a b ${folder}/out/PART`,
    `${s3api('get-object')} --key=p/sub/é ${folder}/out/sub/PART`,
    `${s3api('put-object')} --key=denied --body=${folder}/-a`,
  ]);
});

test('the inputs are checked', () => {
  const said = (action: string, inputs: object) => readInputs(action, [inputs]).problems;
  expect(said('S3Download', { source: 'https://bucket/key', destination: 'a', expectedBucketOwner: '12345' })).toEqual([
    'invalid-value: "source" is "https://bucket/key"; it must be s3://bucket/key or s3://bucket/prefix/*.',
    'invalid-value: "expectedBucketOwner" is "12345"; it must be an account id of 12 digits.',
  ]);
  expect(said('S3Download', { source: 's3://bucket/*/a', destination: 'a' })).toHaveLength(1);
  expect(said('S3Download', { source: 's3://bucket/', destination: 'a' })).toHaveLength(1);
  expect(said('S3Upload', { source: 'a', destination: '/b', recursive: true })).toEqual([
    'invalid-value: "destination" is "/b"; it must be s3://bucket/key.',
    'unknown-key: An item of S3Upload has no key "recursive"; did you mean "recurse"?',
  ]);
});

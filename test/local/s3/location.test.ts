import { CreateBucketCommand, GetBucketLocationCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testClock } from '../../../local/clock.ts';
import { s3 } from '../../../local/s3/service.ts';
import { s3Store } from '../../../local/s3/store.ts';
import { type Door, openDoor, temporaryDirectory } from '../door/open-door.ts';

const directory = temporaryDirectory();
let door: Door;
const client = (region: string, account?: string) => new S3Client(door.client({ region, ...(account && { account }) }));
const location = (Bucket: string, region: string, account?: string) =>
  client(region, account).send(new GetBucketLocationCommand({ Bucket }));

beforeAll(async () => {
  door = await openDoor([s3(testClock(), s3Store(directory.path))], directory.path);
  await client('us-east-1').send(new CreateBucketCommand({ Bucket: 'first' }));
  await client('eu-central-1').send(new CreateBucketCommand({ Bucket: 'second' }));
});
afterAll(async () => {
  await door.close();
  directory.remove();
});

test('a bucket tells its region; the first region has no name', async () => {
  expect((await location('first', 'us-east-1')).LocationConstraint).toBeFalsy();
  expect((await location('second', 'eu-central-1')).LocationConstraint).toBe('eu-central-1');
  expect((await location('second', 'us-east-1')).LocationConstraint).toBe('eu-central-1');
});
test('asked in the wrong region, it is told in the error', async () => {
  await expect(location('second', 'eu-west-1')).rejects.toMatchObject({
    name: 'AuthorizationHeaderMalformed',
    message: expect.stringContaining("expecting 'eu-central-1'"),
  });
});
test('buckets of others and of nobody', async () => {
  await expect(location('second', 'eu-central-1', '111111111111')).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(location('nobodys', 'eu-central-1')).rejects.toMatchObject({ name: 'NoSuchBucket' });
});
test('the same path without the question lists the objects', async () => {
  const { KeyCount } = await client('us-east-1').send(new ListObjectsV2Command({ Bucket: 'first' }));
  expect(KeyCount).toBe(0);
});

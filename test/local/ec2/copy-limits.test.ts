// The limits of copies to one region: EC2's errors beyond them, and the counters that tests and measurements read.
import { CopyImageCommand, DeregisterImageCommand, DescribeImagesCommand } from '@aws-sdk/client-ec2';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { afterEach, expect, test } from 'vitest';
import { testClock } from '../../../local/clock.ts';
import type { CopyLimits } from '../../../local/ec2/copy-limits.ts';
import { debian, type OpenCloud, openCloud } from './open-cloud.ts';

const clock = testClock();
let cloud: OpenCloud;
let base: string;
let names = 0;

async function open(copyLimits: CopyLimits) {
  cloud = await openCloud({ clock, copyLimits, delays: { copyAvailable: 60_000 } });
  base = (await cloud.ssm().send(new GetParameterCommand({ Name: debian }))).Parameter!.Value!;
}
afterEach(() => cloud.close());

const to = (region: string, account?: string) => ({ region, ...(account && { account }) });
const request = () => ({ SourceImageId: base, SourceRegion: 'eu-central-1', Name: `copy ${++names}` });
const copy = async (where = to('eu-west-1'), input = request()) =>
  (await cloud.ec2(where).send(new CopyImageCommand(input))).ImageId!;

test('20 snapshots at once by default, by account and region', async () => {
  await open({ snapshots: 20, images: 300 });
  for (let count = 0; count < 20; count++) await copy();
  const beyond = {
    name: 'ResourceLimitExceeded',
    message: 'Too many snapshot copies in progress. The limit is 20 for this destination region.',
  };
  await expect(copy()).rejects.toMatchObject(beyond);
  await copy(to('eu-west-2'));
  await copy(to('eu-west-1', '111111111111'));
  expect(cloud.copies['000000000000 eu-west-1']).toMatchObject({ copies: 20, refused: 1, snapshots: 20, images: 20 });
  expect(cloud.copies['111111111111 eu-west-1']).toMatchObject({ copies: 1, refused: 0, snapshots: 1 });
});

test('a copy that is available, or deregistered, makes room for the next', async () => {
  await open({ snapshots: 1, images: 300 });
  const first = await copy();
  await expect(copy()).rejects.toMatchObject({ name: 'ResourceLimitExceeded' });
  await clock.advance(60_000);
  const { Images } = await cloud.ec2(to('eu-west-1')).send(new DescribeImagesCommand({ ImageIds: [first] }));
  expect(Images![0]!.State).toBe('available');
  const second = await copy();
  await cloud.ec2(to('eu-west-1')).send(new DeregisterImageCommand({ ImageId: second }));
  await copy();
  await clock.advance(60_000);
  expect(cloud.copies['000000000000 eu-west-1']).toMatchObject({ copies: 3, snapshots: 1, images: 1 });
});

test('so many AMIs at once', async () => {
  await open({ snapshots: 20, images: 2 });
  await copy();
  await copy();
  await expect(copy()).rejects.toThrow('Too many AMI copies in progress. The limit is 2 for this destination region.');
});

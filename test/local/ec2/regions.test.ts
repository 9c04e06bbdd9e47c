import { expect, test } from 'vitest';
import { realClock } from '../../../local/clock.ts';
import { defaultDelays } from '../../../local/cloud.ts';
import { ec2 } from '../../../local/ec2/service.ts';
import type { Input } from '../../../local/service.ts';
import { temporaryDirectory } from '../door/open-door.ts';

type Region = { regionName: string; optInStatus: string };

const directory = temporaryDirectory();
const cloud = {
  ...{ clock: realClock, stateDirectory: directory.path, accountId: '000000000000', region: 'us-east-1' },
  ...{ delays: defaultDelays, bus: { put() {} }, logs: { append() {} }, functions: {} },
};
const { service, stop } = ec2(cloud as never, { disabledRegions: ['me-south-1', '222222222222 ap-east-1'] });
const call = (operation: string, input: Input, accountId = '000000000000', region = 'us-east-1') =>
  service.operations[operation]!(input, { accountId, region, accessKeyId: '', principalArn: '' });
const statuses = async (input: Input, account?: string) => {
  const { regionInfo } = (await call('DescribeRegions', input, account)) as { regionInfo: Region[] };
  return Object.fromEntries(regionInfo.map(({ regionName, optInStatus }) => [regionName, optInStatus]));
};
const named = (...names: string[]) => ({ Filter: [{ Name: 'region-name', Value: names }] });

test('regions that are not enabled are shown only where they are asked for, account by account', async () => {
  const asked = { ...named('me-south-1', 'ap-east-1', 'us-west-2', 'nowhere-1'), AllRegions: 'true' };
  const own = { 'me-south-1': 'not-opted-in', 'ap-east-1': 'opted-in', 'us-west-2': 'opt-in-not-required' };
  expect(await statuses(asked)).toEqual(own);
  expect(await statuses(asked, '222222222222')).toEqual({ ...own, 'ap-east-1': 'not-opted-in' });
  expect(Object.keys(await statuses({}))).not.toContain('me-south-1');
  expect(await statuses({ RegionName: ['me-south-1'] })).toEqual({ 'me-south-1': 'not-opted-in' });
});

test('calls in them are refused as those of strangers', async () => {
  const refused = { code: 'AuthFailure', message: expect.stringContaining('validate the provided access credentials') };
  const describe = async (account: string, region: string) => call('DescribeImages', {}, account, region);
  await expect(describe('000000000000', 'me-south-1')).rejects.toMatchObject(refused);
  await expect(describe('222222222222', 'ap-east-1')).rejects.toMatchObject(refused);
  expect(await describe('000000000000', 'ap-east-1')).toMatchObject({ imagesSet: [] });
  await stop();
  directory.remove();
});

// The regions of the `aws` partition; those that have to be enabled are, but for what the settings say.
import { AwsError, type Caller, type Operation } from '../service.ts';
import { filtered } from './filter.ts';
import { flag, list } from './input.ts';
import type { Ec2 } from './room.ts';

const optedIn =
  'af-south-1 ap-east-1 ap-east-2 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-west-1 eu-central-2 eu-south-1 eu-south-2 il-central-1 me-central-1 me-south-1 mx-central-1';
const always =
  'ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-southeast-1 ap-southeast-2 ca-central-1 eu-central-1 eu-north-1 eu-west-1 eu-west-2 eu-west-3 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2';

const regions = [
  ...always.split(' ').map((regionName) => ({ regionName, optInStatus: 'opt-in-not-required' })),
  ...optedIn.split(' ').map((regionName) => ({ regionName, optInStatus: 'opted-in' })),
].map((region) => ({ ...region, regionEndpoint: `ec2.${region.regionName}.amazonaws.com` }));

export function isRegion(name: string): boolean {
  return regions.some((region) => region.regionName === name);
}

const isDisabled = ({ settings }: Ec2, region: string, { accountId }: Caller) =>
  settings.disabledRegions.some((one) => one === region || one === `${accountId} ${region}`);

/** What EC2 answers to credentials that a region does not know (EC2 API reference, error codes). */
export function assertEnabled(ec2: Ec2, caller: Caller): void {
  if (!isDisabled(ec2, caller.region, caller)) return;
  throw new AwsError('AuthFailure', 'AWS was not able to validate the provided access credentials', 401);
}

export const regionOperations = (ec2: Ec2): Record<string, Operation> => ({
  DescribeRegions(input, caller) {
    const asked = list(input, 'RegionName');
    const missing = asked.filter((name) => !isRegion(name));
    if (missing.length > 0)
      throw new AwsError(
        'InvalidParameterValue',
        `Invalid region${missing.length > 1 ? 's' : ''} provided: ${missing.join(', ')}`,
      );
    type Region = (typeof regions)[number];
    const now = regions.map((region) =>
      isDisabled(ec2, region.regionName, caller) ? { ...region, optInStatus: 'not-opted-in' } : region,
    );
    const found = now.filter(({ regionName, optInStatus }) =>
      asked.length > 0 ? asked.includes(regionName) : flag(input, 'AllRegions') || optInStatus !== 'not-opted-in',
    );
    const values = {
      'region-name': (region: Region) => [region.regionName],
      'opt-in-status': (region: Region) => [region.optInStatus],
      endpoint: (region: Region) => [region.regionEndpoint],
    };
    return { regionInfo: filtered(found, input, values) };
  },
});

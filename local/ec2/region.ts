// The regions of the `aws` partition, all of them enabled.
import { AwsError, type Operation } from '../service.ts';
import { filtered } from './filter.ts';
import { list } from './input.ts';

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

export const regionOperations: Record<string, Operation> = {
  DescribeRegions(input) {
    const asked = list(input, 'RegionName');
    const missing = asked.filter((name) => !isRegion(name));
    if (missing.length > 0)
      throw new AwsError(
        'InvalidParameterValue',
        `Invalid region${missing.length > 1 ? 's' : ''} provided: ${missing.join(', ')}`,
      );
    const found = regions.filter((region) => asked.length === 0 || asked.includes(region.regionName));
    const values = {
      'region-name': (region: (typeof regions)[0]) => [region.regionName],
      'opt-in-status': (region: (typeof regions)[0]) => [region.optInStatus],
      endpoint: (region: (typeof regions)[0]) => [region.regionEndpoint],
    };
    return { regionInfo: filtered(found, input, values) };
  },
};

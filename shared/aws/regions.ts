// Which regions an account has enabled: one SDK call per function, faults translated, no decisions.
import { DescribeRegionsCommand, EC2Client, type EC2ClientConfig } from '@aws-sdk/client-ec2';
import { attempt } from './fault.ts';

export type Regions = {
  /** The opt-in status of each of these that EC2 knows (EC2 API reference, DescribeRegions). */
  statuses(names: string[]): Promise<Map<string, string>>;
};

/** As the endpoint of `region` tells them to the account of the function or of the credentials. */
export function regionsFrom(region: string, credentials?: EC2ClientConfig['credentials']): Regions {
  const client = new EC2Client({ region, ...(credentials && { credentials }) });
  return {
    statuses: (Values) =>
      attempt(`Tried to look at regions ${Values.join(', ')}`, async () => {
        // By a filter, which leaves out what there is not; RegionNames would refuse the whole call.
        const request = { AllRegions: true, Filters: [{ Name: 'region-name', Values }] };
        const { Regions = [] } = await client.send(new DescribeRegionsCommand(request));
        return new Map(Regions.map(({ RegionName, OptInStatus }) => [RegionName!, OptInStatus!]));
      }),
  };
}

// When functions ran, from the REPORT lines that Lambda writes: what a build of ours holds, and when.
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs';
import { type Cloud, home } from './cloud.ts';

export type Invocation = { ended: number; milliseconds: number; mebibytes: number };

/** All invocations that ended at `since` (epoch milliseconds) or later. */
export async function invocations(cloud: Cloud, since: number): Promise<Invocation[]> {
  const client = new CloudWatchLogsClient(cloud.client(home));
  const { logGroups = [] } = await client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/aws/lambda/' }));
  const found: Invocation[] = [];
  for (const { logGroupName } of logGroups) {
    const asked = { logGroupName, startTime: since };
    for await (const { events = [] } of paginateFilterLogEvents({ client }, asked)) {
      for (const { message = '', timestamp = 0 } of events) {
        const [, billed, memory] = /^REPORT .*Billed Duration: (\d+) ms.*Memory Size: (\d+) MB/s.exec(message) ?? [];
        if (billed) found.push({ ended: timestamp, milliseconds: Number(billed), mebibytes: Number(memory) });
      }
    }
  }
  return found;
}

/** Memory × time, as Lambda bills it. */
export const gibibyteSeconds = (all: Invocation[]) =>
  all.reduce((sum, { milliseconds, mebibytes }) => sum + (milliseconds / 1000) * (mebibytes / 1024), 0);

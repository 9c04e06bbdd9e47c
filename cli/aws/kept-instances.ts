// Instances that a failed build left for inspection: from its ledger, with the state that EC2 shows.
import type { LedgerView } from '../../shared/model/ownership.ts';
import { attempt } from './attempt.ts';
import type { Connection } from './connection.ts';

export type KeptInstance = {
  id: string;
  region: string;
  role: 'builder' | 'tester';
  state: string;
  /** ISO time after which the sweep ends it; absent: nobody but its owner does. */
  until?: string;
};

type Entry = LedgerView['entries'][string] & { region?: string };

/** Those that still exist, the newest role last. */
export async function keptInstances(connection: Connection, { entries }: LedgerView): Promise<KeptInstance[]> {
  const { EC2Client, DescribeInstancesCommand } = await import('@aws-sdk/client-ec2');
  const kept: KeptInstance[] = [];
  for (const [key, entry] of Object.entries(entries) as [string, Entry][]) {
    const { id, region, keep, keepUntil, released, expired } = entry;
    const role = key.startsWith('LaunchBuilder#') ? 'builder' : key.startsWith('LaunchTester#') ? 'tester' : undefined;
    if (!role || !id || !region || released || expired || !(keep || keepUntil)) continue;
    const client = new EC2Client({ ...connection, region });
    const state = await attempt(`look at instance ${id} in ${region}`, async () => {
      try {
        const answer = await client.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
        return answer.Reservations?.[0]?.Instances?.[0]?.State?.Name ?? 'terminated';
      } catch (error) {
        if (error instanceof Error && error.name === 'InvalidInstanceID.NotFound') return 'terminated';
        throw error;
      } finally {
        client.destroy();
      }
    });
    if (state === 'terminated' || state === 'shutting-down') continue;
    kept.push({ ...{ id, region, role, state }, ...(keepUntil && { until: new Date(keepUntil).toISOString() }) });
  }
  return kept;
}

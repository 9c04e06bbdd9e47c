// The sweep over the account of one world.

import type { SweepReport } from '../../shared/model/sweep-report.ts';
import { sweep } from '../../shared/phase/sweep.ts';
import type { World } from './world.ts';

type Swept = Pick<World, 'gateways' | 'ec2' | 'image'>;

/** Looks at this world's build only, though others of the test may stand on the table's list. */
export function sweeping({ gateways, ec2, image }: Swept, waiting: string[] = []) {
  const reports: SweepReport[] = [];
  const ledgers = {
    ...gateways.ledgers,
    async *unsettled() {
      for await (const listed of gateways.ledgers.unsettled()) if (listed === image) yield listed;
    },
  };
  const all = {
    ...gateways,
    ledgers,
    tagged: ec2.taggedIn,
    queue: {
      async *waiting() {
        yield* waiting;
      },
    },
    reports: { write: async (report: SweepReport) => void reports.push(report) },
    region: 'us-east-1',
    accounts: [],
  };
  return {
    reports,
    gateways: all,
    run: (dryRun = false, until = gateways.now() + 900_000) => sweep(all, { dryRun }, { until }),
  };
}

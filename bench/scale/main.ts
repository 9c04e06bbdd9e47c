// Many pipelines that start within one minute, at an endpoint with AWS's token buckets: how they end, what they call, what is hot.
import type { Delays } from '../../local/cloud.ts';
import { type Rushed, rush } from '../../test/faults/rush.ts';
import type { World } from '../../test/faults/world.ts';
import { partOptions, writeResult } from '../shared/part.ts';
import { table } from '../shared/table.ts';
import { bound, type Stretches, stretchesOf } from './bound.ts';
import { hotKeys, type Load } from './hot-keys.ts';
import { type Crowd, deviation, fitted } from './model.ts';

const minute = 60_000;
const delays: Partial<Delays> = {
  instanceRunning: 15_000,
  agentOnline: 2000,
  instanceStopped: 20_000,
  instanceTerminated: 20_000,
  imageAvailable: 2 * minute,
};

/** More than fits into the memory of a usual machine: worked out. */
const many = 10_000;
const { json, long, only } = partOptions({ runs: 1 });
/** `herd`: nobody waits for a turn; what EC2 refuses is tried again. */
const herd = only.includes('herd');

type Measured = Rushed & { builds: number; seconds: number; megabytes: number; reads: Load[]; writes: Load[] };

async function measured(builds: number): Promise<Measured> {
  const started = performance.now();
  let world: World | undefined;
  const keys = hotKeys(() => world?.clock.now() ?? 0);
  const seen = await rush({
    ...{ builds, within: minute, delays },
    variables: herd ? { LAUNCHES_PER_SECOND: '1000000' } : {},
    meter: { tables: keys.tables, intercept: (_, act) => act() },
    opened: (opened) => {
      world = opened;
    },
    begins: keys.reset,
  });
  const seconds = (performance.now() - started) / 1000;
  const megabytes = process.memoryUsage().rss / 2 ** 20;
  return { ...seen, builds, seconds, megabytes, reads: keys.hottest('reads', 4), writes: keys.hottest('writes', 8) };
}

const sum = (counts: Record<string, number>, pattern: RegExp) =>
  Object.entries(counts).reduce((total, [name, count]) => total + (pattern.test(name) ? count : 0), 0);

/** What is counted of a build. A refused call and what repeats it are told apart by `refusals`. */
const kinds = {
  'calls of EC2': / ec2\./,
  'calls of DynamoDB': / dynamodb\./,
  'calls of Systems Manager': / ssm\./,
  'calls of Step Functions': / states\./,
  'invocations by the machine': /^states lambda/,
} satisfies Record<string, RegExp>;

const perBuild = ({ calls, builds }: Measured): Record<string, number> =>
  Object.fromEntries(Object.entries(kinds).map(([name, pattern]) => [name, sum(calls, pattern) / builds]));

function told(one: Measured, alone: { calls: Record<string, number>; stretches: Stretches }): object {
  const { builds, throttles } = one;
  const allowed = bound(builds, minute, alone.stretches);
  const ended = Object.entries(one.statuses).map(([status, count]) => `${count} ${status}`);
  const refused = Object.entries(throttles).filter(([, counts]) => counts.refused > 0);
  const each = Object.entries(perBuild(one)).map(([name, count]): [string, string] => {
    const single = sum(alone.calls, kinds[name as keyof typeof kinds]);
    return [
      `${name}, each build`,
      `${count.toFixed(1)} (alone ${single}, ${((count / single - 1) * 100).toFixed(1)} %)`,
    ];
  });
  const figures = {
    ended: ended.join(', '),
    orphans: one.orphans.length,
    'seconds from the first start to the last end': (one.makespan / 1000).toFixed(0),
    'seconds that RunInstances alone allows': (allowed / 1000).toFixed(0),
    ratio: (one.makespan / allowed).toFixed(3),
    ...Object.fromEntries(each),
    'calls that were refused':
      refused.map(([key, counts]) => `${counts.refused} ${key.split(' ').at(-1)}`).join(', ') || 0,
    'most functions at a time': one.concurrency,
    'seconds, MB of this machine': `${one.seconds.toFixed(0)}, ${one.megabytes.toFixed(0)}`,
  };
  console.log(`${table([`${builds} builds`, ''], Object.entries(figures))}\n`);
  const rows = (loads: Load[]) =>
    loads.map(({ key, peak, units }) => [key, peak.toFixed(0), (units / builds).toFixed(1)]);
  console.log(`${table(['written', 'most WCU in a second', 'WCU a build'], rows(one.writes))}\n`);
  console.log(`${table(['read', 'most RCU in a second', 'RCU a build'], rows(one.reads))}\n`);
  for (const fault of [...one.faults, ...one.reasons, ...one.orphans].slice(0, 5)) console.log(fault);
  if (one.statuses.AVAILABLE !== builds || one.orphans.length + one.faults.length > 0) process.exitCode = 1;
  const { images: _, ...rest } = one;
  return { ...rest, figures, allowed };
}

const sizes = only.filter((word) => word !== 'herd').map(Number);
const single = await measured(1);
const alone = { calls: single.calls, stretches: stretchesOf(single.images[0]!) };
const results: object[] = [];
const crowds: Crowd[] = [];
for (const builds of sizes.length > 0 ? sizes : long ? [100, 300, 1000] : [100]) {
  const one = await measured(builds);
  results.push(told(one, alone));
  crowds.push({ builds, makespan: one.makespan, perBuild: perBuild(one) });
}
const [small, ...others] = crowds.toSorted((a, b) => a.builds - b.builds);
const large = others.pop();
if (large) {
  const model = fitted([small!, large], minute, alone.stretches);
  const modelled = Object.keys(kinds).map((name) => [`${name}, each build`, model.perBuild(name, many).toFixed(1)]);
  const off = others.map((crowd) => `${crowd.builds}: ${(deviation(model, crowd) * 100).toFixed(1)} %`);
  console.log(
    table(
      [`${many} builds, by the model`, ''],
      [
        ['seconds from the first start to the last end', (model.makespan(many) / 1000).toFixed(0)],
        ...modelled,
        [`fitted on ${small!.builds} and ${large.builds}; farthest off for`, off.join(', ') || 'no other crowd'],
      ],
    ),
  );
}
writeResult(json, { stretches: alone.stretches, results });
process.exit();

// What the orchestration of one build costs, by regions and components: counted in whole builds on the in-memory cloud, priced by a table.
import { prices } from '../../shared/model/prices.ts';
import { follow, resourcesOf, regions as swept } from '../../test/faults/build.ts';
import { accountId, region as home, type PaperCloud } from '../../test/faults/paper-cloud.ts';
import { openWorld } from '../../test/faults/world.ts';
import { partOptions, writeResult } from '../shared/part.ts';
import { table } from '../shared/table.ts';
import { type Counts, meter } from './meter.ts';

const { json } = partOptions({ runs: 1 });

const far =
  'eu-west-2 eu-west-3 eu-north-1 us-east-2 us-west-1 us-west-2 ca-central-1 sa-east-1 ap-south-1 ap-northeast-1 ap-northeast-2 ap-southeast-1';
const regions = [...swept, ...far.split(' ')];

/** One invocation: memory of serverless.yml, and the second that the product's own estimates assume. */
const invocation = { seconds: 1, gb: 0.5 };

/** USD in us-east-1, of what shared/model/prices.ts has no price for; from secondary sources (docs/unverified.md). */
const others = { read: 0.125e-6, write: 0.625e-6, event: 1e-6 };

type Cost = { regions: number; components: number; transitions: number; counts: Counts; usd: number };

async function costOf(to: string[], components: number): Promise<Cost> {
  const counts: Counts = { reads: 0, writes: 0, indexed: 0, invocations: 1, events: 0, ec2: 0, ssm: 0 };
  const world = await openWorld([], meter(counts));
  try {
    const names = Array.from({ length: components }, (_, index) => `component-${index + 1}`);
    const { image, execution, recorded } = await follow(world, resourcesOf(names, to));
    const { status, reason } = image.state;
    if (status !== 'AVAILABLE') throw new Error(`The build for ${to.length} regions is ${status}: ${reason}`);
    const delivered = recorded.filter((key) => key.startsWith('event '));
    const forwarded = delivered.filter((key) => key.includes('→ event-bus/')).length;
    counts.invocations += delivered.length - forwarded;
    counts.events += forwarded;
    const transitions = await entered(world.cloud(), execution.executionArn);
    return { regions: to.length, components, transitions, counts, usd: priced(transitions, counts) };
  } finally {
    await world.close();
  }
}

/** States entered, and entered again: AWS bills each retry as one more transition (AWS Step Functions pricing). */
async function entered({ composed }: PaperCloud, executionArn: string): Promise<number> {
  const caller = { accountId, region: home, accessKeyId: accountId, principalArn: `arn:aws:iam::${accountId}:root` };
  const { GetExecutionHistory } = composed.stepFunctions.service.operations;
  let [transitions, nextToken]: [number, string | undefined] = [0, undefined];
  do {
    const page = (await GetExecutionHistory!({ executionArn, maxResults: 1000, nextToken }, caller)) as {
      events: { type: string }[];
      nextToken?: string;
    };
    const of = (type: RegExp) => page.events.filter((event) => type.test(event.type)).length;
    transitions += of(/StateEntered$/) + of(/^TaskScheduled$/) - of(/^TaskStateEntered$/);
    nextToken = page.nextToken;
  } while (nextToken);
  return transitions;
}

function priced(transitions: number, { reads, writes, invocations, events }: Counts): number {
  return (
    (transitions * prices.transitions1000) / 1000 +
    (invocations * prices.invocations1000000) / 1_000_000 +
    invocations * invocation.seconds * invocation.gb * prices.lambdaGbSecond +
    reads * others.read +
    writes * others.write +
    events * others.event
  );
}

const builds: [regions: number, components: number][] = [
  ...([1, 3, 15].flatMap((to) => [1, 5, 20].map((components): [number, number] => [to, components])) as [
    number,
    number,
  ][]),
];
const costs: Cost[] = [];
for (const [to, components] of builds) costs.push(await costOf(regions.slice(0, to), components));
console.log(
  table(
    [
      'regions',
      'components',
      'transitions',
      'invocations',
      'reads',
      'writes',
      'of the index',
      'events',
      'EC2 calls',
      'SSM calls',
      'USD',
    ],
    costs.map(({ regions: to, components, transitions, counts, usd }) => [
      ...[to, components, transitions, counts.invocations, counts.reads.toFixed(0), counts.writes.toFixed(0)],
      ...[counts.indexed.toFixed(0), counts.events, counts.ec2, counts.ssm, usd.toFixed(5)],
    ]),
  ),
);
const at = (to: number, components: number) =>
  costs.find((cost) => cost.regions === to && cost.components === components)!;
const slope = (from: Cost, to: Cost, by: 'regions' | 'components') => (to.usd - from.usd) / (to[by] - from[by]);
console.log(
  [
    `\nUSD a region more: ${slope(at(1, 1), at(3, 1), 'regions').toFixed(6)} (1 to 3), ${slope(at(3, 1), at(15, 1), 'regions').toFixed(6)} (3 to 15).`,
    `USD a component more: ${slope(at(3, 1), at(3, 5), 'components').toFixed(6)} (1 to 5), ${slope(at(3, 5), at(3, 20), 'components').toFixed(6)} (5 to 20).`,
    `Reads and writes are capacity units. Lambda: ${invocation.seconds} s and ${invocation.gb} GB an invocation, as assumed by the product's estimates.`,
  ].join('\n'),
);
writeResult(json, { costs });
process.exit();

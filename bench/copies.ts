// Many builds at once, each to ten regions, on the paper cloud: real functions, real machine, real EC2 service, and a clock that leaps.
import { awsLimits } from '../local/throttling/aws-buckets.ts';
import { crowd, type Gathered, overtaking } from '../test/faults/crowd.ts';
import { partOptions, writeResult } from './shared/part.ts';
import { table } from './shared/table.ts';

const minute = 60_000;
const regions =
  'eu-west-1 eu-west-2 eu-west-3 eu-central-1 eu-north-1 us-west-1 us-west-2 us-east-2 ap-south-1 ap-northeast-1'.split(
    ' ',
  );
/** AWS's limits. */
const snapshots = 20;
const copying = 10 * minute;

const options = partOptions({ runs: 1 });
const results: object[] = [];
for (const builds of options.long ? [20, 60, 120] : [60]) {
  const started = performance.now();
  const seen = await crowd({ builds, regions, copying, snapshots, apiLimits: awsLimits });
  results.push(told(builds, seen, (performance.now() - started) / 1000));
}
writeResult(options.json, { regions: regions.length, copyMinutes: copying / minute, limit: snapshots, results });

function told(builds: number, seen: Gathered, seconds: number): object {
  const ideal = Math.ceil(builds / snapshots) * copying;
  const all = Object.values(seen.peaks);
  const sum = (pattern: RegExp) =>
    Object.entries(seen.calls).reduce((total, [name, count]) => total + (pattern.test(name) ? count : 0), 0);
  const copies = seen.copies.length;
  const each = (count: number) => (count / copies).toFixed(1);
  const figures = {
    builds,
    ended: Object.entries(seen.statuses)
      .map(([status, count]) => `${count} ${status}`)
      .join(', '),
    copies,
    'most snapshot copies at a time in a region': Math.max(...all.map((peak) => peak.snapshots)),
    'calls that EC2 refused': all.reduce((total, { refused }) => total + refused, seen.throttled),
    'minutes from the first copy to the last': (seen.makespan / minute).toFixed(2),
    'minutes that the limit alone allows': (ideal / minute).toFixed(2),
    'most seconds by which one overtook another': (overtaking(seen.copies) / 1000).toFixed(1),
    'slots and places left': seen.left.length,
    'invocations of copy-region, each copy': each(sum(/^states /)),
    'calls of DynamoDB by copy-region, each copy': each(sum(/^copy-region dynamodb/)),
    'calls of EC2 by copy-region, each copy': each(sum(/^copy-region ec2/)),
    'CopyImage calls, each copy': each(sum(/CopyImage/)),
    'calls of the router, each build': (sum(/^resume-build/) / builds).toFixed(0),
    'seconds of this machine': seconds.toFixed(0),
  };
  console.log(`${table([`${builds} builds × ${regions.length} regions`, ''], Object.entries(figures))}\n`);
  for (const fault of [...seen.faults, ...seen.reasons].slice(0, 5)) console.log(fault);
  if (seen.faults.length + seen.left.length > 0) process.exitCode = 1;
  return { ...figures, calls: seen.calls, peaks: seen.peaks };
}

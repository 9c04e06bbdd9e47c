// How long a build takes beyond what AWS itself needs, how often it asks, and what it holds meanwhile: Packer and ours, side by side, without tests and with.

import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { type Sample, sample, sampleText } from '../shared/sample.ts';
import { table } from '../shared/table.ts';
import type { Builder } from './builder.ts';
import { type Cloud, home, type Pending, startCloud } from './cloud.ts';
import { gibibyteSeconds, invocations } from './functions-run.ts';
import { groupMemory } from './memory.ts';
import { type Image, startOurs } from './ours.ts';
import { startPacker } from './packer.ts';
import { testLaunch } from './test-launch.ts';

export type Scenario = { name: string; pending: Pending };

export const short: Scenario = { name: '5/20/30 s', pending: { instance: 5, image: 20, copies: 30 } };
export const long: Scenario = { name: '21/127/187 s', pending: { instance: 21, image: 127, copies: 187 } };

/** Seconds that a test runs whose instance is pending first: together as long as the copies. */
const testSeconds = ({ instance, copies }: Pending) => copies - instance;

const copyRegions = ['eu-west-1', 'us-west-2'];

type Figures = {
  seconds: number;
  /** From the start of the build to its end, without the command around it. */
  build: number;
  calls: number;
  /** Of the command's processes while the copies are pending, MiB. */
  resident: number;
  proportional: number;
  /** Memory × time of what must be kept running, GiB·s. */
  held: number;
};

/** `test`: seconds that a test runs; none at 0. */
type Round = { cloud: Cloud; number: number; limit: number; test: number };
type Contestant = { name: string; run(round: Round): Promise<Figures> };

const contestants: Contestant[] = [
  { name: 'Packer, as it comes', run: (round) => packer(round, 1) },
  { name: 'Packer, polling each second', run: (round) => packer(round, 2, 1) },
  { name: 'ours', run: ours },
];

async function packer({ cloud, number, limit, test }: Round, lane: number, every?: number): Promise<Figures> {
  const account = `${lane}${number}`.padStart(12, '1');
  const builder = await startPacker(cloud, account, copyRegions, { ...(every && { every, attempts: 3600 }) });
  const [{ end, seconds: built, output, errors }, memory] = await Promise.all([builder.ended, middle(builder, limit)]);
  if (end !== 0) throw new Error(`Packer ended with ${end}:\n${output}${errors}`);
  // The image's parent is looked up by us, with SSM: every EC2 call is Packer's.
  const calls = cloud.calls(account);
  const seconds = built + (test > 0 ? await testLaunch(cloud, account, output, test) : 0);
  return { seconds, build: seconds, calls, ...memory, held: (memory.resident / 1024) * built };
}

async function ours({ cloud, number, limit, test }: Round): Promise<Figures> {
  const since = Date.now();
  const before = cloud.calls(home);
  const builder = startOurs(cloud, `critical-path-${test}-${number}`, copyRegions, test);
  const [{ end, seconds, output, errors }, memory] = await Promise.all([builder.ended, middle(builder, limit)]);
  if (end !== 0) throw new Error(`Our build ended with ${end}:\n${output}${errors}`);
  const image: Image = JSON.parse(output);
  if (image.outputResources.amis.length !== copyRegions.length + 1) throw new Error(`An AMI is missing: ${output}`);
  const build = await executionSeconds(cloud, image.executionArn);
  const held = gibibyteSeconds(await invocations(cloud, since));
  return { seconds, build, calls: cloud.calls(home) - before, ...memory, held };
}

async function executionSeconds(cloud: Cloud, executionArn: string): Promise<number> {
  const { startDate, stopDate } = await new SFNClient(cloud.client(home)).send(
    new DescribeExecutionCommand({ executionArn }),
  );
  return (stopDate!.getTime() - startDate!.getTime()) / 1000;
}

/** While the copies are pending: the last of the three waits is the longest. */
async function middle(builder: Builder, limit: number) {
  await sleep(limit * 1000 * 0.75);
  const { resident, proportional } = groupMemory(builder.pid);
  return { resident, proportional };
}

type Row = { name: string; ratio: Sample } & Record<keyof Figures, Sample>;

export async function criticalPath({ name, pending }: Scenario, runs: number, withTests: boolean) {
  const test = withTests ? testSeconds(pending) : 0;
  // The test's instance and the test take together what the copies take.
  const limit = pending.instance + pending.image + pending.copies;
  const cloud = await startCloud(pending);
  const found = new Map<string, Figures[]>(contestants.map((one) => [one.name, []]));
  try {
    for (let round = 0; round < runs; round++) {
      console.error(`${name}: run ${round + 1} of ${runs}, at least ${limit} s`);
      // Side by side, so that the machine's noise is the same for all; one after the other at the start, which is all that they compute.
      await Promise.all(
        contestants.map(async (one, index) => {
          await sleep(index * 4000);
          found.get(one.name)!.push(await one.run({ cloud, number: round, limit, test }));
        }),
      );
    }
  } finally {
    await cloud.close();
  }
  const rows = [...found].map(([contestant, all]): Row => {
    const of = (field: keyof Figures) => sample(all.map((figures) => figures[field]));
    return {
      name: contestant,
      ratio: sample(all.map(({ seconds }) => seconds / limit)),
      ...{
        seconds: of('seconds'),
        build: of('build'),
        calls: of('calls'),
        resident: of('resident'),
        proportional: of('proportional'),
      },
      held: of('held'),
    };
  });
  print(name, test, limit, runs, rows);
  return { scenario: name, test, limit, runs, load: loadavg()[0], rows };
}

function print(name: string, test: number, limit: number, runs: number, rows: Row[]): void {
  const head = [
    '',
    'wall s',
    'build alone s',
    `of the limit (${limit} s)`,
    'EC2 calls',
    'command, MiB',
    'GiB·s kept running',
  ];
  console.log(
    `Critical path, instance/image/copies pending for ${name}, two copies, ${test > 0 ? `a test of ${test} s` : 'no component'}; median (min–max) of ${runs}\n`,
  );
  console.log(
    table(
      head,
      rows.map((row) => [
        row.name,
        sampleText(row.seconds),
        sampleText(row.build),
        sampleText(row.ratio, 3),
        sampleText(row.calls, 0),
        `${sampleText(row.resident, 0)} (proportional ${sampleText(row.proportional, 0)})`,
        sampleText(row.held, 2),
      ]),
    ),
  );
  console.log(`
Wall: of the whole command, and its ratio to the limit; ours registers the pipeline first, and on the instance waits until it is ready and
sanitises it, which Packer does not. Build alone: ours from StartExecution to its end. "command, MiB": resident memory of its processes while the copies are pending. Packer must be kept running
all the time; ours may be ended (the build goes on), so what is kept running is counted from its functions' invocations as Lambda bills
them (memory size × billed duration; between two events none runs). Instances stop, terminate and register their agent without delay.
${test > 0 ? 'Packer has no test stage: an instance is launched from its AMI when it has ended, looked at each second until it runs, and the test takes its time there. Calls are those of the build.\n' : ''}`);
}

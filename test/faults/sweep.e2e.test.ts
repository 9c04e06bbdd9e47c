// The part of the fault sweep that the tests make: a fixed sample by seed, and proof that a broken promise would be seen.
import { beforeAll, describe, expect, it } from 'vitest';
import type { ExecutionRecord } from '../../local/step-functions/execution.ts';
import { build, type Meanwhile, type Seen } from './build.ts';
import { faultNames } from './faults.ts';
import { random, sample } from './random.ts';
import type { Strike } from './strikes.ts';
import { pairs, singles, sweep } from './sweep.ts';
import { judge } from './verdict.ts';
import { targetAccount, type World } from './world.ts';

const seed = 4;
let all: Strike[];
let whole: Seen;

beforeAll(async () => {
  all = await singles();
  whole = await build();
}, 120_000);

describe('a build whose calls and events are struck', () => {
  it('makes the same calls each time, so that a fault finds the one it is meant for', () => {
    expect([...new Set(all.map(({ key }) => key))]).toEqual([...new Set(whole.recorded)]);
    expect(judge(whole, [])).toEqual({ status: 'AVAILABLE', broken: [], orphans: 0 });
  });

  it('is swept by every fault', () => {
    expect([...new Set(all.map(({ fault }) => fault))].sort()).toEqual([...faultNames].sort());
  });

  it('leaves nothing behind and ends as it should, for each of a sample of faults and pairs', async () => {
    const next = random(seed);
    const ones = faultNames.flatMap((name) =>
      sample(
        all.filter(({ fault }) => fault === name),
        1,
        next,
      ),
    );
    const { failures } = await sweep([...ones.map((strike) => [strike]), ...pairs(all, 3, seed)]);
    expect(failures).toEqual([]);
  }, 240_000);
});

/** StartExecution of the machine that runs `of`, as who has the right to it. */
async function startExecution(world: World, of: string, name: string, input: object): Promise<() => ExecutionRecord> {
  const { stepFunctions } = world.cloud().composed;
  const [, , , region = '', accountId = ''] = of.split(':');
  const stateMachineArn = of.replace(':execution:', ':stateMachine:').replace(/:[^:]*$/, '');
  const started = (await stepFunctions.service.operations.StartExecution!(
    { stateMachineArn, name, input: JSON.stringify(input) },
    { accountId, region, accessKeyId: accountId, principalArn: `arn:aws:iam::${accountId}:root` },
  )) as { executionArn: string };
  return () => stepFunctions.find(started.executionArn);
}

describe('a deployment while a build runs', () => {
  it('gives the machine another definition: the build goes on by the one it began with', async () => {
    const later: (() => ExecutionRecord)[] = [];
    const deploy: Meanwhile = async (world, { arn, executionArn = '', state: { status } }) => {
      if (later.length > 0 || status !== 'BUILDING') return;
      world.cloud().composed.stepFunctions.createStateMachine({
        name: executionArn.split(':').at(-2)!,
        definition: { StartAt: 'Renewed', States: { Renewed: { Type: 'Fail', Error: 'TheNewDefinition' } } },
        roleArn: 'arn:aws:iam::000000000000:role/any',
      });
      later.push(await startExecution(world, executionArn, 'later', { image: `${arn}0` }));
    };
    const seen = await build([], deploy);
    expect(later.map((find) => find())).toMatchObject([{ status: 'FAILED', error: 'TheNewDefinition' }]);
    expect(judge(seen, [])).toEqual({ status: 'AVAILABLE', broken: [], orphans: 0 });
  }, 60_000);
});

describe('an execution that somebody starts by hand with the image of a running build', () => {
  it('neither cleans, nor finishes, nor changes it, at any status', async () => {
    const intruders = new Map<string, () => ExecutionRecord>();
    const intrude: Meanwhile = async (world, { arn, executionArn = '', state: { status } }) => {
      if (intruders.has(status)) return;
      // The words of the machine's own payloads change nothing in its input.
      const input = { image: arn, execution: executionArn, ended: {}, token: 'x' };
      intruders.set(status, await startExecution(world, executionArn, `intruder-${status}`, input));
    };
    const seen = await build([], intrude);
    expect([...intruders.keys()]).toEqual(expect.arrayContaining(['BUILDING', 'TESTING']));
    for (const [status, find] of intruders)
      expect(find(), status).toMatchObject({
        status: 'FAILED',
        error: 'InvalidRequestError',
        cause: expect.stringMatching(
          /intruder-\w+ may do nothing for arn:\S+\/1, which arn:\S+ builds: it is left alone/,
        ),
      });
    expect(judge(seen, [])).toEqual({ status: 'AVAILABLE', broken: [], orphans: 0 });
    const told = ({ image: { timeline, state, notes, leftovers }, ledger }: Seen) => ({
      ...{ state, notes, leftovers },
      states: Object.keys(timeline).sort(),
      entries: Object.keys(ledger.entries).sort(),
    });
    expect(told(seen)).toEqual(told(whole));
  }, 60_000);
});

describe('the judge of a build', () => {
  const judged = (change: (seen: Seen) => void, strikes: Strike[] = []) => {
    const seen = structuredClone(whole);
    change(seen);
    return judge(seen, strikes).broken.join('\n');
  };
  const first = <Item>(items: Record<string, Item>, wanted: (item: Item) => boolean = () => true) =>
    Object.values(items).find(wanted)!;

  it.each<[string, RegExp, (seen: Seen) => void]>([
    [
      'an instance that lives',
      /left behind: instance Launch/,
      (seen) => (first(seen.records.instances).state = 'running'),
    ],
    [
      'an entry that is not released',
      /still holds Launch/,
      (seen) => delete first(seen.ledger.entries, ({ kind }) => kind === 'instance').released,
    ],
    [
      'an AMI that nobody was told of',
      /left behind: image CopyRegion/,
      (seen) => seen.image.outputResources.amis.pop(),
    ],
    [
      'a copy that is gone',
      /no available AMI in/,
      (seen) =>
        delete seen.records.images[seen.image.outputResources.amis.find(({ region }) => region === 'eu-west-1')!.image],
    ],
    [
      'a copy in another account that is gone',
      /1 available AMIs in account 222222222222/,
      (seen) =>
        delete seen.records.images[
          seen.image.outputResources.amis.find((ami) => ami.accountId === targetAccount)!.image
        ],
    ],
    [
      'a source that another account may still read',
      /which 222222222222 may read/,
      (seen) => (first(seen.records.snapshots).users = [targetAccount]),
    ],
    [
      'an AMI that is not shared',
      /is shared with ""/,
      (seen) => (seen.records.images[seen.image.outputResources.amis[2]!.image]!.launchPermissions = []),
    ],
    ['a disk that stays', /the disk of i-1/, (seen) => seen.disks.add('i-1')],
    [
      'two builders at a time',
      /2 live instances of LaunchBuilder at a time/,
      (seen) => (seen.peaks['live instances of LaunchBuilder'] = 2),
    ],
    [
      'a component that ran twice',
      /effects twice/,
      (seen) => first(Object.fromEntries(seen.effects!)).push([...seen.effects!.values()][0]![0]!),
    ],
    ['an event that came twice', /the events tell CREATING, CREATING/, (seen) => seen.announced!.unshift('CREATING')],
    ['an event that went back', /the events tell/, (seen) => seen.announced!.push('BUILDING')],
    ['an execution that ended otherwise', /its execution FAILED/, (seen) => (seen.execution.status = 'FAILED')],
    [
      'a build that failed of nothing',
      /is FAILED \(x\) and published/,
      (seen) => (seen.image.state = { status: 'FAILED', reason: 'x' }),
    ],
    ['a sweep that has something to say', /sweep reports 1 orphans/, (seen) => (seen.report!.counts.orphans = 1)],
    ['a sweep that could not look', /could not look at eu-west-1/, (seen) => seen.report!.problems.push('eu-west-1')],
    ['a sweep that never came', /sweep has not reported/, (seen) => (seen.report = undefined)],
    ['a slot that stays', /a copy slot is left: x/, (seen) => seen.slots.push('x')],
    ['a state without an end', /Cleanup never ended/, (seen) => delete seen.image.timeline.Cleanup!.ended],
  ])('sees %s', (_, wanted, change) => {
    expect(judged((seen) => void change(seen))).toMatch(wanted);
  });

  it('sees a fault that met no call', () => {
    expect(judged(() => {}, [{ key: 'nothing', fault: 'throttled' }])).toMatch('the fault met no call');
  });
});

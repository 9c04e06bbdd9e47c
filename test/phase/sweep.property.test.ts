// Whatever an account holds, sweep and cleanup release what ended builds own and touch nothing else.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Entry, Ledger } from '../../shared/build/ledger.ts';
import type { ImageRecord } from '../../shared/model/image-record.ts';
import { cleanup } from '../../shared/phase/cleanup.ts';
import { sweep } from '../../shared/phase/sweep.ts';
import { specifications } from './busy-build.ts';
import { FakeEc2 } from './fake-ec2.ts';

const now = Date.parse('2026-11-27T10:00:00.000Z');
const before = new Date(now - 3_600_000).toISOString();
const ours = 'arn:aws:cloudformation:us-east-1:123456789012:stack/ours/1';
const theirs = 'arn:aws:cloudformation:us-east-1:123456789012:stack/theirs/2';

/** Builds by how they stand; `restored`: published, by a table of an earlier day. */
const fates = ['live', 'failed', 'aborted', 'closed', 'published', 'kept', 'restored', 'unknown', 'foreign'] as const;
type Fate = (typeof fates)[number];
const released: Fate[] = ['failed', 'aborted', 'closed'];

const build = fc.record({
  fate: fc.constantFrom(...fates),
  regions: fc.subarray(['us-east-1', 'eu-west-1', 'ap-southeast-2'], { minLength: 1 }),
  builder: fc.boolean(),
  /** A user has copied its first AMI, tags and all, or a snapshot of it. */
  copies: fc.subarray(['ami', 'snapshot'] as const),
  lostAnswer: fc.boolean(),
  /** Its AMIs were noted, and never made. */
  unmade: fc.boolean(),
  /** Whether the pipeline is still there makes no difference to anybody. */
  renamed: fc.boolean(),
});

type Made = { id: string; mine: boolean; fate: Fate };

type Build = typeof build extends fc.Arbitrary<infer Value> ? Value : never;

async function account(builds: Build[]) {
  const ec2 = new FakeEc2();
  const ledgers = new Map<string, Ledger>();
  const records = new Map<string, ImageRecord>();
  const statuses = new Map<string, string>();
  const made: Made[] = [];
  for (const [number, { fate, regions, builder, copies, lostAnswer, renamed, ...rest }] of builds.entries()) {
    // Every second one has the ARN of its neighbour's in the other stage.
    const image = `arn:aws:imagebuilder:us-east-1:123456789012:image/web/1.0.0/${fate === 'foreign' ? number - 1 : number}`;
    const stackId = fate === 'foreign' ? theirs : ours;
    const entries: Record<string, Entry> = {};
    const add = (id: string, mine = true) => made.push({ id, mine, fate });
    const keep = fate === 'published' || fate === 'kept';
    const entry = (kind: Entry['kind'], region: string, id: string, token: string): Entry => ({
      ...{ kind, region, token, since: 0, until: now - 3_600_000 },
      ...(!lostAnswer || keep ? { id } : {}),
      ...(keep && (kind !== 'instance' || fate === 'kept') && { keep }),
    });
    const tagsOf = (key: string) => ({
      'serverless-image-builder:stack': stackId,
      'serverless-image-builder:image': image,
      'serverless-image-builder:entry': key,
      ...((fate === 'published' || fate === 'restored') && { 'serverless-image-builder:published': 'true' }),
    });
    const amis: string[] = [];
    const unmade = rest.unmade && released.includes(fate);
    for (const [index, region] of regions.entries()) {
      const key = index === 0 ? 'SnapshotAmi#0#0' : `CopyRegion#${index}#0`;
      if (unmade) {
        const { id: _, ...intention } = entry(index === 0 ? 'image' : 'copy', region, '', `web ${number}`);
        entries[key] = intention;
        continue;
      }
      const request = { Name: `web ${number}`, ...specifications(tagsOf(key)) } as never;
      const id = await ec2.amisOf(region).create(request);
      ec2.ami(id).state = 'available';
      amis.push(id);
      add(id);
      add(ec2.ami(id).snapshots[0]!);
      entries[key] = entry(index === 0 ? 'image' : 'copy', region, id, `web ${number}`);
    }
    if (builder && fate !== 'restored') {
      const TagSpecifications = [
        { ...specifications(tagsOf('LaunchBuilder#0#0')).TagSpecifications[0]!, ResourceType: 'instance' },
      ];
      const token = `token ${number}`;
      const { id } = await ec2.instancesOf('us-east-1').run({ ClientToken: token, TagSpecifications } as never);
      add(id);
      entries['LaunchBuilder#0#0'] = entry('instance', 'us-east-1', id, token);
    }
    const first = ec2.ami(amis[0]!);
    if (first && copies.includes('ami')) {
      const request = { Name: `copy ${number}`, ClientToken: `copy ${number}`, ...specifications(first.tags) };
      const id = await ec2.amisOf(first.region).copy(request as never);
      ec2.ami(id).state = 'available';
      add(id, false);
      add(ec2.ami(id).snapshots[0]!, false);
    }
    if (first && copies.includes('snapshot')) add(ec2.copySnapshot(first.region, first.snapshots[0]!), false);
    if (fate === 'unknown' || fate === 'foreign') continue;
    ledgers.set(image, {
      ...{ entries, stackId, dateCreated: before },
      ...((fate === 'closed' || keep) && { closed: before }),
      ...(fate === 'published' && { publication: { status: 'PUBLISHED' as const, targets: [] } }),
    });
    records.set(image, {
      ...{ arn: image, executionArn: image, timeline: {}, notes: [], state: { status: 'BUILDING' } },
      ...{ dateCreated: before, name: 'web', version: '1.0.0/1', outputResources: { amis: [] } },
      sourcePipelineName: renamed ? 'another' : 'web',
    } as never);
    const execution = {
      live: 'RUNNING',
      aborted: 'ABORTED',
      published: 'SUCCEEDED',
      restored: number % 2 ? 'SUCCEEDED' : 'ABORTED',
    };
    statuses.set(image, execution[fate as never] ?? 'FAILED');
  }
  return { ec2, ledgers, records, statuses, made };
}

type Account = Awaited<ReturnType<typeof account>>;

/** The stores in memory, as far as sweep and cleanup use them. */
function gatewaysOf({ ec2, ledgers, records, statuses }: Account) {
  const nothing = async () => {};
  const inLedger = (image: string) => ledgers.get(image)!;
  return {
    ledgers: {
      async *unsettled() {
        yield* ledgers.keys();
      },
      read: async (image: string) => structuredClone(inLedger(image)),
      find: async (image: string) => structuredClone(ledgers.get(image)),
      close: async (image: string, at: string) => {
        inLedger(image).closed ??= at;
        return structuredClone(inLedger(image));
      },
      release: async (image: string, keys: string[], at: string) => {
        for (const key of keys) inLedger(image).entries[key]!.released = at;
      },
      clean: async (image: string, at: string) => {
        inLedger(image).clean ??= at;
      },
      leave: nothing,
      keep: nothing,
    },
    images: {
      find: async (image: string) => records.get(image),
      read: async (image: string) => records.get(image)!,
      end: async (image: string, { status }: { status: 'FAILED' }) => {
        const record = records.get(image)!;
        if (record.state.status === 'BUILDING') record.state = { status };
        return record;
      },
      ...{ begin: nothing, finish: nothing, note: nothing, leave: nothing, cleaned: nothing, announced: nothing },
      fail: nothing,
    },
    plans: {
      find: async () => undefined,
      results: async () => [],
      places: async () => [{ region: 'eu-west-1' }, { region: 'ap-southeast-2' }],
    },
    waits: { of: async () => [] },
    queue: { async *waiting() {} },
    channels: { async *all() {} },
    revocations: { async *all() {} },
    copySlots: { async *destinations() {} },
    copyQueue: { free: nothing, leave: nothing },
    executions: { look: async (arn: string) => ({ status: statuses.get(arn)! }) },
    commands: { cancel: nothing },
    notices: { putEvent: nothing, publish: nothing },
    metrics: { count: () => {}, seconds: () => {} },
    reports: { write: nothing },
    instances: ec2.instancesOf,
    amis: ec2.amisOf,
    tagged: ec2.taggedIn,
    ...{ now: () => now, stackId: ours, accountId: '123456789012', region: 'us-east-1', accounts: [] },
  } as never;
}

const present = ({ ec2 }: Account) =>
  new Set([...ec2.living(), ...ec2.remaining(), ...ec2.snapshots].map(({ id }) => id));

const isReleased = ({ mine, fate, id }: Made) =>
  mine && (released.includes(fate) || (fate === 'published' && id.startsWith('i-')));

async function holds(all: Account, act: () => Promise<void>) {
  const protectedOnes = all.made.filter((one) => !isReleased(one)).map(({ id }) => id);
  await act();
  const after = present(all);
  expect(protectedOnes.filter((id) => !after.has(id))).toEqual([]);
  expect(all.made.filter(isReleased).filter(({ id }) => after.has(id))).toEqual([]);
}

it('the sweep of any account', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(build, { maxLength: 25 }), async (builds) => {
      const all = await account(builds);
      await holds(all, async () => {
        const report = await sweep(gatewaysOf(all), { dryRun: false }, { until: now + 900_000 });
        expect(report.problems).toEqual([]);
        const reported = report.orphans.map(({ id }) => id);
        const unknown = all.made.filter(({ fate }) => fate === 'unknown').map(({ id }) => id);
        const maybe = all.made.filter(({ fate, mine }) => fate !== 'foreign' && !mine).map(({ id }) => id);
        expect(report.counts.orphans).toBe(reported.length);
        expect(unknown.filter((id) => !reported.includes(id))).toEqual([]);
        expect(reported.filter((id) => !unknown.includes(id) && !maybe.includes(id))).toEqual([]);
      });
    }),
    { numRuns: 60 },
  );
});

it('cleanup of every build that is not alive, of any account', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(build, { maxLength: 25 }), async (builds) => {
      const all = await account(builds);
      await holds(all, async () => {
        for (const image of all.ledgers.keys())
          if (all.statuses.get(image) !== 'RUNNING') await cleanup(gatewaysOf(all), image).catch(() => {});
      });
    }),
    { numRuns: 60 },
  );
});

it('the sweep of an account with thousands of resources', async () => {
  const builds = fc.sample(build, { numRuns: 500, seed: 4 });
  const all = await account(builds);
  expect(all.made.length).toBeGreaterThan(2000);
  await holds(all, async () => {
    const report = await sweep(gatewaysOf(all), { dryRun: false }, { until: now + 900_000 });
    expect(report).toMatchObject({ complete: true, problems: [] });
  });
});

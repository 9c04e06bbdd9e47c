// Many pipelines that start within a minute on the paper cloud, at an endpoint with AWS's token buckets: how they end, and what it took.
import type { Delays } from '../../local/cloud.ts';
import { type ApiLimits, awsLimits } from '../../local/throttling/aws-buckets.ts';
import type { ThrottleTally } from '../../local/throttling/throttled.ts';
import { type ImageRecord, isUnderWay } from '../../shared/model/image-record.ts';
import { images } from '../../shared/store/images.ts';
import { component } from '../e2e/pipeline-folder.ts';
import type { Records } from './belongings.ts';
import { builder, manyResources, tally } from './many-builds.ts';
import { accountId } from './paper-cloud.ts';
import { type Meter, openWorld, type World } from './world.ts';

export type Rush = {
  builds: number;
  /** Milliseconds within which they start, one after the other. */
  within: number;
  /** Regions to copy to. */
  regions?: string[];
  delays: Partial<Delays>;
  limits?: ApiLimits;
  /** Variables of every function that the stack sets otherwise. */
  variables?: Record<string, string>;
  meter?: Meter;
  /** Told of the world before anything happens in it, and when the first build is about to start. */
  opened?(world: World): void;
  begins?(): void;
};

export type Rushed = {
  statuses: Record<string, number>;
  reasons: string[];
  images: ImageRecord[];
  /** Milliseconds from the first start to the last image's end. */
  makespan: number;
  /** Most invocations of functions at a time. */
  concurrency: number;
  /** Calls by function, service and operation; tries of one call by its client count once. */
  calls: Record<string, number>;
  throttles: ThrottleTally;
  orphans: string[];
  faults: string[];
};

/** Milliseconds that a call takes, roughly: the time in which invocations overlap. */
const latency: Record<string, number> = { dynamodb: 5, ec2: 250, lambda: 20 };
const otherLatency = 50;

export async function rush(wanted: Rush): Promise<Rushed> {
  const { builds, within, regions = [], delays, limits, variables, meter } = wanted;
  let concurrency = 0;
  const world = await openWorld(
    [],
    {
      tables: meter?.tables ?? ((store) => store),
      async intercept(call, act) {
        concurrency = Math.max(concurrency, world.cloud().living.size);
        if (!call.caller.principalArn.endsWith(':root')) await world.clock.sleep(latency[call.service] ?? otherLatency);
        return meter ? meter.intercept(call, act) : act();
      },
    },
    { delays, apiLimits: limits ?? awsLimits, unwritten: true, ...(variables && { variables }) },
  );
  try {
    wanted.opened?.(world);
    const { clock } = world;
    const { composed } = world.cloud();
    const { table, register, start } = await builder(world);
    const names = Array.from({ length: builds }, (_, index) => `rush-${index}`);
    for (const name of names) await register(manyResources(name, rushComponent, regions));
    world.strikes.begin();
    wanted.begins?.();
    const began = clock.now();
    const arns = await Promise.all(
      names.map(async (imagePipelineName, index) => {
        await clock.sleep((within / builds) * index);
        return start(imagePipelineName);
      }),
    );
    const store = images(table);
    const ended: ImageRecord[] = [];
    let open = arns;
    for (const longest = clock.now() + 48 * 3_600_000; open.length > 0 && clock.now() < longest; ) {
      await clock.sleep(5000);
      const still: string[] = [];
      // In the order of their starts: who is under way keeps the later ones from being read.
      for (const [index, arn] of open.entries()) {
        const record = (await clock.during(store.read(arn))) as ImageRecord;
        if (!isUnderWay(record.state.status)) ended.push(record);
        else still.push(arn);
        if (still.length === 3) {
          still.push(...open.slice(index + 1));
          break;
        }
      }
      open = still;
    }
    await clock.sleep(5 * 60_000);
    return {
      statuses: tally([...ended.map(({ state }) => state.status), ...open.map(() => 'UNDER WAY')]),
      reasons: ended.flatMap(({ state }) => state.reason ?? []),
      images: ended,
      makespan: Math.max(...ended.map(({ dateEnded }) => Date.parse(dateEnded!))) - began,
      concurrency,
      calls: tally(world.strikes.recorded.map((key) => key.replace(/ \d+$/, ''))),
      throttles: composed.throttles,
      orphans: orphans(world.records(), ended),
      faults: world.faults,
    };
  } finally {
    await world.close();
  }
}

/** What is there of our account beside the AMIs that images name, and their snapshots. */
function orphans(records: Records, ended: ImageRecord[]): string[] {
  const own = <Record extends { accountId: string }>(all: { [id: string]: Record }) =>
    Object.entries(all).filter(([, record]) => record.accountId === accountId);
  const named = new Set(ended.flatMap(({ outputResources }) => outputResources.amis.map(({ image }) => image)));
  const kept = own(records.images).filter(([id]) => named.has(id));
  const snapshots = new Set(kept.flatMap(([, { blockDevices }]) => blockDevices.map(({ snapshotId }) => snapshotId)));
  return [
    ...own(records.instances).flatMap(([id, { state }]) => (state === 'terminated' ? [] : [id])),
    ...own(records.volumes).map(([id]) => id),
    ...own(records.images).flatMap(([id]) => (named.has(id) ? [] : [id])),
    ...own(records.snapshots).flatMap(([id]) => (snapshots.has(id) ? [] : [id])),
    ...[...named].filter((id) => !records.images[id]).map((id) => `${id} is gone`),
  ];
}

const rushComponent = {
  name: 'rush',
  data: component('rush', {
    build: [{ name: 'Make', commands: ['echo made >/var/made'] }],
    test: [{ name: 'Check', commands: ['test -s /var/made'] }],
  }),
};

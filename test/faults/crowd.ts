// Many builds at once on the paper cloud, each to several regions: what their copies came to, by the endpoint's own count.
import type { ApiLimits } from '../../local/throttling/aws-buckets.ts';
import { newest } from '../../shared/build/ledger.ts';
import { isUnderWay } from '../../shared/model/image-record.ts';
import { copySlots } from '../../shared/store/copy-slots.ts';
import { images } from '../../shared/store/images.ts';
import { ledgers } from '../../shared/store/ledgers.ts';
import { component } from '../e2e/pipeline-folder.ts';
import { builder, manyResources, tally } from './many-builds.ts';
import type { Strike } from './strikes.ts';
import { openWorld } from './world.ts';

export type Crowd = {
  builds: number;
  regions: string[];
  /** Milliseconds that a copy takes. */
  copying: number;
  snapshots: number;
  strikes?: Strike[];
  /** Token buckets of the endpoint. */
  apiLimits?: ApiLimits;
};

export type Copied = {
  region: string;
  build: number;
  /** Epoch milliseconds: first asked for, and begun. */
  asked: number;
  begun: number;
};

export type Gathered = {
  /** How many images ended so. */
  statuses: Record<string, number>;
  reasons: string[];
  /** By region: the most snapshot copies at a time, and how many calls the endpoint refused. */
  peaks: Record<string, { snapshots: number; copies: number; refused: number }>;
  copies: Copied[];
  /** Milliseconds from the first copy that began to the last that ended. */
  makespan: number;
  /** Invocations of copy-region, and the calls that it and the router make, by function and operation. */
  calls: Record<string, number>;
  /** CopyImage calls that its bucket refused. */
  throttled: number;
  /** What the queues still hold. */
  left: string[];
  waitingTexts: string[];
  faults: string[];
};

const names = (count: number) => Array.from({ length: count }, (_, index) => `crowd-${index}`);

export async function crowd({
  builds,
  regions,
  copying,
  snapshots,
  strikes = [],
  apiLimits,
}: Crowd): Promise<Gathered> {
  const world = await openWorld(strikes, undefined, {
    delays: { copyAvailable: copying },
    copyLimits: { snapshots, images: 300 },
    apiLimits,
    variables: { SNAPSHOT_COPIES: String(snapshots) },
  });
  try {
    const { clock } = world;
    const { composed } = world.cloud();
    const { table, register, start } = await builder(world);
    for (const name of names(builds)) await register(manyResources(name, crowdComponent, regions, untested));
    world.strikes.begin();
    const arns = await Promise.all(names(builds).map(start));
    const read = () => Promise.all(arns.map((arn) => images(table).read(arn)));
    const texts = new Set<string>();
    const longest = clock.now() + 48 * 3_600_000;
    for (;;) {
      const records = await clock.during(read());
      for (const { timeline } of records)
        for (const { waiting } of Object.values(timeline)) if (waiting) texts.add(waiting);
      if (!records.some(({ state }) => isUnderWay(state.status)) || clock.now() > longest) break;
      await clock.sleep(Math.max(1000, copying / 4));
    }
    await clock.sleep(5 * 60_000);
    const ended = await clock.during(read());
    const kept = await clock.during(Promise.all(arns.map((arn) => ledgers(table).read(arn))));
    const copies = kept.flatMap((ledger, build) =>
      regions.flatMap((region, index): Copied[] => {
        const entry = newest(ledger, 'CopyRegion', index + 1)?.entry;
        return entry?.id && entry.queued ? [{ region, build, asked: entry.queued.since, begun: entry.since }] : [];
      }),
    );
    const slots = copySlots(table);
    const left: string[] = [];
    for (const region of regions) {
      const to = { account: '000000000000', region };
      const { held } = await clock.during(slots.read(to));
      left.push(...Object.keys(held), ...(await clock.during(slots.queue(to, 1000))).map(({ copy }) => copy));
    }
    const peaks = regions.map((region) => [region, composed.ec2.copies[`000000000000 ${region}`]!] as const);
    const begun = copies.map((copy) => copy.begun);
    return {
      statuses: tally(ended.map(({ state }) => state.status)),
      reasons: ended.flatMap(({ state }) => state.reason ?? []),
      peaks: Object.fromEntries(peaks),
      copies,
      makespan: Math.max(...begun) + copying - Math.min(...begun),
      calls: tally(
        world.strikes.recorded
          .filter((key) => /^(copy-region|resume-build) |^states lambda\.Invoke copy-region/.test(key))
          .map((key) => key.split(' ').slice(0, 2).join(' ')),
      ),
      throttled: Object.entries(composed.throttles).reduce(
        (sum, [key, { refused }]) => sum + (key.endsWith(' CopyImage') ? refused : 0),
        0,
      ),
      left,
      waitingTexts: [...texts],
      faults: world.faults,
    };
  } finally {
    await world.close();
  }
}

/** By how many milliseconds a copy began sooner than one of its region that had asked before it: the most. */
export function overtaking(copies: Copied[]): number {
  let most = 0;
  for (const region of new Set(copies.map((copy) => copy.region))) {
    let latest = Number.NEGATIVE_INFINITY;
    for (const { begun } of copies.filter((copy) => copy.region === region).sort((a, b) => a.asked - b.asked)) {
      most = Math.max(most, latest - begun);
      latest = Math.max(latest, begun);
    }
  }
  return most;
}

const crowdComponent = {
  name: 'crowd',
  data: component('crowd', { build: [{ name: 'Make', commands: ['echo made'] }] }),
};

const untested = { imageTestsConfiguration: { imageTestsEnabled: false } };

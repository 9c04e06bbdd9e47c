// What a build leaves in the account when it is killed, cancelled, fails or takes too long: Packer and ours, at the same three moments.
import { setTimeout as sleep } from 'node:timers/promises';
import { table } from '../shared/table.ts';
import type { Builder } from './builder.ts';
import { type Cloud, failingRegion, home, homeRegion, startCloud } from './cloud.ts';
import { expire } from './expire.ts';
import { added, type Inventory, inventory, inventoryText, kinds, total } from './inventory.ts';
import { type Moment, moments, pendingAt, reached, terminateInstances } from './moment.ts';
import { allImages, newestImage, readImage, withoutPublished } from './our-image.ts';
import { startOurs } from './ours.ts';
import { startPacker } from './packer.ts';

/** Seconds that Packer is given after its end; ours cleans up by itself and is watched until nothing is left. */
const grace = { Packer: 60, ours: 300 };

const ways = {
  SIGKILL: 'the command is killed with all its processes',
  SIGINT: 'Ctrl-C',
  failure: 'what is waited for fails: the instance is terminated by someone else, the image fails, one copy fails',
  'time-out': "the wait takes longer than it may (Packer: AWS_MAX_ATTEMPTS; ours: the ledger's note moved back a week)",
  'cloud killed': 'the cloud itself is killed and started again, with the build in it',
  'all, once more': 'all that our builds of this wait left, looked at again half a minute after the last',
} as const;
type Way = keyof typeof ways;
type Fault = Exclude<Way, 'all, once more'>;

type Cell = {
  builder: 'Packer' | 'ours';
  moment: Moment;
  way: Way;
  ended: string;
  left: Inventory;
  /** From the fault until nothing is left, or until nobody waits any more. */
  seconds: number;
};

const failing = (moment: Moment, way: Way) => moment === 'copies' && way === 'failure';
const copyRegions = (moment: Moment, way: Way) => ['eu-west-1', failing(moment, way) ? failingRegion : 'us-west-2'];
const regions = [homeRegion, 'eu-west-1', 'us-west-2', failingRegion];

export async function leftBehind() {
  const cells: Cell[] = [];
  for (const moment of moments) {
    console.error(`Left behind: while waiting for the ${moment}`);
    const cloud = await startCloud(pendingAt(moment));
    const unfinished: Builder[] = [];
    const before = await inventory(cloud, home, regions);
    try {
      const packers = Promise.all(packerWays.map((way, index) => packerCell(cloud, moment, way, index)));
      const mine: Cell[] = [];
      for (const way of ourWays) {
        // The cloud is Packer's too.
        if (way === 'cloud killed') await packers;
        mine.push(await ourCell(cloud, moment, way, unfinished));
      }
      cells.push(...(await packers), ...mine, await onceMore(cloud, moment, before));
    } finally {
      for (const builder of unfinished) builder.signal('SIGKILL');
      await cloud.close();
    }
  }
  print(cells);
  return cells.map(({ left, ...cell }) => ({
    ...cell,
    left: Object.fromEntries(kinds.map((kind) => [kind, left[kind].size])),
  }));
}

const packerWays: Fault[] = ['SIGKILL', 'SIGINT', 'failure', 'time-out'];
const ourWays: Fault[] = ['SIGKILL', 'SIGINT', 'failure', 'time-out', 'cloud killed'];

async function packerCell(cloud: Cloud, moment: Moment, way: Way, index: number): Promise<Cell> {
  const account = `20000000000${index}`;
  const before = await inventory(cloud, account, regions);
  const polling = { every: 1, ...(way === 'time-out' && { attempts: 3 }) };
  const builder = await startPacker(cloud, account, copyRegions(moment, way), polling);
  if (way !== 'time-out' && !failing(moment, way)) {
    await reached(moment, cloud, account, [homeRegion, ...copyRegions(moment, way)]);
    // Packer has its answer then, and has begun to wait.
    await sleep(1500);
    if (way === 'failure') await terminateInstances(cloud, account);
    else builder.signal(way as NodeJS.Signals);
  }
  const { end } = await builder.ended;
  const { left, seconds } = await afterGrace(grace.Packer, async () =>
    added(await inventory(cloud, account, regions), before),
  );
  return told({ builder: 'Packer', moment, way, ended: String(end), left, seconds });
}

async function ourCell(cloud: Cloud, moment: Moment, way: Fault, unfinished: Builder[]): Promise<Cell> {
  const before = await inventory(cloud, home, regions);
  const builder = startOurs(cloud, `${moment}-${way.replace(' ', '-')}`, copyRegions(moment, way));
  await reached(moment, cloud, home, [homeRegion, ...copyRegions(moment, way)]);
  // Until the copy has failed.
  if (failing(moment, way)) await sleep((pendingAt(moment).copies + 1) * 1000);
  else await sleep(1500);
  if (way === 'time-out') await expire(cloud, await newestImage(cloud));
  else if (way === 'cloud killed') {
    await cloud.kill();
    await cloud.start();
  } else if (way !== 'failure') builder.signal(way);
  else if (!failing(moment, way)) await terminateInstances(cloud, home);
  // Its command waits until the record has ended, which may be minutes after the last resource has gone.
  if (way !== 'SIGKILL') unfinished.push(builder);
  const arn = await newestImage(cloud);
  const { left, seconds } = await afterGrace(grace.ours, async () =>
    withoutPublished(cloud, await readImage(cloud, arn), added(await inventory(cloud, home, regions), before)),
  );
  const { status } = (await readImage(cloud, arn)).state;
  return told({ builder: 'ours', moment, way, ended: `image ${status}`, left, seconds });
}

/** What came after a cell had been found clean would be seen here. */
async function onceMore(cloud: Cloud, moment: Moment, before: Inventory): Promise<Cell> {
  await sleep(30_000);
  let left = added(await inventory(cloud, home, regions), before);
  const images = await allImages(cloud);
  for (const image of images) left = await withoutPublished(cloud, image, left);
  const ended = `${images.length} images`;
  return told({ builder: 'ours', moment, way: 'all, once more', ended, left, seconds: 30 });
}

function told(cell: Cell): Cell {
  const { builder, moment, way, ended, left, seconds } = cell;
  console.error(`  ${moment}, ${way}, ${builder}: ${ended}, left: ${inventoryText(left)} (${seconds.toFixed(0)} s)`);
  return cell;
}

/** Looks until nothing is left, for so many seconds. */
async function afterGrace(
  limit: number,
  look: () => Promise<Inventory>,
): Promise<{ left: Inventory; seconds: number }> {
  const started = performance.now();
  for (;;) {
    const left = await look();
    const seconds = (performance.now() - started) / 1000;
    if (total(left) === 0 || seconds > limit) return { left, seconds };
    await sleep(1000);
  }
}

function print(cells: Cell[]): void {
  const rows = cells.map(({ builder, moment, way, ended, left, seconds }) => [
    ...[moment, way, builder, ended, inventoryText(left)],
    total(left) === 0 ? seconds.toFixed(0) : '',
  ]);
  const order = [...moments] as string[];
  const wayOrder = Object.keys(ways);
  rows.sort((a, b) => order.indexOf(a[0]!) - order.indexOf(b[0]!) || wayOrder.indexOf(a[1]!) - wayOrder.indexOf(b[1]!));
  console.log(
    `Left behind: looked at until nothing is left, for ${grace.Packer} s after Packer's end, for ${grace.ours} s with ours\n`,
  );
  console.log(table(['while waiting for the', 'way', 'builder', 'end', 'left in the account', 'clean after s'], rows));
  console.log(
    `\n${Object.entries(ways)
      .map(([way, text]) => `${way}: ${text}`)
      .join('\n')}`,
  );
  for (const builder of ['Packer', 'ours'] as const) {
    const mine = cells.filter((cell) => cell.builder === builder);
    const dirty = mine.filter(({ left }) => total(left) > 0);
    const things = mine.reduce((sum, { left }) => sum + total(left), 0);
    console.log(`${builder}: ${dirty.length} of ${mine.length} ways left something, ${things} resources in all`);
  }
  console.log();
}

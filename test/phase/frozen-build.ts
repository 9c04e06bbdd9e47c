// Builds in the middle, as a version of this program left them in the table: written once, then read by every later version's tests.
// To freeze today's: cli/node24 test/phase/frozen-build.ts > test/phase/golden/builds-<date>.json
import type { Table } from '../../shared/aws/table.ts';
import type { Ledger } from '../../shared/build/ledger.ts';
import type { Wait } from '../../shared/store/waits.ts';
import { openTable } from '../store/open-table.ts';
import type { FakeEc2 } from './fake-ec2.ts';
import { type Build, short, wholeBuild } from './whole-build.ts';
import { newWorld, type World } from './world.ts';

type Item = Record<string, unknown> & { pk: string; sk: string };

export type Moment = {
  /** The waiting state, or what has just been done. */
  at: string;
  image: string;
  items: Item[];
  ec2: Pick<FakeEc2, 'instances' | 'amis' | 'snapshots'>;
  sent: World['sent'];
};

/** All that is in the table of one build. */
async function itemsOf(table: Table, image: string): Promise<Item[]> {
  const items = (await table.query(image)) as Item[];
  const { entries } = items.find(({ sk }) => sk === 'ledger') as unknown as Ledger;
  const resources = new Set(Object.values(entries).flatMap(({ id, instanceId }) => [id, instanceId]));
  const waits = [...resources, image].map((one) => table.query(`wait#${one}`));
  return [...items, ...((await Promise.all(waits)).flat() as Item[])];
}

/** Every moment at which a build waits, and the one just after it was published. */
export async function freeze(table: Table): Promise<Moment[]> {
  const moments = new Map<string, Moment>();
  const take = async (at: string, { world, clock }: Build) => {
    if (moments.has(at)) return;
    const { image, ec2, sent } = world;
    const items = await clock.during(itemsOf(table, image));
    const { instances, amis, snapshots } = ec2;
    moments.set(at, structuredClone({ at, image, items, ec2: { instances, amis, snapshots }, sent }));
  };
  const interference = {
    async after(state: string, build: Build) {
      if (state === 'PublishImage') await take(state, build);
    },
    async outside(state: string, build: Build) {
      await take(state, build);
      return true;
    },
  };
  await wholeBuild(table, interference, { ...short, approval: { timeoutHours: 2 } });
  return [...moments.values()];
}

/** A world that holds a frozen build, and nothing of what an earlier test made of it. */
export async function thaw(table: Table, moment: Moment): Promise<World> {
  const { image, items, ec2, sent } = structuredClone(moment);
  // First, since the build of a new world may have the same number.
  const world = await newWorld(table);
  for (const { pk, sk } of (await table.query(image)) as Item[]) await table.delete({ pk, sk });
  await table.putAll(items.map((item) => ({ ...item, ...unfrozenBytes(item) })));
  Object.assign(world.ec2, ec2);
  world.sent.push(...sent);
  const { images, ledgers } = world.gateways;
  return { ...world, image, read: () => images.read(image), ledger: () => ledgers.read(image) };
}

/** JSON has no bytes. */
const frozenBytes = (_: string, value: unknown) =>
  value instanceof Uint8Array ? { base64: Buffer.from(value).toString('base64') } : value;
const unfrozenBytes = ({ packed }: Item) => {
  const base64 = (packed as { base64?: string } | undefined)?.base64;
  return base64 === undefined ? {} : { packed: Buffer.from(base64, 'base64') };
};

/** What the build of a moment waits for. */
export const waitsOf = ({ items }: Moment): Wait[] =>
  items.filter(({ pk }) => pk.startsWith('wait#')).map((item) => item as unknown as Wait);

if (import.meta.main) {
  const { table, close } = await openTable();
  const lines = (await freeze(table)).map((moment) => JSON.stringify(moment, frozenBytes));
  process.stdout.write(`[\n${lines.join(',\n')}\n]\n`);
  await close();
}

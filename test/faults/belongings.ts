// What the local EC2 holds that bears a build's tags, and how much of it there was at a time.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageRecord, InstanceRecord, SnapshotRecord, TagRecord } from '../../local/ec2/records.ts';
import { entryTag, imageTag } from '../../shared/model/tags.ts';

export type Records = {
  instances: Record<string, InstanceRecord>;
  images: Record<string, ImageRecord>;
  snapshots: Record<string, SnapshotRecord>;
  tags: Record<string, TagRecord>;
};

export const recordsOf = (stateDirectory: string) =>
  JSON.parse(readFileSync(join(stateDirectory, 'ec2', 'records.json'), 'utf8')) as Records;

export type Owner = { image: string; entry: string };

/** The build and the ledger entry that something was made for. */
export function ownerOf({ tags }: Pick<Records, 'tags'>, id: string): Owner | undefined {
  const found = Object.values(tags).find(({ resourceId }) => resourceId === id)?.tags;
  return found?.[imageTag] === undefined ? undefined : { image: found[imageTag], entry: found[entryTag] ?? '' };
}

/** Operations after which there may be more than before. */
export const makes = ['RunInstances', 'CreateImage', 'CopyImage'];

/** The most there ever was at a time, of one build: of living instances by state of the machine, of AMIs by region. */
export type Peaks = Record<string, number>;

const alive = ['pending', 'running', 'stopping', 'stopped'];

export function measure(peaks: Peaks, records: Records): void {
  const counts = new Map<string, { what: string; number: number }>();
  const count = (id: string, what: (owner: Owner) => string) => {
    const owner = ownerOf(records, id);
    if (!owner) return;
    const key = `${owner.image} ${what(owner)}`;
    counts.set(key, { what: what(owner), number: (counts.get(key)?.number ?? 0) + 1 });
  };
  for (const { instanceId, state } of Object.values(records.instances))
    if (alive.includes(state)) count(instanceId, ({ entry }) => `live instances of ${entry.split('#')[0]}`);
  for (const { imageId, region } of Object.values(records.images)) count(imageId, () => `AMIs in ${region}`);
  for (const { what, number } of counts.values()) peaks[what] = Math.max(peaks[what] ?? 0, number);
}

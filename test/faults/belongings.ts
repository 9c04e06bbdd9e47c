// What the local EC2 holds that bears a build's tags, and how much of it there was at a time.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageRecord, InstanceRecord, SnapshotRecord, TagRecord, VolumeRecord } from '../../local/ec2/records.ts';
import { entryTag, imageTag } from '../../shared/model/tags.ts';

export type Records = {
  instances: Record<string, InstanceRecord>;
  images: Record<string, ImageRecord>;
  snapshots: Record<string, SnapshotRecord>;
  volumes: Record<string, VolumeRecord>;
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

/** The most there ever was at a time, of one build: of living instances by state of the machine, of AMIs by state and region. */
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
  for (const { imageId, region, accountId } of Object.values(records.images))
    count(imageId, ({ entry }) => `AMIs of ${entry.split('#')[0]} in ${region} of ${accountId}`);
  for (const { what, number } of counts.values()) peaks[what] = Math.max(peaks[what] ?? 0, number);
}

type Found = { id: string; what: string };

/** What there is of a build, of whatever type: all that bears its tags and lives, and all in our account that bears no tags at all. */
export function belongings(records: Records, image: string): Found[] {
  const { instances, images, snapshots, volumes, tags } = records;
  const ended = Object.values(instances).filter(({ state }) => state === 'terminated');
  const gone = new Set(
    ended.flatMap(({ instanceId, networkInterfaceId, blockDevices }) => [
      instanceId,
      networkInterfaceId,
      ...blockDevices.map(({ volumeId }) => volumeId).filter((id) => !volumes[id]),
    ]),
  );
  const tagged = Object.values(tags).flatMap(({ resourceId: id, resourceType, region }) => {
    const owner = ownerOf(records, id);
    return owner?.image === image && !gone.has(id) ? [{ id, what: `${resourceType} ${owner.entry} in ${region}` }] : [];
  });
  const all = [
    ...Object.values(instances).map(({ instanceId: id, ...rest }) => ({ id, ...rest })),
    ...Object.values(images).map(({ imageId: id, ...rest }) => ({ id, ...rest })),
    ...Object.values(snapshots).map(({ snapshotId: id, ...rest }) => ({ id, ...rest })),
    ...Object.values(volumes).map(({ volumeId: id, ...rest }) => ({ id, ...rest })),
  ];
  const nameless = all.filter(({ id, accountId }) => accountId === home && !gone.has(id) && !ownerOf(records, id));
  return [...tagged, ...nameless.map(({ id, region }) => ({ id, what: `${id} in ${region}, without tags` }))];
}

/** Other accounts publish the images that this machine's root stands in for. */
const home = '000000000000';

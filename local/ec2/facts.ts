// What a permission may depend on: owner and tags of whatever has an id.
import type { Records } from './records.ts';

export type ResourceFacts = {
  accountId: string;
  region: string;
  tags: Record<string, string>;
  /** Of an image: whether all may launch it, and its snapshots. */
  public?: boolean;
  snapshots?: string[];
  instanceProfile?: string;
};

/** Undefined where nothing has this id. */
export function resourceFacts(records: Records, id: string): ResourceFacts | undefined {
  const tags = records.tags[id]?.tags ?? {};
  const image = records.images[id];
  if (image) {
    const { accountId, region, launchPermissions, blockDevices } = image;
    const snapshots = blockDevices.flatMap(({ snapshotId }) => (records.snapshots[snapshotId] ? [snapshotId] : []));
    return { accountId, region, tags, public: launchPermissions.some(({ group }) => group === 'all'), snapshots };
  }
  const owned = records.snapshots[id] ?? records.launchTemplates[id] ?? records.exportTasks[id];
  if (owned) return { accountId: owned.accountId, region: owned.region, tags };
  const holder =
    records.instances[id] ??
    Object.values(records.instances).find(
      ({ networkInterfaceId, blockDevices }) =>
        networkInterfaceId === id || blockDevices.some(({ volumeId }) => volumeId === id),
    );
  if (!holder) return undefined;
  const { accountId, region, instanceProfile } = holder;
  return { accountId, region, tags, ...(instanceProfile && { instanceProfile: instanceProfile.arn }) };
}

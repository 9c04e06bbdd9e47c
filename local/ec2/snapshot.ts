// DescribeSnapshots, DeleteSnapshot and DeregisterImage: how what an image is made of ends.
import { AwsError, type Caller, type Input, type Operation } from '../service.ts';
import { announceImage } from './announcement.ts';
import { assertUnprotected } from './deregistration-protection.ts';
import { type FilterValues, filtered } from './filter.ts';
import { checkId, notFound } from './identifier.ts';
import { flag, list, page, required } from './input.ts';
import type { ImageRecord, SnapshotRecord } from './records.ts';
import type { Ec2 } from './room.ts';
import { mayRead } from './snapshot-attribute.ts';
import { tagSet, tagsOf } from './tags.ts';

const values: FilterValues<SnapshotRecord> = {
  'snapshot-id': (snapshot) => [snapshot.snapshotId],
  status: (snapshot) => [snapshot.state],
  'volume-id': (snapshot) => [snapshot.volumeId],
  description: (snapshot) => [snapshot.description],
  'owner-id': (snapshot) => [snapshot.accountId],
  encrypted: (snapshot) => [String(snapshot.encrypted)],
};

/** The caller's image; others' answer AuthFailure when they can be seen. */
export function ownImage(ec2: Ec2, caller: Caller, id: string): ImageRecord {
  const image = ec2.records.images[checkId('ami', id)];
  if (!image && ec2.records.deregistered.includes(id))
    throw new AwsError('InvalidAMIID.Unavailable', `The image ID '${id}' is no longer available`);
  if (!image || image.region !== caller.region) throw notFound('ami', [id]);
  if (image.accountId !== caller.accountId) throw new AwsError('AuthFailure', `Not authorized for image:${id}`);
  return image;
}

function userOf(ec2: Ec2, snapshotId: string): ImageRecord | undefined {
  return Object.values(ec2.records.images).find((image) =>
    image.blockDevices.some((device) => device.snapshotId === snapshotId),
  );
}

function removeSnapshot(ec2: Ec2, { snapshotId, layer }: SnapshotRecord): void {
  delete ec2.records.snapshots[snapshotId];
  delete ec2.records.tags[snapshotId];
  const shared = Object.values(ec2.records.snapshots).some((other) => other.layer === layer);
  if (layer && !shared) ec2.background.start(() => ec2.machine.removeLayer(layer));
}

export function snapshotOperations(ec2: Ec2): Record<string, Operation> {
  return {
    DescribeSnapshots(input, caller) {
      const ids = list(input, 'SnapshotId').map((id) => checkId('snap', id));
      const owners = list(input, 'Owner').map((owner) => (owner === 'self' ? caller.accountId : owner));
      const seen = Object.values(ec2.records.snapshots).filter(
        (snapshot) => snapshot.region === caller.region && mayRead(snapshot, caller.accountId),
      );
      const missing = ids.filter((id) => !seen.some((snapshot) => snapshot.snapshotId === id));
      if (missing.length > 0) throw notFound('snap', missing);
      const asked = seen.filter(
        (snapshot) =>
          (ids.length === 0 || ids.includes(snapshot.snapshotId)) &&
          (owners.length === 0 || owners.includes(snapshot.accountId)),
      );
      const tags = (snapshot: SnapshotRecord) => tagsOf(ec2, caller.accountId, snapshot.snapshotId);
      const { items, nextToken } = page(filtered(asked, input, values, tags), input);
      return { snapshotSet: items.map((snapshot) => snapshotView(ec2, snapshot, tags(snapshot))), nextToken };
    },
    DeleteSnapshot(input, caller) {
      const id = checkId('snap', required(input, 'SnapshotId'));
      const snapshot = ec2.records.snapshots[id];
      if (!snapshot || snapshot.region !== caller.region || snapshot.accountId !== caller.accountId)
        throw notFound('snap', [id]);
      const user = userOf(ec2, id);
      if (user)
        throw new AwsError('InvalidSnapshot.InUse', `The snapshot ${id} is currently in use by ${user.imageId}`);
      removeSnapshot(ec2, snapshot);
      ec2.records.save();
      return { return: true };
    },
    DeregisterImage: (input, caller) => deregister(ec2, input, caller),
  };
}

function deregister(ec2: Ec2, input: Input, caller: Caller): unknown {
  const image = ownImage(ec2, caller, required(input, 'ImageId'));
  assertUnprotected(image, ec2.cloud.clock.now());
  delete ec2.records.images[image.imageId];
  ec2.records.deregistered = [...ec2.records.deregistered, image.imageId].slice(-1000);
  delete ec2.records.tags[image.imageId];
  const results = [];
  if (flag(input, 'DeleteAssociatedSnapshots')) {
    for (const { snapshotId } of image.blockDevices) {
      const snapshot = ec2.records.snapshots[snapshotId];
      const used = userOf(ec2, snapshotId) !== undefined;
      if (snapshot && !used) removeSnapshot(ec2, snapshot);
      results.push({ snapshotId, returnCode: used ? 'skipped' : snapshot ? 'success' : 'client-error' });
    }
  }
  ec2.records.save();
  announceImage(ec2.cloud, image, 'deregistered');
  return { return: true, ...(flag(input, 'DeleteAssociatedSnapshots') && { deleteSnapshotResultSet: results }) };
}

function snapshotView(ec2: Ec2, snapshot: SnapshotRecord, tags: Record<string, string>): unknown {
  const kmsKeyId = snapshot.encrypted ? (snapshot.kmsKeyId ?? ec2.keys?.ownKey(snapshot)) : undefined;
  return {
    snapshotId: snapshot.snapshotId,
    volumeId: snapshot.volumeId,
    status: snapshot.state,
    ...(snapshot.message && { statusMessage: snapshot.message }),
    startTime: new Date(snapshot.startTime),
    progress: snapshot.state === 'completed' ? '100%' : '0%',
    ownerId: snapshot.accountId,
    volumeSize: snapshot.volumeSize,
    description: snapshot.description,
    encrypted: snapshot.encrypted,
    ...(kmsKeyId && { kmsKeyId }),
    storageTier: 'standard',
    tagSet: tagSet(tags),
  };
}

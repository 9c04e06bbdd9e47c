// What CreateImage and CopyImage share: the records of a new image and its snapshots, and how they become available.
import { AwsError } from '../service.ts';
import { announceImage } from './announcement.ts';
import { newId } from './identifier.ts';
import type { ImageRecord, Scope, SnapshotRecord } from './records.ts';
import { lateRefusal } from './refusal.ts';
import type { Ec2 } from './room.ts';
import { setTags } from './tags.ts';

type NewImage = Omit<ImageRecord, 'accountId' | 'region' | 'state' | 'creationDate' | 'launchPermissions'>;

export function addImage(
  ec2: Ec2,
  scope: Scope,
  image: NewImage,
  tags: Record<string, string> | undefined,
): ImageRecord {
  const { accountId, region } = scope;
  const creationDate = new Date(ec2.cloud.clock.now()).toISOString();
  const added: ImageRecord = { ...image, accountId, region, state: 'pending', creationDate, launchPermissions: [] };
  ec2.records.images[image.imageId] = added;
  setTags(ec2, scope, image.imageId, tags);
  ec2.records.save();
  return added;
}

type NewSnapshot = Pick<SnapshotRecord, 'volumeId' | 'volumeSize' | 'description' | 'encrypted' | 'kmsKeyId' | 'layer'>;

export function addSnapshot(
  ec2: Ec2,
  scope: Scope,
  from: NewSnapshot,
  tags: Record<string, string> | undefined,
): SnapshotRecord {
  const { accountId, region } = scope;
  const { volumeId, volumeSize, description, encrypted, kmsKeyId, layer } = from;
  const startTime = new Date(ec2.cloud.clock.now()).toISOString();
  const added: SnapshotRecord = {
    ...{
      accountId,
      region,
      snapshotId: newId('snap'),
      state: 'pending',
      volumeId,
      volumeSize,
      description,
      startTime,
      encrypted,
    },
    ...(kmsKeyId && { kmsKeyId }),
    ...(layer && { layer }),
  };
  ec2.records.snapshots[added.snapshotId] = added;
  setTags(ec2, scope, added.snapshotId, tags);
  return added;
}

/** Takes a pending image to available, or to failed with the reason. */
export function finish(ec2: Ec2, image: ImageRecord, delay: number, work: () => Promise<void>): void {
  const { records, background, settings } = ec2;
  const refused = image.keyProblem
    ? unusableKey
    : lateRefusal(settings.refusals, image.sourceInstanceId ? 'CreateImage' : 'CopyImage', image);
  const layers = image.blockDevices.flatMap(({ snapshotId }) => records.snapshots[snapshotId]?.layer ?? []);
  background.start(async (signal) => {
    try {
      await work();
      await ec2.cloud.clock.sleep(delay, signal);
      if (refused) image.stateReason = refused;
      settle(ec2, image, refused ? 'failed' : 'available');
    } catch (error) {
      if (signal.aborted) throw error;
      const said = error instanceof Error ? error.message : String(error);
      image.stateReason ??= { code: 'Server.InternalError', message: `Server.InternalError: ${said}` };
      settle(ec2, image, 'failed');
    }
    // Its snapshots may have been deleted while the disk was copied.
    const kept = Object.values(records.snapshots).map((snapshot) => snapshot.layer);
    for (const layer of layers) if (!kept.includes(layer)) await ec2.machine.removeLayer(layer);
  });
}

/** All that EC2 says of a copy whose key EBS may not use, as it is quoted (hashicorp/packer, issue 6737); its snapshots say more. */
const unusableKey = {
  code: 'Client.InternalError',
  message: 'Client.InternalError: Copy image failed with an internal error.',
};

function settle({ records, cloud }: Ec2, image: ImageRecord, state: 'available' | 'failed'): void {
  for (const { snapshotId } of image.blockDevices) {
    const snapshot = records.snapshots[snapshotId];
    if (snapshot?.state !== 'pending') continue;
    snapshot.state = state === 'available' ? 'completed' : 'error';
    if (image.keyProblem) snapshot.message = image.keyProblem;
  }
  // It may have failed with its instance, or have been deregistered, in the meantime.
  const changed = image.state === 'pending' && records.images[image.imageId] === image;
  if (changed) image.state = state;
  records.save();
  if (changed) announceImage(cloud, image, state);
}

/** A capture ended with the process that made it; a copy shares its source's disk and only has to be waited for again. */
export function resumeImages(ec2: Ec2): void {
  for (const image of Object.values(ec2.records.images)) {
    if (image.state !== 'pending') continue;
    finish(ec2, image, ec2.cloud.delays.copyAvailable, async () => {
      if (image.sourceInstanceId) throw new Error('the local cloud ended while the image was made');
    });
  }
}

export function ownImages(ec2: Ec2, { accountId, region }: Scope): ImageRecord[] {
  return Object.values(ec2.records.images).filter((image) => image.accountId === accountId && image.region === region);
}

export function freeName(ec2: Ec2, scope: Scope, name: string): string {
  if (!/^[A-Za-z0-9()[\] ./\-'@_]{3,128}$/.test(name)) {
    throw new AwsError(
      'InvalidAMIName.Malformed',
      `AMI names must be between 3 and 128 characters long, and may contain letters, numbers, '(', ')', '[', ']', ' ', '.', '/', '-', "'", '@' and '_': ${name}`,
    );
  }
  const user = ownImages(ec2, scope).find((image) => image.name === name);
  if (user) throw new AwsError('InvalidAMIName.Duplicate', `AMI name ${name} is already in use by AMI ${user.imageId}`);
  return name;
}

/** EC2 refuses what it does not store, when the image is made: more than 255 characters, or others than those of ASCII. */
export function sound(description: string | undefined): string | undefined {
  if (description === undefined) return undefined;
  const wrong = (why: string) =>
    new AwsError('InvalidParameterValue', `Value (${description}) for parameter description is invalid. ${why}`);
  if (!/^[\x20-\x7e]*$/.test(description)) throw wrong('Character sets beyond ASCII are not supported.');
  if (description.length > 255) throw wrong('It exceeds 255 characters');
  return description;
}

// CopyImage, called in the destination region: snapshots never change, so a copy shares the disk of its source.
import { AwsError, type Caller, type Input } from '../service.ts';
import { digest } from './client-token.ts';
import { countCopies, refuseBeyondLimits } from './copy-limits.ts';
import { customerKey, keyProblem } from './encryption.ts';
import { checkId, newId, notFound } from './identifier.ts';
import { count, flag, optional, required } from './input.ts';
import { addImage, addSnapshot, finish, freeName, ownImages, sound } from './new-image.ts';
import type { ImageRecord } from './records.ts';
import { isRegion } from './region.ts';
import type { Ec2 } from './room.ts';
import { mayRead } from './snapshot-attribute.ts';
import { tagSpecifications, tagsOf } from './tags.ts';

export const copyImageParameters =
  'SourceImageId SourceRegion Name Description ClientToken Encrypted KmsKeyId CopyImageTags TagSpecification SnapshotCopyCompletionDurationMinutes';

export function copyImage(ec2: Ec2, input: Input, caller: Caller): unknown {
  const sourceRegion = required(input, 'SourceRegion');
  const sourceId = checkId('ami', required(input, 'SourceImageId'));
  if (!isRegion(sourceRegion)) throw new AwsError('InvalidParameterValue', `Invalid region provided: ${sourceRegion}`);
  const token = optional(input, 'ClientToken');
  const request = digest(input);
  const earlier = token && ownImages(ec2, caller).find((image) => image.copyToken?.token === token);
  if (earlier) {
    if (earlier.copyToken?.request === request) return { imageId: earlier.imageId };
    throw new AwsError('IdempotentParameterMismatch', `The client token ${token} was used with other parameters.`);
  }
  const name = freeName(ec2, caller, required(input, 'Name'));
  const said = sound(optional(input, 'Description'));
  const source = copyable(ec2, caller, sourceId, sourceRegion);
  if (optional(input, 'KmsKeyId') && !flag(input, 'Encrypted')) {
    throw new AwsError(
      'InvalidParameterDependency',
      'The parameter KmsKeyId requires the parameter Encrypted to be set.',
    );
  }
  checkDuration(input);
  refuseBeyondLimits(ec2, caller, source.blockDevices.length);
  const tags = tagSpecifications(input, ['image', 'snapshot']);
  const inherited = flag(input, 'CopyImageTags') ? tagsOf(ec2, caller.accountId, sourceId) : {};
  const imageId = newId('ami');
  const asked = customerKey(ec2, optional(input, 'KmsKeyId'), caller);
  const stays = source.accountId === caller.accountId && sourceRegion === caller.region;
  const blockDevices = source.blockDevices.map((device) => {
    const before = ec2.records.snapshots[device.snapshotId];
    const encrypted = device.encrypted || flag(input, 'Encrypted');
    // Elsewhere, what is encrypted comes under the account's own key of EBS (EC2 user guide, use encryption with AMIs).
    const kmsKeyId = optional(input, 'KmsKeyId') ? asked : stays ? before?.kmsKeyId : undefined;
    const description = `Copied for DestinationAmi ${imageId} from SourceAmi ${sourceId} for SourceSnapshot ${device.snapshotId}.`;
    const made = {
      ...device,
      volumeId: 'vol-ffffffff',
      encrypted,
      description,
      ...(kmsKeyId && { kmsKeyId }),
      ...(before?.layer && { layer: before.layer }),
    };
    return { ...device, encrypted, snapshotId: addSnapshot(ec2, caller, made, tags.snapshot).snapshotId };
  });
  const sourceKeys = source.blockDevices.map(({ snapshotId }) => ec2.records.snapshots[snapshotId]?.kmsKeyId);
  const problem = keyProblem(ec2, [...sourceKeys, asked], caller);
  const image = addImage(
    ec2,
    caller,
    {
      imageId,
      name,
      description: said ?? `[Copied ${sourceId} from ${sourceRegion}] ${source.name}`,
      architecture: source.architecture,
      rootDeviceName: source.rootDeviceName,
      blockDevices,
      sourceImageId: sourceId,
      sourceImageRegion: sourceRegion,
      base: source.base,
      ...(token && { copyToken: { token, request } }),
      ...(problem && { keyProblem: problem.said }),
    },
    { ...inherited, ...tags.image },
  );
  countCopies(ec2, caller);
  finish(ec2, image, ec2.cloud.delays.copyAvailable, async () => {});
  return { imageId };
}

/** A time-based copy: steps of 15 minutes, up to 48 hours. Here it is as fast as any other. */
function checkDuration(input: Input): void {
  if (optional(input, 'SnapshotCopyCompletionDurationMinutes') === undefined) return;
  const minutes = count(input, 'SnapshotCopyCompletionDurationMinutes');
  if (minutes >= 15 && minutes <= 2880 && minutes % 15 === 0) return;
  throw new AwsError(
    'InvalidParameterValue',
    `The completion duration must be between 15 and 2880 minutes, in steps of 15: ${minutes}`,
  );
}

function copyable(ec2: Ec2, { accountId }: Caller, id: string, region: string): ImageRecord {
  const image = ec2.records.images[id];
  if (!image || image.region !== region) throw notFound('ami', [id]);
  const shared = image.launchPermissions.some(({ userId, group }) => userId === accountId || group === 'all');
  if (image.accountId !== accountId && !shared) throw notFound('ami', [id]);
  const snapshots = image.blockDevices.flatMap(({ snapshotId }) => ec2.records.snapshots[snapshotId] ?? []);
  if (!snapshots.every((snapshot) => mayRead(snapshot, accountId)))
    throw new AwsError('InvalidRequest', 'You do not have permission to access the storage of this ami');
  if (image.state === 'available') return image;
  throw new AwsError('InvalidAMIID.Unavailable', `The image ID '${id}' is not available: it is ${image.state}`);
}

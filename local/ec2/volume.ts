// EBS volumes: those of living instances, and those that outlive theirs, with DescribeVolumes and DeleteVolume.
import { AwsError, type Caller, type Operation } from '../service.ts';
import { type FilterValues, filtered } from './filter.ts';
import { checkId, notFound } from './identifier.ts';
import { list, page, required } from './input.ts';
import type { InstanceRecord, VolumeRecord } from './records.ts';
import type { Ec2 } from './room.ts';
import { tagSet, tagsOf } from './tags.ts';

type Volume = VolumeRecord & { attachment?: { instanceId: string; device: string; deleteOnTermination: boolean } };

/** What a terminated instance leaves: the volumes that are not to be deleted with it. */
export function leaveVolumes({ records }: Ec2, instance: InstanceRecord): void {
  for (const volume of attached(instance)) {
    const { attachment, ...left } = volume;
    if (attachment?.deleteOnTermination) delete records.tags[volume.volumeId];
    else records.volumes[volume.volumeId] = left;
  }
  instance.blockDevices = [];
}

function attached(instance: InstanceRecord): Volume[] {
  const { accountId, region, instanceId, zone, launchTime: createTime } = instance;
  return instance.blockDevices.map(({ deviceName: device, deleteOnTermination, ...volume }) => ({
    ...{ accountId, region, zone, createTime, ...volume },
    attachment: { instanceId, device, deleteOnTermination },
  }));
}

const status = ({ attachment }: Volume) => (attachment ? 'in-use' : 'available');

const values: FilterValues<Volume> = {
  'volume-id': (volume) => [volume.volumeId],
  status: (volume) => [status(volume)],
  size: (volume) => [String(volume.volumeSize)],
  'volume-type': (volume) => [volume.volumeType],
  encrypted: (volume) => [String(volume.encrypted)],
  'availability-zone': (volume) => [volume.zone],
  'attachment.instance-id': (volume) => [volume.attachment?.instanceId],
  'attachment.device': (volume) => [volume.attachment?.device],
  'attachment.delete-on-termination': ({ attachment }) => [attachment && String(attachment.deleteOnTermination)],
};

export function volumeOperations(ec2: Ec2): Record<string, Operation> {
  const { records } = ec2;
  const mine = ({ accountId, region }: Caller): Volume[] =>
    [...Object.values(records.instances).flatMap(attached), ...Object.values(records.volumes)].filter(
      (volume) => volume.accountId === accountId && volume.region === region,
    );
  return {
    DescribeVolumes(input, caller) {
      const ids = list(input, 'VolumeId').map((id) => checkId('vol', id));
      const all = mine(caller);
      const missing = ids.filter((id) => !all.some((volume) => volume.volumeId === id));
      if (missing.length > 0) throw notFound('vol', missing);
      const asked = all.filter((volume) => ids.length === 0 || ids.includes(volume.volumeId));
      const tags = (volume: Volume) => tagsOf(ec2, caller.accountId, volume.volumeId);
      const { items, nextToken } = page(filtered(asked, input, values, tags), input);
      return { volumeSet: items.map((volume) => volumeView(volume, tags(volume))), nextToken };
    },
    DeleteVolume(input, caller) {
      const id = checkId('vol', required(input, 'VolumeId'));
      const volume = mine(caller).find(({ volumeId }) => volumeId === id);
      if (!volume) throw notFound('vol', [id]);
      if (volume.attachment)
        throw new AwsError('VolumeInUse', `Volume ${id} is currently attached to ${volume.attachment.instanceId}`);
      delete records.volumes[id];
      delete records.tags[id];
      records.save();
      return { return: true };
    },
  };
}

function volumeView(volume: Volume, tags: Record<string, string>): unknown {
  const { volumeId, attachment } = volume;
  const createTime = new Date(volume.createTime);
  return {
    volumeId,
    size: volume.volumeSize,
    availabilityZone: volume.zone,
    status: status(volume),
    createTime,
    volumeType: volume.volumeType,
    encrypted: volume.encrypted,
    ...(volume.kmsKeyId && { kmsKeyId: volume.kmsKeyId }),
    multiAttachEnabled: false,
    attachmentSet: attachment ? [{ volumeId, ...attachment, status: 'attached', attachTime: createTime }] : [],
    tagSet: tagSet(tags),
  };
}

// CreateImage: an image and one snapshot for each volume, pending until the disk is captured.
import { AwsError, type Caller, type Input } from '../service.ts';
import { findInstances } from './describe-instances.ts';
import { newId } from './identifier.ts';
import { flag, optional, required, structures } from './input.ts';
import type { Life } from './life.ts';
import { addImage, addSnapshot, finish, freeName, sound } from './new-image.ts';
import type { InstanceRecord } from './records.ts';
import type { Ec2 } from './room.ts';
import { tagSpecifications } from './tags.ts';

export const createImageParameters = 'InstanceId Name Description NoReboot TagSpecification BlockDeviceMapping';

export function createImage(ec2: Ec2, life: Life, input: Input, caller: Caller): unknown {
  const name = freeName(ec2, caller, required(input, 'Name'));
  const said = sound(optional(input, 'Description'));
  const instance = findInstances(ec2, caller, [required(input, 'InstanceId')])[0]!;
  if (!['running', 'stopping', 'stopped'].includes(instance.state)) {
    throw new AwsError(
      'InvalidParameterValue',
      `Instance is not in state 'running' or 'stopping' or 'stopped' (it is ${instance.state})`,
    );
  }
  const kept = deletions(instance, structures(input, 'BlockDeviceMapping'));
  const tags = tagSpecifications(input, ['image', 'snapshot']);
  const source = ec2.records.images[instance.imageId];
  const imageId = newId('ami');
  const description = `Created by CreateImage(${instance.instanceId}) for ${imageId}`;
  const snapshots = instance.blockDevices.map((device) =>
    addSnapshot(
      ec2,
      caller,
      { ...device, description, ...(device.deviceName === instance.rootDeviceName && { layer: newId('layer') }) },
      tags.snapshot,
    ),
  );
  const image = addImage(
    ec2,
    caller,
    {
      imageId,
      name,
      ...(said && { description: said }),
      architecture: instance.architecture,
      rootDeviceName: instance.rootDeviceName,
      blockDevices: instance.blockDevices.map(({ volumeId: _, kmsKeyId: __, ...device }, index) => ({
        ...device,
        deleteOnTermination: kept.get(device.deviceName) ?? device.deleteOnTermination,
        snapshotId: snapshots[index]!.snapshotId,
      })),
      sourceInstanceId: instance.instanceId,
      ...(source && { sourceImageId: source.imageId, sourceImageRegion: source.region }),
      base: { name: ec2.machine.base.name, fingerprint: ec2.machine.base.fingerprint },
    },
    tags.image,
  );
  const layer = snapshots.find((snapshot) => snapshot.layer)?.layer;
  const capture = () => ec2.machine.capture(instance.instanceId, layer!);
  // A running instance is powered down first, so that what it holds in memory reaches the disk.
  const down = instance.state === 'running' && !flag(input, 'NoReboot');
  finish(ec2, image, ec2.cloud.delays.imageAvailable, () =>
    down ? life.whileDown(instance, capture) : life.inTurn(instance.instanceId, capture),
  );
  return { imageId };
}

/** DeleteOnTermination by device, which is all that can be changed of the instance's volumes. */
function deletions({ blockDevices }: InstanceRecord, mappings: Input[]): Map<string, boolean> {
  const asked = mappings.map((mapping): [string, boolean] => {
    const deviceName = required(mapping, 'DeviceName');
    const ebs: Input = mapping.Ebs ?? {};
    const others = [...Object.keys(mapping), ...Object.keys(ebs)].filter(
      (key) => !['DeviceName', 'Ebs', 'DeleteOnTermination'].includes(key),
    );
    if (others.length > 0 || !blockDevices.some((device) => device.deviceName === deviceName))
      throw new AwsError(
        'UnsupportedOperation',
        `The local cloud's CreateImage changes nothing but DeleteOnTermination of volumes that the instance has: ${[deviceName, ...others].join(', ')}`,
      );
    return [deviceName, flag(ebs, 'DeleteOnTermination')];
  });
  return new Map(asked);
}

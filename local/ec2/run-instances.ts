// RunInstances: checks as EC2 does before it answers, then hands the instances to their lives.

import type { KeyProblem } from '../kms/ebs-keys.ts';
import { AwsError, type Caller, type Input } from '../service.ts';
import { digest, instancesOf, repeated } from './client-token.ts';
import { customerKey, keyProblem } from './encryption.ts';
import { checkId, fixedId, newId, notFound } from './identifier.ts';
import { noteLaunch } from './image-state.ts';
import { count, list, optional, required, structures } from './input.ts';
import { architectureOf } from './instance-type.ts';
import { reservation } from './instance-view.ts';
import { checkKeyName } from './key-pair.ts';
import type { Life } from './life.ts';
import { findSubnet, subnets } from './network.ts';
import type { BlockDevice, ImageRecord, InstanceRecord, Scope, StateReason } from './records.ts';
import type { Ec2 } from './room.ts';
import { launchGroups } from './security-group.ts';
import { setTags, tagSpecifications } from './tags.ts';
import { checkedUserData } from './user-data.ts';

export const runInstancesParameters = [
  'ImageId InstanceType MinCount MaxCount ClientToken SubnetId SecurityGroupId NetworkInterface Placement IamInstanceProfile',
  'MetadataOptions BlockDeviceMapping TagSpecification UserData InstanceInitiatedShutdownBehavior KeyName EbsOptimized Monitoring LaunchTemplate',
].join(' ');

export function runInstances(ec2: Ec2, life: Life, input: Input, caller: Caller): unknown {
  const { records, cloud } = ec2;
  const place = placement(ec2, input, caller);
  const earlier = repeated(ec2, input, caller, place.tokenZone);
  if (earlier) return reservation(ec2, caller, earlier.reservationId, instancesOf(ec2, earlier));

  const minimum = count(input, 'MinCount');
  const maximum = count(input, 'MaxCount');
  if (minimum < 1 || maximum < minimum) {
    throw new AwsError(
      'InvalidParameterValue',
      `MinCount (${minimum}) must be at least 1 and at most MaxCount (${maximum})`,
    );
  }
  const image = launchable(ec2, caller, required(input, 'ImageId'));
  const instanceType = optional(input, 'InstanceType') ?? 'm1.small';
  const architecture = architectureOf(instanceType);
  if (architecture !== image.architecture) {
    throw new AwsError(
      'InvalidParameterValue',
      `The architecture '${architecture}' of the specified instance type does not match the architecture '${image.architecture}' of the specified AMI. Specify an instance type and an AMI that have matching architectures, and try again. You can use 'describe-instance-types' or 'describe-images' to discover the architecture of the instance type or AMI.`,
    );
  }
  if (ec2.problem) throw new AwsError('Unsupported', `Local instances cannot run here: ${ec2.problem}`);
  const specifications = tagSpecifications(input, ['instance', 'volume', 'network-interface']);
  const userData = checkedUserData(optional(input, 'UserData'));
  const shutdownBehavior = optional(input, 'InstanceInitiatedShutdownBehavior') ?? 'stop';
  if (shutdownBehavior !== 'stop' && shutdownBehavior !== 'terminate') {
    throw new AwsError(
      'InvalidParameterValue',
      `Invalid value '${shutdownBehavior}' for InstanceInitiatedShutdownBehavior.`,
    );
  }

  const keyName = input.KeyName && checkKeyName(ec2, caller, String(input.KeyName));
  const reservationId = newId('r');
  const made = Array.from({ length: maximum }, (_, launchIndex): InstanceRecord => {
    const instance: InstanceRecord = {
      accountId: caller.accountId,
      region: caller.region,
      instanceId: newId('i'),
      reservationId,
      imageId: image.imageId,
      instanceType,
      architecture,
      state: 'pending',
      stateTransitionReason: '',
      launchIndex,
      launchTime: new Date(cloud.clock.now()).toISOString(),
      zone: place.subnet.zone,
      subnetId: place.subnet.subnetId,
      vpcId: place.subnet.vpcId,
      groups: place.groups,
      networkInterfaceId: newId('eni'),
      rootDeviceName: image.rootDeviceName,
      blockDevices: blockDevices(ec2, image, structures(input, 'BlockDeviceMapping'), caller),
      metadataOptions: {
        httpTokens: input.MetadataOptions?.HttpTokens ?? 'optional',
        httpEndpoint: input.MetadataOptions?.HttpEndpoint ?? 'enabled',
        httpPutResponseHopLimit: Number(input.MetadataOptions?.HttpPutResponseHopLimit ?? 1),
      },
      shutdownBehavior,
      ...(input.ClientToken && { clientToken: String(input.ClientToken) }),
      ...(keyName && { keyName }),
      ...(userData && { userData }),
      ...instanceProfile(input, caller),
    };
    records.instances[instance.instanceId] = instance;
    setTags(ec2, caller, instance.instanceId, specifications.instance);
    setTags(ec2, caller, instance.networkInterfaceId, specifications['network-interface']);
    for (const device of instance.blockDevices) setTags(ec2, caller, device.volumeId, specifications.volume);
    return instance;
  });
  if (input.ClientToken) {
    const { accountId, region } = caller;
    const instanceIds = made.map((instance) => instance.instanceId);
    const token = String(input.ClientToken);
    records.launches.push({
      accountId,
      region,
      zone: place.tokenZone,
      token,
      request: digest(input),
      reservationId,
      instanceIds,
      time: cloud.clock.now(),
    });
  }
  noteLaunch(image, cloud.clock.now());
  records.save();
  const answer = reservation(ec2, caller, reservationId, made);
  const layer = image.blockDevices.map(({ snapshotId }) => records.snapshots[snapshotId]?.layer).find((one) => one);
  const imageKeys = image.blockDevices.map(({ snapshotId }) => records.snapshots[snapshotId]?.kmsKeyId);
  const volumeKeys = made.flatMap((instance) => instance.blockDevices.map(({ kmsKeyId }) => kmsKeyId));
  const problem = keyProblem(ec2, [...imageKeys, ...volumeKeys], caller);
  for (const instance of made) life.launch(instance, layer, problem && launchReasons[problem.kind]);
  return answer;
}

/** What becomes of an instance whose volumes EBS may not encrypt or decrypt, as EC2 says it (AWS knowledge center, encrypted volumes stop immediately). */
const launchReasons: Record<KeyProblem['kind'], StateReason> = {
  access: { code: 'Client.InternalError', message: 'Client.InternalError: Client error on launch' },
  state: {
    code: 'Client.InvalidKMSKey.InvalidState',
    message: 'Client.InvalidKMSKey.InvalidState: The KMS key provided is in an incorrect state',
  },
};

/** Where it goes; a zone or subnet in the request makes its client token one of that zone. */
function placement(ec2: Ec2, input: Input, scope: Scope) {
  const card = structures(input, 'NetworkInterface')[0] ?? {};
  const subnetId = optional(input, 'SubnetId') ?? optional(card, 'SubnetId');
  const zone = optional(input.Placement ?? {}, 'AvailabilityZone');
  const groupIds = [...list(input, 'SecurityGroupId'), ...list(card, 'SecurityGroupId')];
  const all = subnets(scope);
  const subnet = subnetId ? findSubnet(scope, subnetId) : zone ? all.find((one) => one.zone === zone) : all[0];
  if (!subnet) throw new AwsError('InvalidParameterValue', `Invalid availability zone: [${zone}]`);
  if (zone && subnet.zone !== zone) {
    throw new AwsError(
      'InvalidParameterValue',
      `The subnet '${subnetId}' is in the zone ${subnet.zone}, not in ${zone}`,
    );
  }
  const groups = launchGroups(ec2, scope, groupIds);
  return { subnet, groups, tokenZone: subnetId || zone ? subnet.zone : '' };
}

function launchable(ec2: Ec2, caller: Caller, id: string): ImageRecord {
  const image = ec2.records.images[checkId('ami', id)];
  if (!image || image.region !== caller.region) throw notFound('ami', [id]);
  const allowed = image.launchPermissions.some(({ userId, group }) => userId === caller.accountId || group === 'all');
  if (image.accountId !== caller.accountId && !allowed)
    throw new AwsError('AuthFailure', `Not authorized for images: [${id}]`);
  if (image.state !== 'available')
    throw new AwsError('InvalidAMIID.Unavailable', `The image ID '${id}' is not available: it is ${image.state}`);
  const { base } = ec2.machine;
  if (image.base.fingerprint === base.fingerprint) return image;
  throw new AwsError(
    'InvalidAMIID.Unavailable',
    `The image ID '${id}' is not available: it was made on another base (${image.base.name}, ${image.base.fingerprint}) than this machine's root (${base.name}, ${base.fingerprint}), on which its disk would not fit. Build it again.`,
  );
}

function blockDevices(ec2: Ec2, image: ImageRecord, asked: Input[], caller: Caller): BlockDevice[] {
  const devices = new Map<string, BlockDevice>();
  for (const { snapshotId, ...device } of image.blockDevices) {
    // Volumes of a shared AMI come under the launching account's own key of EBS (EC2 user guide, use encryption with AMIs).
    const kmsKeyId = image.accountId === caller.accountId ? ec2.records.snapshots[snapshotId]?.kmsKeyId : undefined;
    devices.set(device.deviceName, { ...device, volumeId: newId('vol'), ...(kmsKeyId && { kmsKeyId }) });
  }
  for (const mapping of asked) {
    const deviceName = required(mapping, 'DeviceName');
    const before = devices.get(deviceName);
    if (mapping.NoDevice !== undefined) {
      devices.delete(deviceName);
      continue;
    }
    const ebs: Input = mapping.Ebs ?? {};
    const volumeSize = Number(ebs.VolumeSize ?? before?.volumeSize ?? 8);
    if (before && volumeSize < before.volumeSize) {
      throw new AwsError(
        'InvalidBlockDeviceMapping',
        `Volume of size ${volumeSize}GB is smaller than snapshot, expect size >= ${before.volumeSize}GB`,
      );
    }
    const named = optional(ebs, 'KmsKeyId');
    const kmsKeyId = named ? customerKey(ec2, named, caller) : before?.kmsKeyId;
    devices.set(deviceName, {
      deviceName,
      volumeId: newId('vol'),
      volumeSize,
      volumeType: ebs.VolumeType ?? before?.volumeType ?? 'gp3',
      deleteOnTermination: String(ebs.DeleteOnTermination ?? before?.deleteOnTermination ?? true) === 'true',
      encrypted: String(ebs.Encrypted ?? before?.encrypted ?? false) === 'true',
      ...(kmsKeyId && { kmsKeyId }),
    });
  }
  return [...devices.values()];
}

function instanceProfile(input: Input, { accountId }: Scope): Pick<InstanceRecord, 'instanceProfile'> {
  const profile: Input = input.IamInstanceProfile ?? {};
  // Packer 1.6.6 sends the name of no profile as an empty text, which EC2 takes as no profile.
  const name = optional(profile, 'Name');
  const arn = optional(profile, 'Arn') ?? (name && `arn:aws:iam::${accountId}:instance-profile/${name}`);
  if (!arn) return {};
  return { instanceProfile: { arn, id: fixedId('AIPA', arn).replace('-', '').toUpperCase() } };
}

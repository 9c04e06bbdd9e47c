// An instance as DescribeInstances and RunInstances show it, by EC2's wire names.
import type { InstanceRecord, InstanceState, Scope } from './records.ts';
import type { Ec2 } from './room.ts';
import { tagSet, tagsOf } from './tags.ts';

const stateCodes: Record<InstanceState, number> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

export function stateView(name: InstanceState): { code: number; name: InstanceState } {
  return { code: stateCodes[name], name };
}

export function reservation(
  ec2: Ec2,
  { accountId }: Scope,
  reservationId: string,
  instances: InstanceRecord[],
): unknown {
  return {
    reservationId,
    ownerId: accountId,
    groupSet: [],
    instancesSet: instances.map((instance) => instanceView(ec2, instance)),
  };
}

function instanceView(ec2: Ec2, instance: InstanceRecord): unknown {
  const { accountId, instanceId, state } = instance;
  const tags = tagSet(tagsOf(ec2, accountId, instanceId));
  const gone = state === 'terminated';
  const launchTime = new Date(instance.launchTime);
  return {
    instanceId,
    imageId: instance.imageId,
    instanceState: stateView(state),
    ...(instance.stateReason && { stateReason: instance.stateReason }),
    reason: instance.stateTransitionReason,
    amiLaunchIndex: instance.launchIndex,
    instanceType: instance.instanceType,
    architecture: instance.architecture,
    launchTime,
    placement: { availabilityZone: instance.zone, groupName: '', tenancy: 'default' },
    monitoring: { state: 'disabled' },
    hypervisor: 'xen',
    virtualizationType: 'hvm',
    platformDetails: 'Linux/UNIX',
    usageOperation: 'RunInstances',
    enaSupport: true,
    ebsOptimized: false,
    rootDeviceType: 'ebs',
    rootDeviceName: instance.rootDeviceName,
    privateDnsName: '',
    dnsName: '',
    ...(instance.keyName && { keyName: instance.keyName }),
    ...(instance.clientToken && { clientToken: instance.clientToken }),
    ...(instance.instanceProfile && { iamInstanceProfile: instance.instanceProfile }),
    metadataOptions: {
      state: 'applied',
      ...instance.metadataOptions,
      httpProtocolIpv6: 'disabled',
      instanceMetadataTags: 'disabled',
    },
    groupSet: gone ? [] : instance.groups,
    ...(!gone && { subnetId: instance.subnetId, vpcId: instance.vpcId }),
    networkInterfaceSet: gone ? [] : [networkInterface(instance)],
    blockDeviceMapping: gone
      ? []
      : instance.blockDevices.map(({ deviceName, volumeId, deleteOnTermination }) => ({
          deviceName,
          ebs: { volumeId, status: 'attached', attachTime: launchTime, deleteOnTermination },
        })),
    tagSet: tags,
  };
}

function networkInterface({ networkInterfaceId, subnetId, vpcId, accountId, groups }: InstanceRecord): unknown {
  return {
    networkInterfaceId,
    subnetId,
    vpcId,
    ownerId: accountId,
    status: 'in-use',
    groupSet: groups,
    attachment: { deviceIndex: 0, status: 'attached', deleteOnTermination: true },
  };
}

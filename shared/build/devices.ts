// Which EBS volumes builder and tester have, and which of them the AMI's own instances are to keep.
import type { Pipeline } from '../model/pipeline-schema.ts';

type Mapping = Pipeline['imageRecipe']['blockDeviceMappings'][number];

/** An EBS volume that an AMI gives its instances. */
export type EbsDevice = {
  deviceName: string;
  deleteOnTermination: boolean;
  encrypted?: boolean;
  /** Of one that is encrypted. */
  snapshotId?: string;
  /** The key that its snapshot is under, by ARN, where it was looked up. */
  kmsKeyId?: string;
  /** Size and type, where EC2 tells them. */
  gb?: number;
  type?: string;
};

/**
 * The EBS devices that the AMI is to have, each with the value asked for: the recipe's, or else the parent image's. A
 * device that is new in the recipe and says nothing is deleted with its instance.
 */
export function amiDevices(parent: EbsDevice[], recipe: Mapping[]): EbsDevice[] {
  const devices = new Map(parent.map(({ deviceName, deleteOnTermination }) => [deviceName, deleteOnTermination]));
  for (const { deviceName, ebs } of recipe) {
    if (ebs) devices.set(deviceName, ebs.deleteOnTermination ?? devices.get(deviceName) ?? true);
    else devices.delete(deviceName);
  }
  return [...devices].map(([deviceName, deleteOnTermination]) => ({ deviceName, deleteOnTermination }));
}

/**
 * RunInstances' block device mappings: what the recipe asks for, and of all EBS volumes that none outlives the instance,
 * whatever `devices` (those of the AMI it is launched from, or will become) says.
 */
export function launchMappings(devices: EbsDevice[], recipe: Mapping[]) {
  const mapped = new Set(recipe.map(({ deviceName }) => deviceName));
  const others = devices.filter(
    ({ deviceName, deleteOnTermination }) => !deleteOnTermination && !mapped.has(deviceName),
  );
  return [...recipe.map(launchMapping), ...deletionMappings(others, true)];
}

function launchMapping({ deviceName, virtualName, noDevice, ebs }: Mapping) {
  return {
    DeviceName: deviceName,
    ...(virtualName && { VirtualName: virtualName }),
    ...(noDevice !== undefined && { NoDevice: noDevice }),
    ...(ebs && {
      Ebs: {
        DeleteOnTermination: true,
        ...(ebs.encrypted !== undefined && { Encrypted: ebs.encrypted }),
        ...(ebs.iops !== undefined && { Iops: ebs.iops }),
        ...(ebs.kmsKeyId && { KmsKeyId: ebs.kmsKeyId }),
        ...(ebs.snapshotId && { SnapshotId: ebs.snapshotId }),
        ...(ebs.volumeSize !== undefined && { VolumeSize: ebs.volumeSize }),
        ...(ebs.volumeType && { VolumeType: ebs.volumeType }),
        ...(ebs.throughput !== undefined && { Throughput: ebs.throughput }),
      },
    }),
  };
}

/**
 * CreateImage's block device mappings: the devices whose volumes the AMI's instances leave behind. Of a device that the
 * instance has, DeleteOnTermination is all that can be changed (EC2 API reference, CreateImage); the others it takes over.
 */
export const imageMappings = (devices: EbsDevice[]) =>
  deletionMappings(
    devices.filter(({ deleteOnTermination }) => !deleteOnTermination),
    false,
  );

const deletionMappings = (devices: EbsDevice[], DeleteOnTermination: boolean) =>
  devices.map(({ deviceName }) => ({ DeviceName: deviceName, Ebs: { DeleteOnTermination } }));

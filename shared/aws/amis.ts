// AMIs and their snapshots: one SDK call per function, faults translated, no decisions.
import {
  CopyImageCommand,
  type CopyImageCommandInput,
  CreateImageCommand,
  type CreateImageCommandInput,
  CreateTagsCommand,
  DeleteSnapshotCommand,
  DeregisterImageCommand,
  DescribeImageAttributeCommand,
  DescribeImagesCommand,
  DescribeSnapshotAttributeCommand,
  DescribeSnapshotsCommand,
  EC2Client,
  type EC2ClientConfig,
  type Image,
  type LaunchPermission,
  ModifyImageAttributeCommand,
  ModifySnapshotAttributeCommand,
  type Tag,
} from '@aws-sdk/client-ec2';
import type { AmiView } from '../build/ami.ts';
import { destinationText } from '../build/destinations.ts';
import type { SnapshotView } from '../build/snapshots.ts';
import { attempt, codeOf } from './fault.ts';
import { stateReason } from './state-reason.ts';

export type Filter = { Name: string; Values: string[] };

export type Amis = {
  create(request: CreateImageCommandInput): Promise<string>;
  copy(request: CopyImageCommandInput): Promise<string>;
  find(id: string): Promise<AmiView | undefined>;
  findOwned(filters: Filter[]): Promise<AmiView[]>;
  /** Those of an owner (an account id, `self`, `amazon`, `aws-marketplace`) that this account may use; deprecated ones of others are left out. */
  findOf(owner: string, filters: Filter[]): Promise<AmiView[]>;
  deregister(id: string): Promise<'released' | 'gone'>;
  snapshotsOf(filters: Filter[]): Promise<SnapshotView[]>;
  deleteSnapshot(id: string): Promise<'released' | 'gone'>;
  tag(ids: string[], tags: Record<string, string>): Promise<void>;
  launchPermissions(id: string): Promise<LaunchPermission[]>;
  changeLaunchPermissions(id: string, change: { Add?: LaunchPermission[]; Remove?: LaunchPermission[] }): Promise<void>;
  /** The accounts that may read a snapshot of this one. */
  snapshotUsers(id: string): Promise<string[]>;
  /** A snapshot that is gone is left alone where permissions are only removed. */
  changeSnapshotUsers(id: string, change: { Add?: { UserId: string }[]; Remove?: { UserId: string }[] }): Promise<void>;
};

/** The AMIs of a region, in the stack's own account or in another one. */
export type AmisAt = (region: string, accountId?: string) => Amis;

const tagsOf = (tags: Tag[] = []) => Object.fromEntries(tags.map(({ Key, Value }) => [Key!, Value!]));

function view(image: Image): AmiView {
  const reason = stateReason(image.StateReason);
  const devices = (image.BlockDeviceMappings ?? []).flatMap(({ DeviceName, Ebs }) =>
    DeviceName && Ebs
      ? [
          {
            deviceName: DeviceName,
            deleteOnTermination: Ebs.DeleteOnTermination ?? false,
            ...(Ebs.Encrypted && { encrypted: true, ...(Ebs.SnapshotId && { snapshotId: Ebs.SnapshotId }) }),
            ...(Ebs.VolumeSize !== undefined && { gb: Ebs.VolumeSize }),
            ...(Ebs.VolumeType && { type: Ebs.VolumeType }),
          },
        ]
      : [],
  );
  return {
    id: image.ImageId!,
    ...(image.OwnerId && { owner: image.OwnerId }),
    name: image.Name ?? '',
    state: image.State ?? 'pending',
    ...(image.Description && { description: image.Description }),
    ...(reason && { reason }),
    ...(image.Architecture && { architecture: image.Architecture }),
    ...(image.CreationDate && { creationDate: image.CreationDate }),
    ...(image.RootDeviceType && { rootDeviceType: image.RootDeviceType }),
    devices,
    tags: tagsOf(image.Tags),
    snapshots: (image.BlockDeviceMappings ?? []).flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []),
  };
}

/** Codes that mean "already gone" when an AMI or snapshot is released (EC2 error codes). */
const gone = ['InvalidAMIID.NotFound', 'InvalidAMIID.Unavailable', 'InvalidSnapshot.NotFound'];

const unlessGone = async <T>(call: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await call();
  } catch (thrown) {
    if (gone.includes(codeOf(thrown) ?? '')) return undefined;
    throw thrown;
  }
};

/** The AMIs of one region, in the account of the function or of the credentials. */
export function amisOf(region: string, credentials?: EC2ClientConfig['credentials'], account?: string): Amis {
  const place = destinationText({ region, account });
  const client = new EC2Client({ region, ...(credentials && { credentials }) });
  return {
    create: (request) =>
      attempt(`Tried to create AMI "${request.Name}" from instance ${request.InstanceId} in ${place}`, async () => {
        return (await client.send(new CreateImageCommand(request))).ImageId!;
      }),
    copy: (request) =>
      attempt(`Tried to copy AMI ${request.SourceImageId} from ${request.SourceRegion} to ${place}`, async () => {
        return (await client.send(new CopyImageCommand(request))).ImageId!;
      }),
    find: (id) =>
      attempt(`Tried to look at AMI ${id} in ${place}`, async () => {
        const answer = await unlessGone(() =>
          client.send(new DescribeImagesCommand({ ImageIds: [id], IncludeDisabled: true })),
        );
        const found = answer?.Images?.[0];
        return found && view(found);
      }),
    findOwned: (Filters) =>
      attempt(`Tried to find AMIs by ${JSON.stringify(Filters)} in ${place}`, async () => {
        const answer = await client.send(
          new DescribeImagesCommand({ Owners: ['self'], Filters, IncludeDisabled: true }),
        );
        return (answer.Images ?? []).map(view);
      }),
    findOf: (owner, Filters) =>
      attempt(`Tried to find AMIs of owner ${owner} by ${JSON.stringify(Filters)} in ${place}`, async () => {
        const found: Image[] = [];
        let NextToken: string | undefined;
        do {
          const request = { Owners: [owner], Filters, MaxResults: 1000, ...(NextToken && { NextToken }) };
          const answer = await client.send(new DescribeImagesCommand(request));
          found.push(...(answer.Images ?? []));
          NextToken = answer.NextToken;
        } while (NextToken);
        return found.map(view);
      }),
    deregister: (ImageId) =>
      attempt(`Tried to deregister AMI ${ImageId} in ${place}`, async () => {
        const call = () => client.send(new DeregisterImageCommand({ ImageId, DeleteAssociatedSnapshots: true }));
        return (await unlessGone(call)) ? 'released' : 'gone';
      }),
    snapshotsOf: (Filters) =>
      attempt(`Tried to find snapshots by ${JSON.stringify(Filters)} in ${place}`, async () => {
        const answer = await client.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'], Filters }));
        return (answer.Snapshots ?? []).map(({ SnapshotId, Description = '', Tags, StateMessage, KmsKeyId }) => ({
          id: SnapshotId!,
          description: Description,
          tags: tagsOf(Tags),
          ...(StateMessage && { said: StateMessage }),
          ...(KmsKeyId && { key: KmsKeyId }),
        }));
      }),
    deleteSnapshot: (SnapshotId) =>
      attempt(`Tried to delete snapshot ${SnapshotId} in ${place}`, async () => {
        return (await unlessGone(() => client.send(new DeleteSnapshotCommand({ SnapshotId })))) ? 'released' : 'gone';
      }),
    tag: (Resources, tags) =>
      attempt(`Tried to tag ${Resources.join(', ')} in ${place}`, async () => {
        const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
        await client.send(new CreateTagsCommand({ Resources, Tags }));
      }),
    launchPermissions: (ImageId) =>
      attempt(`Tried to read the launch permissions of AMI ${ImageId} in ${place}`, async () => {
        const request = { ImageId, Attribute: 'launchPermission' as const };
        return (await client.send(new DescribeImageAttributeCommand(request))).LaunchPermissions ?? [];
      }),
    changeLaunchPermissions: (ImageId, LaunchPermission) =>
      attempt(`Tried to change the launch permissions of AMI ${ImageId} in ${place}`, async () => {
        await client.send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission }));
      }),
    snapshotUsers: (SnapshotId) =>
      attempt(`Tried to read who may use snapshot ${SnapshotId} in ${place}`, async () => {
        const request = { SnapshotId, Attribute: 'createVolumePermission' as const };
        const answer = await client.send(new DescribeSnapshotAttributeCommand(request));
        return (answer.CreateVolumePermissions ?? []).flatMap(({ UserId }) => UserId ?? []);
      }),
    changeSnapshotUsers: (SnapshotId, CreateVolumePermission) =>
      attempt(`Tried to change who may use snapshot ${SnapshotId} in ${place}`, async () => {
        const call = () => client.send(new ModifySnapshotAttributeCommand({ SnapshotId, CreateVolumePermission }));
        await (CreateVolumePermission.Add ? call() : unlessGone(call));
      }),
  };
}

// What the retirement of AMIs asks of EC2: one SDK call per function and page, faults translated, no decisions.
import {
  DeleteSnapshotCommand,
  DeregisterImageCommand,
  DescribeImageAttributeCommand,
  type DescribeImagesCommandInput,
  DisableImageCommand,
  DisableImageDeprecationCommand,
  EC2Client,
  type EC2ClientConfig,
  EnableImageCommand,
  EnableImageDeprecationCommand,
  type Image,
  paginateDescribeImages,
  paginateDescribeSnapshots,
} from '@aws-sdk/client-ec2';
import type { AmiFacts } from '../build/lifecycle-exclusion.ts';
import { attempt, codeOf } from './fault.ts';

export type RetiringAmis = {
  /** Those of the account, deprecated and disabled ones too, by id: one call for 200 of them. What is not there is left out. */
  describe(ids: string[]): Promise<Map<string, AmiFacts>>;
  /** Of these AMIs those that are shared with one of the accounts, each with all accounts that it is shared with: one call for 200, and one for each that is. */
  sharedWith(ids: string[], accounts: string[]): Promise<Map<string, string[]>>;
  deprecate(id: string, at: Date): Promise<void>;
  undeprecate(id: string): Promise<void>;
  disable(id: string): Promise<void>;
  enable(id: string): Promise<void>;
  deregister(id: string, withSnapshots: boolean): Promise<'deregistered' | 'gone'>;
  /** Of these snapshots those that are there. */
  snapshotsLeft(ids: string[]): Promise<string[]>;
  /** `in use`: another AMI is made of it, too. */
  deleteSnapshot(id: string): Promise<'deleted' | 'gone' | 'in use'>;
};

/** Values that a filter of a Describe operation takes (EC2 user guide, "List and filter using the CLI and API"). */
export const mostFilterValues = 200;

const gone = ['InvalidAMIID.NotFound', 'InvalidAMIID.Unavailable', 'InvalidSnapshot.NotFound'];

/** Undefined where EC2 answered one of these codes. */
async function unless<T>(codes: string[], call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (thrown) {
    if (codes.includes(codeOf(thrown) ?? '')) return undefined;
    throw thrown;
  }
}

function facts(image: Image): AmiFacts {
  const { DeregistrationProtection: protection = 'disabled' } = image;
  return {
    state: image.State ?? 'pending',
    isPublic: image.Public === true,
    tags: Object.fromEntries((image.Tags ?? []).map(({ Key, Value }) => [Key!, Value!])),
    snapshots: (image.BlockDeviceMappings ?? []).flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []),
    ...(image.DeprecationTime && { deprecationTime: image.DeprecationTime }),
    ...(image.LastLaunchedTime && { lastLaunched: image.LastLaunchedTime }),
    ...(!/^disabled$/i.test(protection) && { deregistrationProtection: protection }),
  };
}

/** The AMIs of one region, in the account of the function or of the credentials. */
export function retiringAmis(region: string, credentials?: EC2ClientConfig['credentials']): RetiringAmis {
  const client = new EC2Client({ region, ...(credentials && { credentials }) });
  const act = (verb: string, id: string, call: () => Promise<unknown>) =>
    attempt(`Tried to ${verb} AMI ${id} in ${region}`, async () => void (await call()));
  const described = async (ids: string[], more: DescribeImagesCommandInput = {}) => {
    const found = new Map<string, AmiFacts>();
    for (let start = 0; start < ids.length; start += mostFilterValues) {
      const Values = ids.slice(start, start + mostFilterValues);
      const request = { Owners: ['self'], IncludeDeprecated: true, IncludeDisabled: true, ...more };
      const asked = { ...request, Filters: [{ Name: 'image-id', Values }] };
      for await (const { Images = [] } of paginateDescribeImages({ client, pageSize: 1000 }, asked))
        for (const image of Images) found.set(image.ImageId!, facts(image));
    }
    return found;
  };
  return {
    describe: (ids) => attempt(`Tried to look at ${ids.length} AMIs in ${region}`, () => described(ids)),
    sharedWith: (ids, accounts) =>
      attempt(`Tried to read the launch permissions of ${ids.length} AMIs in ${region}`, async () => {
        const shared = new Map<string, string[]>();
        for (const ImageId of (await described(ids, { ExecutableUsers: accounts })).keys()) {
          const request = new DescribeImageAttributeCommand({ ImageId, Attribute: 'launchPermission' });
          const answer = await unless(gone, () => client.send(request));
          shared.set(
            ImageId,
            (answer?.LaunchPermissions ?? []).flatMap(({ UserId }) => UserId ?? []),
          );
        }
        return shared;
      }),
    deprecate: (ImageId, DeprecateAt) =>
      act('deprecate', ImageId, () => client.send(new EnableImageDeprecationCommand({ ImageId, DeprecateAt }))),
    undeprecate: (ImageId) =>
      act('end the deprecation of', ImageId, () => client.send(new DisableImageDeprecationCommand({ ImageId }))),
    disable: (ImageId) => act('disable', ImageId, () => client.send(new DisableImageCommand({ ImageId }))),
    enable: (ImageId) => act('enable', ImageId, () => client.send(new EnableImageCommand({ ImageId }))),
    deregister: (ImageId, DeleteAssociatedSnapshots) =>
      attempt(`Tried to deregister AMI ${ImageId} in ${region}`, async () => {
        const request = new DeregisterImageCommand({
          ImageId,
          ...(DeleteAssociatedSnapshots && { DeleteAssociatedSnapshots }),
        });
        return (await unless(gone, () => client.send(request))) ? 'deregistered' : 'gone';
      }),
    snapshotsLeft: (Values) =>
      attempt(`Tried to find snapshots ${Values.join(', ')} in ${region}`, async () => {
        const found: string[] = [];
        if (Values.length === 0) return found;
        const request = { OwnerIds: ['self'], Filters: [{ Name: 'snapshot-id', Values }] };
        for await (const { Snapshots = [] } of paginateDescribeSnapshots({ client, pageSize: 1000 }, request))
          found.push(...Snapshots.map(({ SnapshotId }) => SnapshotId!));
        return found;
      }),
    deleteSnapshot: (SnapshotId) =>
      attempt(`Tried to delete snapshot ${SnapshotId} in ${region}`, async () => {
        try {
          const answer = await unless(gone, () => client.send(new DeleteSnapshotCommand({ SnapshotId })));
          return answer ? 'deleted' : 'gone';
        } catch (thrown) {
          if (codeOf(thrown) === 'InvalidSnapshot.InUse') return 'in use';
          throw thrown;
        }
      }),
  };
}

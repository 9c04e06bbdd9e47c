// What EC2's operations need: every resource that a call touches or makes is decided by itself. Keys are not: EBS finds out behind the answer (../../kms/ebs-keys.ts).
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
import { list, optional, structures } from '../../ec2/input.ts';
import { defaultGroup, defaultVpc, subnets } from '../../ec2/network.ts';
import { AwsError, type Caller, type Input } from '../../service.ts';
import { anywhere, type Facts, type Need, type NeedContext, type Needs, need, tagKeys } from '../need.ts';

/** ARNs of images and snapshots have no account. */
const arnOf = (type: string, id: string, { accountId, region }: { accountId: string; region: string }): string =>
  `arn:aws:ec2:${region}:${type === 'image' || type === 'snapshot' ? '' : accountId}:${type}/${id}`;

const typeOf: Record<string, string> = {
  i: 'instance',
  ami: 'image',
  snap: 'snapshot',
  vol: 'volume',
  eni: 'network-interface',
  lt: 'launch-template',
  export: 'export-image-task',
};

/** An action on what exists. What does not is none of IAM's business here: the operation answers that there is no such thing. */
function on(action: string, id: string, caller: Caller, facts: Facts, more: NeedContext = {}): Need[] {
  const found = facts.find(id);
  const type = typeOf[id.split('-')[0] ?? ''];
  if (!found || !type) return [];
  const owned = type === 'image' || type === 'snapshot';
  // Tags belong to the account that set them.
  const tags = found.accountId === caller.accountId ? found.tags : {};
  return [
    need(`ec2:${action}`, arnOf(type, id, { accountId: found.accountId, region: caller.region }), {
      ...tagKeys('aws:ResourceTag', tags),
      ...tagKeys('ec2:ResourceTag', tags),
      ...(owned && { 'ec2:Owner': found.accountId }),
      ...(type === 'image' && { 'ec2:ImageID': id, 'ec2:Public': String(found.public ?? false) }),
      ...(type === 'instance' && { 'ec2:InstanceID': id, 'ec2:InstanceProfile': found.instanceProfile }),
      ...more,
    }),
  ];
}

const onEach =
  (action: string, parameter: string) =>
  (input: Input, caller: Caller, facts: Facts): Need[] =>
    list(input, parameter).flatMap((id) => on(action, id, caller, facts));

const tagsIn = (tags: Input[]) =>
  Object.fromEntries(tags.map(({ Key, Value }): [string, string] => [String(Key), String(Value ?? '')]));

/** The tags that a request gives to what it makes of a type. */
function requestTags(input: Input, type: string): Record<string, string> {
  const specifications = structures(input, 'TagSpecification').filter(({ ResourceType }) => ResourceType === type);
  return Object.assign({}, ...specifications.map((one) => tagsIn(structures(one, 'Tag'))));
}

const requestKeys = (tags: Record<string, string>): NeedContext => ({
  ...tagKeys('aws:RequestTag', tags),
  'aws:TagKeys': Object.keys(tags),
});

/** What a call makes: the action itself and, where it is tagged, CreateTags. */
function making(action: string, types: Record<string, NeedContext>, input: Input, caller: Caller): Need[] {
  return Object.entries(types).flatMap(([type, context]) => {
    const tags = requestTags(input, type);
    const resource = arnOf(type, '*', caller);
    const tagging = need('ec2:CreateTags', resource, { ...requestKeys(tags), 'ec2:CreateAction': action });
    return [
      need(`ec2:${action}`, resource, { ...requestKeys(tags), ...context }),
      ...(Object.keys(tags).length > 0 ? [tagging] : []),
    ];
  });
}

function runInstances(input: Input, caller: Caller, facts: Facts): Need[] {
  if (input.LaunchTemplate !== undefined)
    throw new AwsError(
      'UnsupportedOperation',
      'The local cloud does not know which permissions a role needs to launch by a template: launch with keys of the account.',
    );
  const imageId = optional(input, 'ImageId') ?? '';
  const card = structures(input, 'NetworkInterface')[0] ?? {};
  const subnetId = optional(input, 'SubnetId') ?? optional(card, 'SubnetId') ?? subnets(caller)[0]!.subnetId;
  const asked = [...list(input, 'SecurityGroupId'), ...list(card, 'SecurityGroupId')];
  const groups = asked.length > 0 ? asked : [defaultGroup(caller).groupId];
  const devices = structures(input, 'BlockDeviceMapping').map(({ Ebs = {} }) => Ebs as Input);
  const profile = profileArn(input, caller);
  const vpc = { 'ec2:Vpc': arnOf('vpc', defaultVpc(caller), caller) };
  const instance = {
    'ec2:InstanceType': optional(input, 'InstanceType'),
    'ec2:InstanceProfile': profile,
    'ec2:MetadataHttpTokens': optional(input.MetadataOptions ?? {}, 'HttpTokens') ?? 'optional',
    'ec2:InstanceMarketType': optional(input.InstanceMarketOptions ?? {}, 'MarketType') ?? 'on-demand',
  };
  const volumes = devices.length === 0 ? [{}] : devices;
  return [
    ...on('RunInstances', imageId, caller, facts),
    need('ec2:RunInstances', arnOf('subnet', subnetId, caller), { ...vpc, 'ec2:SubnetID': subnetId }),
    ...groups.map((id) => need('ec2:RunInstances', arnOf('security-group', id, caller), vpc)),
    ...devices.flatMap((device) => on('RunInstances', optional(device, 'SnapshotId') ?? '', caller, facts)),
    ...making('RunInstances', { instance, 'network-interface': vpc }, input, caller),
    ...volumes.flatMap((device) =>
      making(
        'RunInstances',
        {
          volume: { 'ec2:VolumeType': optional(device, 'VolumeType'), 'ec2:Encrypted': optional(device, 'Encrypted') },
        },
        input,
        caller,
      ),
    ),
    ...(profile
      ? [
          need('iam:PassRole', facts.roleOf(profile) ?? profile.replace(':instance-profile/', ':role/'), {
            'iam:PassedToService': 'ec2.amazonaws.com',
            'iam:AssociatedResourceArn': arnOf('instance', '*', caller),
          }),
        ]
      : []),
  ];
}

function profileArn(input: Input, { accountId }: Caller): string | undefined {
  const { Arn, Name } = (input.IamInstanceProfile ?? {}) as Input;
  return Arn ? String(Arn) : Name ? `arn:aws:iam::${accountId}:instance-profile/${Name}` : undefined;
}

/** The source is decided without the request's tags, which belong to what is made. */
function copyImage(input: Input, caller: Caller, facts: Facts): Need[] {
  const region = String(input.SourceRegion ?? '');
  const id = String(input.SourceImageId ?? '');
  const source = facts.find(id);
  const snapshots = source?.snapshots ?? [];
  return [
    ...(source
      ? [
          need('ec2:CopyImage', arnOf('image', id, { ...caller, region }), {
            'ec2:Owner': source.accountId,
            'ec2:ImageID': id,
          }),
        ]
      : []),
    ...snapshots.map((snapshot) => need('ec2:CopyImage', arnOf('snapshot', snapshot, { ...caller, region }))),
    ...making('CopyImage', { image: {}, snapshot: {} }, input, caller),
  ];
}

/** By id or by name; no role of ours names one by name. */
const onTemplate =
  (action: string) =>
  (input: Input, caller: Caller, facts: Facts): Need[] => {
    const id = optional(input, 'LaunchTemplateId');
    if (id) return on(action, id, caller, facts);
    throw new AwsError(
      'UnsupportedOperation',
      'The local cloud knows what roles may do with launch templates by id only.',
    );
  };

function exportImage(input: Input, caller: Caller, facts: Facts): Need[] {
  const role = optional(input, 'RoleName') ?? 'vmimport';
  return [
    ...on('ExportImage', String(input.ImageId ?? ''), caller, facts),
    ...making('ExportImage', { 'export-image-task': {} }, input, caller),
    need('iam:PassRole', `arn:aws:iam::${caller.accountId}:role/${role}`, {
      'iam:PassedToService': 'vmie.amazonaws.com',
    }),
  ];
}

function retag(action: string) {
  return (input: Input, caller: Caller, facts: Facts): Need[] =>
    list(input, 'ResourceId').flatMap((id) =>
      on(action, id, caller, facts, requestKeys(tagsIn(structures(input, 'Tag')))),
    );
}

const withoutResource = [
  'DescribeInstances',
  'DescribeInstanceStatus',
  'DescribeImages',
  'DescribeSnapshots',
  'DescribeVolumes',
  'DescribeImageAttribute',
  'DescribeSnapshotAttribute',
  'DescribeTags',
  'DescribeRegions',
  'DescribeVpcs',
  'DescribeSubnets',
  'DescribeSecurityGroups',
  'DescribeInstanceTypes',
  'GetEbsEncryptionByDefault',
  'GetEbsDefaultKmsKeyId',
  'DescribeLaunchTemplates',
  'DescribeLaunchTemplateVersions',
  'DescribeExportImageTasks',
  'GetImageBlockPublicAccessState',
  'EnableImageBlockPublicAccess',
  'DisableImageBlockPublicAccess',
];

export const ec2Needs: Needs = {
  ...Object.fromEntries(withoutResource.map((action) => [action, anywhere(`ec2:${action}`)])),
  RunInstances: runInstances,
  StartInstances: onEach('StartInstances', 'InstanceId'),
  StopInstances: onEach('StopInstances', 'InstanceId'),
  RebootInstances: onEach('RebootInstances', 'InstanceId'),
  TerminateInstances: onEach('TerminateInstances', 'InstanceId'),
  CreateImage: (input, caller, facts) => [
    ...on('CreateImage', String(input.InstanceId ?? ''), caller, facts),
    ...making('CreateImage', { image: {}, snapshot: {} }, input, caller),
  ],
  CopyImage: copyImage,
  DeregisterImage(input, caller, facts) {
    const id = String(input.ImageId ?? '');
    const also = String(input.DeleteAssociatedSnapshots) === 'true' ? (facts.find(id)?.snapshots ?? []) : [];
    return [
      ...on('DeregisterImage', id, caller, facts),
      ...also.flatMap((snapshot) => on('DeleteSnapshot', snapshot, caller, facts)),
    ];
  },
  DeleteSnapshot: onEach('DeleteSnapshot', 'SnapshotId'),
  ModifyImageAttribute: onEach('ModifyImageAttribute', 'ImageId'),
  ModifySnapshotAttribute: onEach('ModifySnapshotAttribute', 'SnapshotId'),
  EnableImageDeprecation: onEach('EnableImageDeprecation', 'ImageId'),
  DisableImage: onEach('DisableImage', 'ImageId'),
  EnableImage: onEach('EnableImage', 'ImageId'),
  DisableImageDeprecation: onEach('DisableImageDeprecation', 'ImageId'),
  EnableImageDeregistrationProtection: onEach('EnableImageDeregistrationProtection', 'ImageId'),
  DisableImageDeregistrationProtection: onEach('DisableImageDeregistrationProtection', 'ImageId'),
  CreateLaunchTemplate: (input, caller) => making('CreateLaunchTemplate', { 'launch-template': {} }, input, caller),
  CreateLaunchTemplateVersion: onTemplate('CreateLaunchTemplateVersion'),
  ModifyLaunchTemplate: onTemplate('ModifyLaunchTemplate'),
  DeleteLaunchTemplate: onTemplate('DeleteLaunchTemplate'),
  DeleteLaunchTemplateVersions: onTemplate('DeleteLaunchTemplateVersions'),
  ExportImage: exportImage,
  CancelExportTask: (input, caller, facts) => on('CancelExportTask', String(input.ExportTaskId ?? ''), caller, facts),
  CreateTags: retag('CreateTags'),
  DeleteTags: retag('DeleteTags'),
};

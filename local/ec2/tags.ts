// Tags: given in the creating call or later, by resource id, whatever the kind of resource.
import { AwsError, type Caller, type Input, type Operation } from '../service.ts';
import { filtered } from './filter.ts';
import { notFound } from './identifier.ts';
import { list, optional, page, required, structures } from './input.ts';
import type { Scope } from './records.ts';
import type { Ec2 } from './room.ts';

const kindOfPrefix: Record<string, string> = {
  i: 'instance',
  ami: 'image',
  snap: 'snapshot',
  vol: 'volume',
  eni: 'network-interface',
  export: 'export-image-task',
  key: 'key-pair',
  lt: 'launch-template',
  sg: 'security-group',
};

/** The tags that TagSpecification gives each kind of resource; a kind that the operation does not create is refused. */
export function tagSpecifications(input: Input, kinds: string[]): Record<string, Record<string, string>> {
  const found: Record<string, Record<string, string>> = {};
  for (const specification of structures(input, 'TagSpecification')) {
    const kind = required(specification, 'ResourceType');
    if (!kinds.includes(kind)) {
      throw new AwsError(
        'InvalidParameterValue',
        `'${kind}' is not a valid taggable resource type for this operation.`,
      );
    }
    found[kind] = { ...found[kind], ...checkedTags(structures(specification, 'Tag')) };
  }
  return found;
}

function checkedTags(tags: Input[]): Record<string, string> {
  const entries = tags.map((tag): [string, string] => [required(tag, 'Key'), optional(tag, 'Value') ?? '']);
  for (const [key, value] of entries) {
    if (key.startsWith('aws:')) {
      throw new AwsError('InvalidParameterValue', "Tag keys starting with 'aws:' are reserved for internal use");
    }
    if (key.length > 127)
      throw new AwsError('InvalidParameterValue', `Tag key exceeds the maximum length of 127 characters: ${key}`);
    if (value.length > 255)
      throw new AwsError('InvalidParameterValue', `Tag value exceeds the maximum length of 255 characters: ${value}`);
  }
  if (entries.length > 50) throw new AwsError('TagLimitExceeded', 'More than 50 tags specified.');
  return Object.fromEntries(entries);
}

export function setTags(ec2: Ec2, scope: Scope, resourceId: string, tags: Record<string, string> | undefined): void {
  const { accountId, region } = scope;
  const before = ec2.records.tags[resourceId]?.tags;
  const all = { ...before, ...tags };
  if (Object.keys(all).length === 0) return;
  const resourceType = kindOfPrefix[resourceId.split('-')[0]!]!;
  ec2.records.tags[resourceId] = { accountId, region, resourceId, resourceType, tags: all };
}

/** The tags that this account sees on a resource: tags belong to the account that set them. */
export function tagsOf(ec2: Ec2, accountId: string, resourceId: string): Record<string, string> {
  const record = ec2.records.tags[resourceId];
  return record?.accountId === accountId ? record.tags : {};
}

export function tagSet(tags: Record<string, string>): { key: string; value: string }[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}

/** The id, if the caller has such a resource in this region; EC2's error by kind otherwise. */
function ownedResource(ec2: Ec2, caller: Caller, id: string): string {
  const { instances, images, snapshots, volumes, keyPairs, securityGroups, launchTemplates, exportTasks } = ec2.records;
  const here = (scope: Scope | undefined) => scope?.accountId === caller.accountId && scope.region === caller.region;
  const prefix = id.split('-')[0]!;
  const ofInstance = Object.values(instances).some(
    (instance) =>
      here(instance) &&
      (instance.networkInterfaceId === id || instance.blockDevices.some((device) => device.volumeId === id)),
  );
  const made = [
    instances[id],
    images[id],
    snapshots[id],
    volumes[id],
    keyPairs[id],
    securityGroups[id],
    launchTemplates[id],
    exportTasks[id],
  ];
  if (made.some(here) || ofInstance) return id;
  if (prefix === 'i' || prefix === 'ami' || prefix === 'snap' || prefix === 'vol') throw notFound(prefix, [id]);
  if (prefix === 'eni')
    throw new AwsError('InvalidNetworkInterfaceID.NotFound', `The networkInterface ID '${id}' does not exist`);
  throw new AwsError('InvalidID', `The ID '${id}' is not valid`);
}

export function tagOperations(ec2: Ec2): Record<string, Operation> {
  return {
    CreateTags(input, caller) {
      const tags = checkedTags(structures(input, 'Tag'));
      const ids = list(input, 'ResourceId').map((id) => ownedResource(ec2, caller, id));
      for (const id of ids) {
        if (Object.keys({ ...tagsOf(ec2, caller.accountId, id), ...tags }).length > 50) {
          throw new AwsError('TagLimitExceeded', `The maximum number of tags (50) of ${id} would be exceeded.`);
        }
      }
      for (const id of ids) setTags(ec2, caller, id, tags);
      ec2.records.save();
      return { return: true };
    },
    DeleteTags(input, caller) {
      const unwanted = structures(input, 'Tag');
      for (const id of list(input, 'ResourceId').map((one) => ownedResource(ec2, caller, one))) {
        const record = ec2.records.tags[id];
        if (!record) continue;
        if (unwanted.length === 0) record.tags = {};
        for (const { Key, Value } of unwanted) {
          if (Value === undefined || record.tags[Key] === Value) delete record.tags[Key];
        }
      }
      ec2.records.save();
      return { return: true };
    },
    DescribeTags(input, caller) {
      const all = Object.values(ec2.records.tags)
        .filter((record) => record.accountId === caller.accountId && record.region === caller.region)
        .flatMap(({ resourceId, resourceType, tags }) =>
          tagSet(tags).map((tag) => ({ resourceId, resourceType, ...tag })),
        );
      const found = filtered(
        all,
        input,
        {
          key: (tag) => [tag.key],
          value: (tag) => [tag.value],
          'resource-id': (tag) => [tag.resourceId],
          'resource-type': (tag) => [tag.resourceType],
        },
        (tag) => ({ [tag.key]: tag.value }),
      );
      const { items, nextToken } = page(found, input);
      return { tagSet: items, nextToken };
    },
  };
}

// The role of distribution-role.yml: whom it lets in, and what it may not do in the target account.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { realClock } from '../../../local/clock.ts';
import { parseTemplate } from '../../../local/cloudformation/template-text.ts';
import type { ResourceFacts } from '../../../local/ec2/facts.ts';
import { access } from '../../../local/iam/access.ts';
import { needsTable } from '../../../local/iam/operations/table.ts';
import type { Input } from '../../../local/service.ts';
import { resolveTemplate } from '../../../local/template/load.ts';
import { repository } from '../../source-files.ts';

const builder = '000000000000';
const target = '111122223333';
const stackId = `arn:aws:cloudformation:us-east-1:${builder}:stack/image-builder/1`;
const otherStack = stackId.replace('image-builder/1', 'image-builder/2');
const file = join(repository, 'distribution-role.yml');
const given = { StackId: stackId, EventBusArn: `arn:aws:events:us-east-1:${builder}:event-bus/image-builder` };
const deployedIn = (region: string) =>
  resolveTemplate(
    parseTemplate(readFileSync(file, 'utf8'), file),
    { ...{ accountId: target, region, partition: 'aws', urlSuffix: 'amazonaws.com' }, stackName: 'distribution' },
    given,
  );

const tag = 'serverless-image-builder:stack';
const published = 'serverless-image-builder:published';
const things: Record<string, Partial<ResourceFacts>> = {
  ours: { tags: { [tag]: stackId } },
  published: { tags: { [tag]: stackId, [published]: 'true' } },
  untagged: {},
  "another stack's": { tags: { [tag]: otherStack } },
  source: { accountId: builder },
  stranger: { accountId: '999999999999' },
};
const rights = access({
  clock: realClock,
  find(id) {
    const name = id.slice(id.indexOf('-') + 1);
    const facts = things[name];
    const snapshots = id.startsWith('ami-') ? [`snap-${name}`] : [];
    return facts && { accountId: target, region: 'us-east-1', tags: {}, snapshots, ...facts };
  },
});
rights.addStack(deployedIn('us-east-1'));
const role = `arn:aws:iam::${target}:role/serverless-image-builder-distribution`;

const specification = (value: string) =>
  ['image', 'snapshot'].map((ResourceType) => ({ ResourceType, Tag: [{ Key: tag, Value: value }] }));
const copy = (source: string, value = stackId, SourceRegion = 'us-east-1') => ({
  ...{ SourceImageId: `ami-${source}`, SourceRegion, Name: 'copy' },
  ...(value && { TagSpecification: specification(value) }),
});
const marking = (id: string, Key = published) => ({ ResourceId: [id], Tag: [{ Key, Value: 'true' }] });

function may(operation: string, input: Input, region = 'eu-west-1'): boolean {
  const caller = { accountId: target, region, accessKeyId: '', principalArn: role };
  const needs = needsTable.ec2![operation]!(input, caller, rights.facts);
  if (needs.length === 0) throw new Error('an act that needs nothing cannot be refused');
  return rights.refusal(role, needs, region) === undefined;
}

describe('in the target account', () => {
  test.each<[string, string, Input]>([
    ['copies what the account that builds made', 'CopyImage', copy('source')],
    ['marks its copies as published', 'CreateTags', marking('ami-ours')],
    ['deregisters its copies', 'DeregisterImage', { ImageId: 'ami-ours', DeleteAssociatedSnapshots: 'true' }],
    ['deletes their snapshots', 'DeleteSnapshot', { SnapshotId: ['snap-ours'] }],
    ['looks', 'DescribeImages', {}],
    ['asks which regions are enabled', 'DescribeRegions', {}],
  ])('%s', (_, operation, input) => {
    expect(may(operation, input)).toBe(true);
  });

  test.each<[string, string, Input]>([
    ['deregisters an untagged AMI', 'DeregisterImage', { ImageId: 'ami-untagged' }],
    ["deregisters another stack's AMI", 'DeregisterImage', { ImageId: "ami-another stack's" }],
    ['deregisters what is published', 'DeregisterImage', { ImageId: 'ami-published' }],
    ['deletes an untagged snapshot', 'DeleteSnapshot', { SnapshotId: ['snap-untagged'] }],
    ['deletes the snapshot of what is published', 'DeleteSnapshot', { SnapshotId: ['snap-published'] }],
    ["copies a stranger's AMI", 'CopyImage', copy('stranger')],
    ['copies from another region', 'CopyImage', copy('source', stackId, 'eu-central-1')],
    ['copies without tags', 'CopyImage', copy('source', '')],
    ["copies under another stack's tag", 'CopyImage', copy('source', otherStack)],
    ['marks an untagged AMI', 'CreateTags', marking('ami-untagged')],
    ['gives its copies other tags', 'CreateTags', marking('ami-ours', tag)],
    ['shares its copies', 'ModifyImageAttribute', { ImageId: 'ami-ours' }],
    ['launches its copies', 'RunInstances', { ImageId: 'ami-ours', InstanceType: 'm5.large' }],
  ])('never %s', (_, operation, input) => {
    expect(may(operation, input)).toBe(false);
  });
});

describe('is taken', () => {
  const letsIn = (name: string, externalId: string | undefined, account = builder) =>
    rights.letsIn(
      role,
      `arn:aws:iam::${account}:role/${name}`,
      externalId === undefined ? {} : { 'sts:ExternalId': externalId },
    );

  test.each(['CheckDistribution', 'CopyRegion', 'ResumeBuild', 'PublishImage', 'Cleanup', 'Sweep'])('by %s', (name) => {
    expect(letsIn(`image-builder-${name}Role-A1B2`, stackId)).toBe(true);
  });
  test.each(['loca-CheckDistributionRole', 'staging-CheckDistri'])('by one whose name was cut: %s', (name) => {
    expect(letsIn(`serverless-image-builder-${name}-A1B2`, stackId)).toBe(true);
    expect(letsIn(`serverless-image-builder-${name}-A1B2`, otherStack)).toBe(false);
  });
  test.each<[string, string, string | undefined, string?]>([
    ['the role of instances', 'image-builder-InstanceRole-A1B2', stackId],
    ['a function that has nothing to do there', 'image-builder-PutResourcesRole-A1B2', stackId],
    ["another stack's function", 'other-CopyRegionRole-A1B2', stackId],
    ['who names another stack', 'image-builder-CopyRegionRole-A1B2', otherStack],
    ['who names none', 'image-builder-CopyRegionRole-A1B2', undefined],
    ['another account', 'image-builder-CopyRegionRole-A1B2', stackId, '999999999999'],
  ])('never by %s', (_, name, externalId, account) => {
    expect(letsIn(name, externalId, account)).toBe(false);
  });
  test('only where it is', () => {
    const absent = role.replace(target, '222222222222');
    expect(rights.letsIn(absent, `arn:aws:iam::${builder}:role/image-builder-CopyRegionRole-A1B2`, {})).toBe(false);
  });
});

test('in other regions there is the rule alone', () => {
  const types = (region: string) => deployedIn(region).resources.map(({ logicalId }) => logicalId);
  expect(types('us-east-1')).toContain('DistributionRole');
  expect(types('eu-west-1').sort()).toEqual(['AmiEventsRule', 'ForwardRole']);
});

describe('the role of lifecycles', () => {
  const lifecycle = `${role}-lifecycle`;
  const mayRetire = (operation: string, input: Input) => {
    const caller = { accountId: target, region: 'eu-west-1', accessKeyId: '', principalArn: lifecycle };
    const needs = needsTable.ec2![operation]!(input, caller, rights.facts);
    return rights.refusal(lifecycle, needs, 'eu-west-1') === undefined;
  };
  const whole = (id: string) => ({ ImageId: id, DeleteAssociatedSnapshots: 'true' });

  test('ends what this stack published, and nothing else', () => {
    expect(mayRetire('DeregisterImage', whole('ami-published'))).toBe(true);
    expect(mayRetire('DisableImage', { ImageId: 'ami-published' })).toBe(true);
    for (const other of ['untagged', "another stack's"])
      for (const operation of ['DeregisterImage', 'DisableImage', 'EnableImage', 'EnableImageDeprecation'])
        expect(mayRetire(operation, { ImageId: `ami-${other}` }), `${operation} ${other}`).toBe(false);
    expect(mayRetire('DeleteSnapshot', { SnapshotId: ['snap-untagged'] })).toBe(false);
    expect(mayRetire('CopyImage', copy('source'))).toBe(false);
  });

  test('is taken by apply-lifecycle only, with the id of the stack', () => {
    const letsIn = (name: string, externalId: string) =>
      rights.letsIn(lifecycle, `arn:aws:iam::${builder}:role/${name}`, { 'sts:ExternalId': externalId });
    expect(letsIn('image-builder-ApplyLifecycleRole-A1B2', stackId)).toBe(true);
    expect(letsIn('image-builder-ApplyLifecycleRole-A1B2', otherStack)).toBe(false);
    for (const name of ['CopyRegion', 'Cleanup', 'Sweep', 'Instance'])
      expect(letsIn(`image-builder-${name}Role-A1B2`, stackId), name).toBe(false);
    expect(
      rights.letsIn(role, `arn:aws:iam::${builder}:role/image-builder-ApplyLifecycleRole-A1B2`, {
        'sts:ExternalId': stackId,
      }),
    ).toBe(false);
  });
});

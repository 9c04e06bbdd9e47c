// A lifecycle policy over 200 generated images, with the product's own gateways against the local EC2 and Auto Scaling: what is said is what is done.
import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  CreateLaunchConfigurationCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  CopyImageCommand,
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeSnapshotsCommand,
  DisableImageCommand,
  EC2Client,
  EnableImageDeprecationCommand,
  EnableImageDeregistrationProtectionCommand,
  ModifyImageAttributeCommand,
  RunInstancesCommand,
  StopInstancesCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { autoscaling } from '../../../local/autoscaling/service.ts';
import { realClock } from '../../../local/clock.ts';
import { unwrittenRecords } from '../../../local/ec2/records.ts';
import { ec2 } from '../../../local/ec2/service.ts';
import { amiUses } from '../../../shared/aws/ami-uses.ts';
import { retiringAmis } from '../../../shared/aws/retiring-amis.ts';
import type { ImageDecision, LifecycleReport } from '../../../shared/model/lifecycle.ts';
import { lifecyclePolicySchema } from '../../../shared/model/lifecycle-policy-schema.ts';
import { imageTag, stackTag } from '../../../shared/model/tags.ts';
import { applyLifecycle } from '../../../shared/phase/apply-lifecycle.ts';
import { channelUses } from '../../../shared/store/channel-uses.ts';
import { images } from '../../../shared/store/images.ts';
import { ledgers } from '../../../shared/store/ledgers.ts';
import { lifecyclePolicies } from '../../../shared/store/lifecycle-policies.ts';
import { lifecycleRuns } from '../../../shared/store/lifecycle-runs.ts';
import { retirements } from '../../../shared/store/retirements.ts';
import { paperMachine } from '../../faults/paper-machine.ts';
import { random } from '../../faults/random.ts';
import { generateAccount } from '../../phase/lifecycle-account.ts';
import { type Account, type Ami, own, stackId, start } from '../../phase/lifecycle-world.ts';
import { openTable } from '../../store/open-table.ts';
import { openDoor, temporaryDirectory } from '../door/open-door.ts';

const undo: (() => unknown)[] = [];
afterAll(async () => {
  for (const act of undo.reverse()) await act();
});

const keysOf = (account: string) => ({ accessKeyId: account, secretAccessKey: 'any' });
const calls = new Map<string, number>();
/** By the id of the generated AMI, the one that EC2 made. */
const made = new Map<string, string>();
/** AMIs that something uses, with what it is called. */
const used = new Map<string, string>();
const generated = lean(generateAccount(random(11)));

/** Other families need no copies: each costs EC2 time, and nothing of them may be touched anyway. */
function lean(account: Account): Account {
  for (const image of account.images.values()) {
    if (['web', 'shop'].includes(image.name)) continue;
    const [first, ...rest] = image.outputResources.amis;
    for (const { image: id } of rest) account.amis.delete(id);
    image.outputResources.amis = first ? [first] : [];
  }
  return account;
}

let time = start;
let now: (request: Parameters<typeof applyLifecycle>[1]) => Promise<LifecycleReport>;

const clients = new Map<string, EC2Client>();
/** One client a place: a new one has to connect again. */
function ec2In({ region, account }: Pick<Ami, 'region' | 'account'>): EC2Client {
  const client = clients.get(`${region} ${account}`) ?? new EC2Client({ region, credentials: keysOf(account) });
  clients.set(`${region} ${account}`, client);
  return client;
}

beforeAll(async () => {
  const directory = temporaryDirectory();
  const { table, close } = await openTable();
  const clock = { ...realClock, now: () => time };
  const cloud = {
    ...{ clock, stateDirectory: directory.path, accountId: own, region: 'us-east-1' },
    delays: {
      instanceRunning: 1,
      agentOnline: 1,
      instanceStopped: 1,
      instanceTerminated: 1,
      imageAvailable: 1,
      copyAvailable: 1,
    },
    ...{ bus: { put: () => {} }, logs: { append: () => {} } },
    functions: { invoke: async () => Promise.reject(new Error('none')), invokeLater: () => {} },
  };
  const compute = ec2(cloud, { machine: paperMachine(realClock), records: unwrittenRecords() });
  await compute.recover();
  const door = await openDoor([compute.service, autoscaling(cloud)], directory.path, realClock, (call, act) => {
    calls.set(call.operation, (calls.get(call.operation) ?? 0) + 1);
    return act();
  });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_EC2: door.endpoint,
    AWS_ENDPOINT_URL_AUTO_SCALING: door.endpoint,
    ...{ AWS_ACCESS_KEY_ID: own, AWS_SECRET_ACCESS_KEY: 'any' },
  });
  undo.push(directory.remove, close, () => compute.stop(), door.close);
  await fill();
  const stores = { images: images(table), ledgers: ledgers(table), runs: lifecycleRuns(table, () => time) };
  for (const record of generated.images.values()) {
    const amis = record.outputResources.amis.map((ami) => ({ ...ami, image: made.get(ami.image)! }));
    await stores.images.create({ ...record, outputResources: { amis } });
    await stores.ledgers.open(record.arn, { stackId, dateCreated: record.dateCreated });
  }
  for (const { name, channel, image } of generated.channels)
    await table.put({ pk: `channel#${name}`, sk: channel, version: 1, state: { name, channel, image } });
  const policies = lifecyclePolicies(table);
  await policies.put({ name: 'retire', policy, hash: '1', dateUpdated: '' });
  const gateways = {
    ...{
      ...stores,
      policies,
      channelsOf: channelUses(table),
      retirements: retirements(table),
      accountId: own,
      stackId,
      now: () => time,
    },
    retiring: (region: string, account?: string) => retiringAmis(region, account ? keysOf(account) : undefined),
    uses: (region: string, account?: string) => amiUses(region, account ? keysOf(account) : undefined),
    notices: { putEvent: async () => {}, publish: async () => {} },
    metrics: { count: () => {}, seconds: () => {} },
  };
  now = async (request) => (await applyLifecycle(gateways, request, { until: time + 15 * 60_000 }))[0]!;
}, 300_000);

const policy = lifecyclePolicySchema.parse({
  policyDetails: [
    {
      action: { type: 'DELETE', includeResources: { amis: true, snapshots: true } },
      filter: { type: 'COUNT', value: 8 },
      exclusionRules: { amis: { isPublic: true, sharedAccounts: ['222222222222'], tagMap: { Keep: 'yes' } } },
    },
  ],
  resourceSelection: {
    recipes: [
      { name: 'web', semanticVersion: 'x.x.x' },
      { name: 'shop', semanticVersion: '1.x.x' },
    ],
  },
});

/** Everything of the generated account, as EC2 and Auto Scaling make it. */
async function fill(): Promise<void> {
  const parents = new Map<string, Promise<string>>();
  const parent = (region: string) => {
    const Filters = [{ Name: 'name', Values: ['debian-12-amd64-*'] }];
    const asked = async () => {
      const answer = await ec2In({ region, account: own }).send(
        new DescribeImagesCommand({ Owners: ['136693071363'], Filters }),
      );
      return answer.Images![0]!.ImageId!;
    };
    if (!parents.has(region)) parents.set(region, asked());
    return parents.get(region)!;
  };
  const kinds = ['instance', 'stopped instance', 'template', 'configuration', 'group'];
  let users = 0;
  const one = async (id: string, ami: Ami) => {
    const client = ec2In(ami);
    const Tags = Object.entries(ami.tags).map(([Key, Value]) => ({ Key, Value }));
    const copy = new CopyImageCommand({
      ...{ Name: id, SourceImageId: await parent(ami.region), SourceRegion: ami.region },
      ...(Tags.length > 0 && {
        TagSpecifications: (['image', 'snapshot'] as const).map((ResourceType) => ({ ResourceType, Tags })),
      }),
    });
    const ImageId = (await client.send(copy)).ImageId!;
    made.set(id, ImageId);
    while ((await client.send(new DescribeImagesCommand({ ImageIds: [ImageId] }))).Images![0]!.State !== 'available')
      await realClock.sleep(5);
    const Add = [
      ...(ami.isPublic ? [{ Group: 'all' as const }] : []),
      ...(ami.sharedWith ?? []).map((UserId) => ({ UserId })),
    ];
    if (Add.length > 0) await client.send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission: { Add } }));
    if (ami.deprecationTime)
      await client.send(new EnableImageDeprecationCommand({ ImageId, DeprecateAt: new Date(time + 60_000) }));
    if (ami.protection) await client.send(new EnableImageDeregistrationProtectionCommand({ ImageId }));
    if (ami.uses) used.set(ImageId, await use(client, kinds[users++ % kinds.length]!, ImageId, ami));
    if (ami.state === 'disabled') await client.send(new DisableImageCommand({ ImageId }));
  };
  const all = [...generated.amis];
  for (let from = 0; from < all.length; from += 16)
    await Promise.all(all.slice(from, from + 16).map(([id, ami]) => one(id, ami)));
}

async function use(client: EC2Client, kind: string, ImageId: string, ami: Ami): Promise<string> {
  const scaling = new AutoScalingClient({ region: ami.region, credentials: keysOf(ami.account) });
  const name = `of-${ImageId}`;
  if (kind.endsWith('instance')) {
    const request = { ImageId, InstanceType: 'm5.large' as const, MinCount: 1, MaxCount: 1 };
    const { InstanceId = '' } = (await client.send(new RunInstancesCommand(request))).Instances![0]!;
    const until = async (state: string) => {
      const look = new DescribeInstancesCommand({ InstanceIds: [InstanceId] });
      while ((await client.send(look)).Reservations![0]!.Instances![0]!.State!.Name !== state) await realClock.sleep(5);
    };
    await until('running');
    if (kind === 'instance') return `instance ${InstanceId} (running)`;
    await client.send(new StopInstancesCommand({ InstanceIds: [InstanceId] }));
    await until('stopped');
    return `instance ${InstanceId} (stopped)`;
  }
  if (kind === 'configuration') {
    const request = { LaunchConfigurationName: name, ImageId, InstanceType: 'm5.large' };
    await scaling.send(new CreateLaunchConfigurationCommand(request));
    return `launch configuration ${name}`;
  }
  const request = { LaunchTemplateName: name, LaunchTemplateData: { ImageId } };
  const { LaunchTemplate } = await client.send(new CreateLaunchTemplateCommand(request));
  const { LaunchTemplateId = '' } = LaunchTemplate!;
  const text = `launch template ${name} (${LaunchTemplateId}) version 1`;
  if (kind === 'template') return text;
  const group = { AutoScalingGroupName: name, MinSize: 0, MaxSize: 3, AvailabilityZones: [`${ami.region}a`] };
  await scaling.send(
    new CreateAutoScalingGroupCommand({ ...group, LaunchTemplate: { LaunchTemplateId, Version: '$Latest' } }),
  );
  return `${text} of Auto Scaling group ${name}`;
}

/** Every AMI and snapshot that bears a tag of ours, and what is seen of it. */
async function seen(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const places = new Map([...generated.amis.values()].map((ami) => [`${ami.region} ${ami.account}`, ami]));
  for (const place of places.values()) {
    const client = ec2In(place);
    const request = { Owners: ['self'], IncludeDeprecated: true, IncludeDisabled: true };
    const { Images = [] } = await client.send(new DescribeImagesCommand(request));
    for (const { ImageId, State, DeprecationTime, Public } of Images)
      found.set(ImageId!, `${State} ${DeprecationTime ?? ''} ${Public}`);
    const { Snapshots = [] } = await client.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] }));
    for (const { SnapshotId, State } of Snapshots) found.set(SnapshotId!, String(State));
  }
  return found;
}

const acted = (decisions: ImageDecision[]) =>
  decisions.flatMap(({ amis }) => amis.flatMap(({ ami, action }) => (action ? [`${action} ${ami}`] : []))).sort();

test('200 images: a dry run says what a run does, nothing in use or not meant is touched, a second run does nothing', async () => {
  const before = await seen();
  calls.clear();
  const dry = await now({ policy: 'retire', dryRun: true, trigger: 'manual' });
  const asked = Object.fromEntries(calls);
  expect(dry.problems).toEqual([]);
  expect(await seen()).toEqual(before);
  expect(dry.counts.deleted).toBeGreaterThan(20);
  const reasons = dry.decisions.flatMap(({ amis }) => amis.map(({ ami, reason }) => [ami, reason] as const));
  const named = reasons.filter(
    ([ami]) => used.has(ami) && reasons.some(([, reason]) => reason.includes(used.get(ami)!)),
  );
  expect(named.length).toBeGreaterThan(5);
  for (const kind of ['(running)', '(stopped)', 'launch template', 'launch configuration', 'Auto Scaling group'])
    expect(
      reasons.some(([, reason]) => reason.includes(kind)),
      kind,
    ).toBe(true);

  const wet = await now({ policy: 'retire', dryRun: false, trigger: 'manual' });
  expect(wet.problems).toEqual([]);
  expect(acted(wet.decisions)).toEqual(acted(dry.decisions));
  const after = await seen();
  const deleted = wet.decisions.flatMap(({ amis }) => amis.filter(({ action }) => action === 'DELETE'));
  const gone = new Set(deleted.flatMap(({ ami, snapshots }) => [ami, ...snapshots]));
  expect(gone.size).toBe(2 * deleted.length);
  expect([...before].filter(([id]) => !gone.has(id))).toEqual([...after]);
  for (const id of gone) expect(used.has(id)).toBe(false);
  for (const { arn, name } of generated.images.values())
    if (!['web', 'shop'].includes(name)) expect(wet.decisions.some(({ image }) => image === arn)).toBe(false);

  const second = await now({ policy: 'retire', dryRun: false, trigger: 'manual' });
  expect(acted(second.decisions)).toEqual([]);
  expect(await seen()).toEqual(after);
  console.log(
    `${generated.images.size} images with ${generated.amis.size} AMIs in 3 regions and 2 accounts, ${dry.decisions.length} selected, ${dry.counts.deleted} due: a dry run made ${Object.values(asked).reduce((sum, count) => sum + count, 0)} calls (${JSON.stringify(asked)})`,
  );
}, 120_000);

test('deprecated, then disabled, then taken back, by hand: what EC2 says is what the record says', async () => {
  const report = await now({ policy: 'retire', dryRun: true, trigger: 'manual' });
  const free = report.decisions.find(
    ({ status, image }) =>
      status === 'AVAILABLE' &&
      !generated.channels.some((one) => one.image === image) &&
      generated.images.get(image)!.outputResources.amis.every(({ image: id }) => !used.has(made.get(id)!)),
  )!;
  const [ami] = generated.images.get(free.image)!.outputResources.amis;
  const id = made.get(ami!.image)!;
  const stateOf = async () => (await seen()).get(id)!.split(' ');
  const ask = (action: 'DEPRECATE' | 'DISABLE' | 'AVAILABLE') =>
    now({ image: free.image, action, snapshots: true, dryRun: false });
  expect((await ask('DEPRECATE')).counts).toMatchObject({ deprecated: 1 });
  expect((await stateOf())[1]).toMatch(/^2026-11-23T10:0[12]/);
  expect((await ask('DISABLE')).counts).toMatchObject({ disabled: 1 });
  expect((await stateOf())[0]).toBe('disabled');
  expect((await ask('AVAILABLE')).counts).toMatchObject({ restored: 1 });
  expect(await stateOf()).toEqual(['available', '', 'false']);
  expect(generated.images.get(free.image)!.arn).toBe(free.image);
  time += 1000;
});

test('a version of a template that publishing made counts while it is the default or the newest, or a group names it', async () => {
  const place = { region: 'us-east-1', account: own };
  const [client, scaling] = [ec2In(place), new AutoScalingClient({ region: 'us-east-1', credentials: keysOf(own) })];
  const ids = [...generated.amis].filter(([, ami]) => ami.region === 'us-east-1' && ami.account === own && !ami.uses);
  const [one = '', two = '', three = ''] = ids.map(([id]) => made.get(id)!);
  const version = (ImageId: string) => ({
    ...{ LaunchTemplateData: { ImageId }, VersionDescription: 'Published by arn:aws:imagebuilder:…' },
  });
  const request = { LaunchTemplateName: 'published', ...version(one) };
  const { LaunchTemplateId } = (await client.send(new CreateLaunchTemplateCommand(request))).LaunchTemplate!;
  for (const id of [two, three])
    await client.send(new CreateLaunchTemplateVersionCommand({ LaunchTemplateId, ...version(id) }));
  const uses = async () => [...(await amiUses('us-east-1').of([one, two, three])).values()].flat();
  const text = (number: number) => `launch template published (${LaunchTemplateId}) version ${number}`;
  expect((await uses()).sort()).toEqual([text(1), text(3)]);
  const group = { AutoScalingGroupName: 'pinned', MinSize: 0, MaxSize: 1, AvailabilityZones: ['us-east-1a'] };
  const LaunchTemplate = { LaunchTemplateId, Version: '2' };
  await scaling.send(new CreateAutoScalingGroupCommand({ ...group, LaunchTemplate }));
  expect((await uses()).sort()).toEqual([text(1), `${text(2)} of Auto Scaling group pinned`, text(3)]);
});

test('a group of several instance types uses the AMIs of its template, of the templates of its overrides, and those that these name', async () => {
  const place = { region: 'eu-west-1', account: own };
  const [client, scaling] = [ec2In(place), new AutoScalingClient({ region: place.region, credentials: keysOf(own) })];
  const ids = [...generated.amis].filter(([, ami]) => ami.region === place.region && ami.account === own && !ami.uses);
  const [one = '', two = '', three = '', four = ''] = ids.map(([id]) => made.get(id)!);
  const published = async (LaunchTemplateName: string, ...versions: string[]) => {
    const version = (ImageId: string) => ({
      ...{ LaunchTemplateData: { ImageId }, VersionDescription: 'Published by arn:aws:imagebuilder:…' },
    });
    const request = { LaunchTemplateName, ...version(four) };
    const { LaunchTemplateId } = (await client.send(new CreateLaunchTemplateCommand(request))).LaunchTemplate!;
    for (const id of [...versions, four])
      await client.send(new CreateLaunchTemplateVersionCommand({ LaunchTemplateId, ...version(id) }));
    return LaunchTemplateId!;
  };
  const [first, second] = [await published('mixed', one), await published('override', two)];
  const uses = async () => Object.fromEntries(await amiUses(place.region).of([one, two, three]));
  expect(await uses()).toEqual({});
  await scaling.send(
    new CreateAutoScalingGroupCommand({
      ...{ AutoScalingGroupName: 'mixed', MinSize: 0, MaxSize: 1, AvailabilityZones: ['eu-west-1a'] },
      MixedInstancesPolicy: {
        LaunchTemplate: {
          LaunchTemplateSpecification: { LaunchTemplateId: first, Version: '2' },
          Overrides: [
            { InstanceType: 'm5.large', ImageId: three },
            { InstanceType: 'm6g.large', LaunchTemplateSpecification: { LaunchTemplateId: second, Version: '2' } },
          ],
        },
      },
    }),
  );
  expect(await uses()).toEqual({
    [one]: [`launch template mixed (${first}) version 2 of Auto Scaling group mixed`],
    [two]: [`launch template override (${second}) version 2 of Auto Scaling group mixed`],
    [three]: ['Auto Scaling group mixed'],
  });
});

test('the tags are those that the product looks for', () => {
  for (const { tags } of generated.amis.values())
    if (Object.keys(tags).length > 0) expect(Object.keys(tags)).toEqual(expect.arrayContaining([stackTag, imageTag]));
});

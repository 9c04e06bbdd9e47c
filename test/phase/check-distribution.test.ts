// What a distribution names is checked before anything is launched: all of it, at once, and nothing where nothing can fail.
import { describe, expect, it } from 'vitest';
import { needsChecks } from '../../shared/build/preflight.ts';
import { buildDate } from '../../shared/model/ami-name.ts';
import { checkDistribution } from '../../shared/phase/check-distribution.ts';
import { finish } from '../../shared/phase/finish.ts';
import { findingsOf } from '../../shared/phase/preflight/check.ts';
import { checksOf } from '../../shared/phase/preflight/checks.ts';
import { targetsOf } from '../../shared/phase/publication/targets.ts';
import { testTable } from '../store/test-table.ts';
import { wholeBuild } from './whole-build.ts';
import { newWorld, type World } from './world.ts';

const table = await testTable();

const other = '222222222222';
const lt = 'lt-00000000000000001';

/** Somebody's AMI that has the name already. */
const taken = (id: string, more: object = {}) =>
  ({
    ...{ id, name: 'fixed', region: 'us-east-1', state: 'available', visible: true },
    ...{ tags: {}, devices: [], snapshots: [] },
    ...more,
  }) as never;

/** Distributions as the plan has them: own account unless it is said, positions of copies follow. */
async function distributing(...distributions: object[]) {
  const all = distributions.map((one) => ({ name: 'fixed', amiTags: {}, ...one })) as never[];
  const copies = distributions.flatMap((one, index) =>
    'accountId' in one || 'kmsKeyId' in one || (one as { region: string }).region !== 'us-east-1' ? [index] : [],
  );
  const world = await newWorld(table, { distributions: all, copies });
  const check = () => checkDistribution(world.gateways, { image: world.image });
  return { world, check };
}

const failures = async ({ gateways, image }: World) => (await gateways.images.read(image)).regionFailures;
const message = (check: () => Promise<void>) =>
  check().then(
    () => undefined,
    (error: Error) => `${error.name}: ${error.message}`,
  );

describe('what may fail', () => {
  it('is told all at once, in the order of the distributions, and nothing is launched', async () => {
    const { world, check } = await distributing(
      {
        region: 'us-east-1',
        launchPermission: { userGroups: ['all'], userIds: [], organizationArns: [], organizationalUnitArns: [] },
      },
      {
        region: 'eu-west-1',
        kmsKeyId: 'alias/mine',
        launchTemplateConfigurations: [{ launchTemplateId: lt, setDefaultVersion: true }],
      },
      {
        region: 'eu-central-1',
        ssmParameterConfigurations: [{ parameterName: '/images/web', dataType: 'aws:ec2:image' }],
      },
    );
    const { ec2, consumers, surroundings, image } = world;
    consumers.blocked.add('us-east-1');
    ec2.amis.push(taken('ami-old'));
    surroundings.addKey('eu-west-1', 'alias/mine', { state: 'Disabled' });
    consumers.addParameter('eu-central-1', '/images/web', 'ami-old', 'text');
    const lines = (await message(check))!.split('\n');
    expect(lines[0]).toBe('InvalidRequestError: Nothing was launched, for 5 settings of the distribution would fail:');
    expect(lines[1]).toBe(
      'us-east-1, amiDistributionConfiguration.name: The AMI name "fixed" is taken already by AMI ami-old in us-east-1. Put {{ imagebuilder:buildDate }} or {{ imagebuilder:buildVersion }} into the name of its distribution.',
    );
    expect(lines.at(-1)).toBe('And 2 more.');
    expect(
      (await failures(world))?.map(({ region, imageConfigurationStep }) => [region, imageConfigurationStep]),
    ).toEqual([
      ['us-east-1', 'amiDistributionConfiguration.name'],
      ['us-east-1', 'amiDistributionConfiguration.launchPermission'],
      ['eu-west-1', 'amiDistributionConfiguration.kmsKeyId'],
      ['eu-west-1', 'launchTemplateConfigurations'],
      ['eu-central-1', 'ssmParameterConfigurations'],
    ]);
    await finish(world.gateways, image, { caught: { Error: 'InvalidRequestError', Cause: 'as told' } });
    const { state } = await world.gateways.images.read(image);
    expect(state).toMatchObject({
      status: 'FAILED',
      failureContext: {
        failedStep: 'CheckDistribution',
        distributionFailure: { regionFailures: [{ region: 'us-east-1' }, {}, {}, {}, { region: 'eu-central-1' }] },
      },
    });
  });

  it.each<[string, object, (world: World) => void, RegExp]>([
    [
      'a region that is not enabled',
      { region: 'ap-east-1' },
      ({ surroundings }) => surroundings.disabled.add('ap-east-1'),
      /^ap-east-1, region: ap-east-1 is not enabled for this account \(DescribeRegions says not-opted-in\)\. Enable it/,
    ],
    [
      'a key that is not there',
      { region: 'eu-west-1', kmsKeyId: 'k' },
      () => {},
      /kmsKeyId: Tried find key k in eu-west-1: AWS said NotFound/,
    ],
    [
      'a key for signing',
      { region: 'eu-west-1', kmsKeyId: 'k' },
      ({ surroundings }) => surroundings.addKey('eu-west-1', 'k', { spec: 'RSA_2048', usage: 'SIGN_VERIFY' }),
      /is RSA_2048 for SIGN_VERIFY, and EBS encrypts with symmetric keys only/,
    ],
    [
      'a key of another region',
      { region: 'eu-west-1', kmsKeyId: 'arn:aws:kms:us-east-1:123456789012:key/1' },
      () => {},
      /is of us-east-1, and what is encrypted in eu-west-1 is under keys of eu-west-1/,
    ],
    [
      'a template that has not consented',
      { region: 'eu-west-1', launchTemplateConfigurations: [{ launchTemplateId: lt }] },
      ({ consumers }) => {
        consumers.addTemplate('eu-west-1', lt, 'ami-1').tags = {};
      },
      /launchTemplateConfigurations: Launch template lt-0+1 in eu-west-1 does not say that this stack may publish through it/,
    ],
    [
      'a parameter that is secret',
      { region: 'eu-west-1', ssmParameterConfigurations: [{ parameterName: '/images/a', dataType: 'text' }] },
      ({ consumers }) =>
        void consumers.parameters.set('eu-west-1 /images/a', { value: 'x', type: 'SecureString', dataType: 'text' }),
      /is a SecureString of data type text, and is to be a String/,
    ],
    [
      'a bucket of another region',
      { region: 'us-east-1', s3ExportConfiguration: { s3Bucket: 'b', roleName: 'vmimport' } },
      ({ surroundings }) => {
        surroundings.buckets.set('b', 'eu-west-1');
        surroundings.addExportRole('vmimport');
      },
      /s3Bucket: Bucket b is in eu-west-1, and AMIs of us-east-1 are exported to buckets of us-east-1 only/,
    ],
    [
      'a role that VM Import/Export is not let into',
      { region: 'us-east-1', s3ExportConfiguration: { s3Bucket: 'b', roleName: 'vmimport' } },
      ({ surroundings }) => {
        surroundings.buckets.set('b', 'us-east-1');
        surroundings.addExportRole('vmimport', 'ec2.amazonaws.com');
      },
      /roleName: Role vmimport does not let VM Import\/Export in/,
    ],
    [
      'an account that lets nobody in',
      { region: 'eu-west-1', accountId: other },
      ({ surroundings }) => surroundings.closed.add(other),
      /^eu-west-1 of account 222222222222, amiDistributionConfiguration.targetAccountIds: Tried to assume the role/,
    ],
  ])('%s', async (_, distribution, arrange, expected) => {
    const { world, check } = await distributing(distribution);
    arrange(world);
    const told = await message(check);
    expect(told?.split('\n')[0]).toBe(
      'InvalidRequestError: Nothing was launched, for 1 setting of the distribution would fail:',
    );
    expect(told?.split('\n')[1]).toMatch(expected);
  });

  it('a parameter that is a channel’s, also where the channel was made after the preflight', async () => {
    const ssmParameterConfigurations = [{ parameterName: '/images/web/prod', dataType: 'text' }];
    const { world, check } = await distributing({ region: 'us-east-1', ssmParameterConfigurations });
    expect(await message(check)).toBeUndefined();
    const state = { name: 'web', channel: 'prod', image: 'arn', amis: { 'us-east-1': 'ami-1' }, history: [] };
    world.gateways.channels = { ...world.gateways.channels, read: async () => ({ version: 1, state }) };
    const said =
      /SSM parameter \/images\/web\/prod is the one of the channel prod of web, which nothing else may set\. Publish to the channel/;
    expect(await message(check)).toMatch(said);
    await expect(
      targetsOf(world.gateways, world.plan, [{ key: 'SnapshotAmi#0#0', id: 'ami-1', region: 'us-east-1' }]),
    ).rejects.toThrow(said);
  });

  it('a channel that would leave a region', async () => {
    const { world } = await distributing({ region: 'us-east-1' });
    const state = { name: 'hello', channel: 'prod', amis: { 'us-east-1': 'ami-1', 'eu-west-1': 'ami-2' }, history: [] };
    world.gateways.channels = { ...world.gateways.channels, read: async () => ({ version: 1, state }) };
    const plan = { ...world.plan, channel: 'prod' };
    const { problems } = await findingsOf(checksOf(world.gateways, plan, (await world.read()).dateCreated));
    expect(problems).toEqual([
      {
        region: 'us-east-1',
        setting: 'distributionConfiguration.channel',
        message: expect.stringMatching(
          /^The channel prod of hello is in eu-west-1, and arn:\S+ is not\. Distribute it there first/,
        ),
      },
    ]);
    expect(needsChecks({ ...plan, distributions: [] }, '')).toBe(true);
  });

  it('a template at its limit of versions; below it they are not counted', async () => {
    const to = {
      region: 'eu-west-1',
      launchTemplateConfigurations: [{ launchTemplateId: lt, setDefaultVersion: false }],
    };
    const { world, check } = await distributing(to);
    const template = world.consumers.addTemplate('eu-west-1', lt, 'ami-1');
    await check();
    expect(world.ec2.calls).not.toContain(`count versions of ${lt} in eu-west-1`);
    template.latest = 10_000;
    await check();
    template.versions = Array.from({ length: 10_000 }, (__, version) => ({
      version,
      imageId: 'ami-1',
      description: '',
    }));
    expect(await message(check)).toContain('has 10000 versions, and EC2 allows 10000');
  });

  it('a name that this image itself has is its own', async () => {
    const { world, check } = await distributing({ region: 'eu-west-1' });
    world.ec2.amis.push(
      taken('ami-own', { region: 'eu-west-1', tags: { 'serverless-image-builder:image': world.image } }),
    );
    await check();
    expect((await world.read()).timeline.CheckDistribution?.ended).toBeDefined();
  });

  it('the name in another account is looked for there', async () => {
    const { world, check } = await distributing({ region: 'us-east-1' }, { region: 'us-east-1', accountId: other });
    world.ec2.amis.push(taken('ami-theirs', { account: other }));
    expect(await message(check)).toMatch(/taken already by AMI ami-theirs in us-east-1 of account 222222222222/);
  });
});

describe('a key that another account needs', () => {
  const deviceName = '/dev/xvda';
  const policies = {
    blockDeviceMappings: [{ deviceName, ebs: { encrypted: true, deleteOnTermination: true, kmsKeyId: 'alias/mine' } }],
  };
  const arn = 'arn:aws:kms:us-east-1:123456789012:key/1';
  async function copying(to: object = {}) {
    const { world } = await distributing({ region: 'us-east-1' }, { region: 'eu-west-1', accountId: other, ...to });
    world.surroundings.addKey('us-east-1', 'alias/mine', { arn });
    const { dateCreated } = await world.read();
    const find = () => findingsOf(checksOf(world.gateways, { ...world.plan, ...policies }, dateCreated));
    return { world, find };
  }

  it('is told with key, region and account where its policy leaves the account out', async () => {
    const { find } = await copying();
    expect(await find()).toEqual({
      ...{ unchecked: [], warnings: [] },
      problems: [
        {
          ...{ region: 'eu-west-1', account: other, setting: 'amiDistributionConfiguration.targetAccountIds' },
          message:
            "The policy of the key alias/mine in us-east-1 allows account 222222222222 nothing, and the AMI that it is to copy is under that key: EBS uses the key in the name of that account. In the key's policy, let arn:aws:iam::222222222222:root have kms:CreateGrant, kms:Decrypt, kms:DescribeKey, kms:GenerateDataKeyWithoutPlaintext and kms:ReEncrypt* (docs/distribution.md, keys and other accounts).",
        },
      ],
    });
  });
  it.each([
    ['its policy names the account', { accounts: [other] }],
    ['its policy names everybody', { accounts: [] }],
    ['a grant is for a role of the account', { accounts: [], grantees: [`arn:aws:iam::${other}:role/copier`] }],
  ])('is not where %s', async (what, key) => {
    const { world, find } = await copying();
    world.surroundings.keyPolicies.set(arn, key);
    const own = world.gateways.keys;
    const policyOf = async () => JSON.stringify({ Statement: { Effect: 'Allow', Principal: '*', Action: 'kms:*' } });
    if (what.endsWith('everybody')) world.gateways.keys = (region) => ({ ...own(region), policyOf });
    expect(await find()).toEqual({ problems: [], unchecked: [], warnings: [] });
  });
  it('is told where it is the one that the copy is to be under', async () => {
    const kmsKeyId = 'arn:aws:kms:eu-west-1:123456789012:key/2';
    const { world, find } = await copying({ kmsKeyId });
    world.surroundings.keyPolicies.set(arn, { accounts: [other] });
    world.surroundings.addKey('eu-west-1', kmsKeyId);
    const { problems } = await find();
    expect(problems).toMatchObject([
      { account: other, setting: 'amiDistributionConfiguration.kmsKeyId', message: expect.stringContaining(kmsKeyId) },
    ]);
  });
  it('is told where the recipe names one that is not there, whoever gets copies', async () => {
    const { world } = await distributing({ region: 'us-east-1', name: 'free' });
    const plan = { ...world.plan, ...policies };
    const { dateCreated } = await world.read();
    expect(needsChecks(plan, dateCreated)).toBe(true);
    const { problems } = await findingsOf(checksOf(world.gateways, plan, dateCreated));
    expect(problems).toMatchObject([{ region: 'us-east-1', setting: 'imageRecipe.blockDeviceMappings' }]);
  });
  it.each([
    ['shared from the home region', { region: 'us-east-1' }, 'alias/mine', 'imageRecipe.blockDeviceMappings'],
    ['shared from a copy', { region: 'eu-west-1', kmsKeyId: 'k' }, 'k', 'amiDistributionConfiguration.kmsKeyId'],
    [
      'shared from the copy in the home region',
      { region: 'us-east-1', kmsKeyId: 'k' },
      'k',
      'amiDistributionConfiguration.kmsKeyId',
    ],
  ])('is not AWS’s own, by whichever name, where the image is %s', async (_, to, key, setting) => {
    const nobody = { userIds: [], userGroups: [], organizationArns: [], organizationalUnitArns: [] };
    const shared = { ...to, launchPermission: { ...nobody, userIds: [other] } };
    const { world } = await distributing(shared, { region: 'eu-west-2', kmsKeyId: 'k', launchPermission: nobody });
    for (const where of ['us-east-1', 'eu-west-1', 'eu-west-2'])
      for (const name of ['alias/mine', 'k'])
        world.surroundings.addKey(where, name, { managed: name === key || where === 'eu-west-2' });
    const { dateCreated } = await world.read();
    const { problems } = await findingsOf(checksOf(world.gateways, { ...world.plan, ...policies }, dateCreated));
    expect(problems).toMatchObject([{ region: to.region, setting, message: expect.stringContaining("is AWS's own") }]);
  });
  it('could not be checked where its policy may not be read', async () => {
    const { world, find } = await copying();
    world.ec2.refuse = (call) => (call.startsWith('policy of') ? 'AccessDeniedException' : undefined);
    const { problems, unchecked } = await find();
    expect([problems, unchecked]).toMatchObject([[], [{ account: other }]]);
  });
  it('is a warning, in one for each key, where accounts that are to launch the AMI are left out', async () => {
    const nobody = { userIds: [], userGroups: [], organizationArns: [], organizationalUnitArns: [] };
    const userIds = ['123456789012', other, '333333333333'];
    const { world } = await distributing(
      { region: 'us-east-1', launchPermission: { ...nobody, userIds } },
      { region: 'eu-west-1', kmsKeyId: 'alias/theirs', launchPermission: { ...nobody, userIds } },
    );
    world.surroundings.addKey('us-east-1', 'alias/mine', { arn });
    world.surroundings.addKey('eu-west-1', 'alias/theirs', { arn: `${arn}2` });
    world.surroundings.keyPolicies.set(arn, { accounts: [other] });
    const { dateCreated } = await world.read();
    const plan = { ...world.plan, ...policies };
    const { warnings, problems } = await findingsOf(checksOf(world.gateways, plan, dateCreated));
    expect(problems).toEqual([]);
    expect(
      warnings.map(({ region, message: text }) => [region, / allows nothing to ([\d, ]+):/.exec(text)?.[1]]),
    ).toEqual([
      ['us-east-1', '333333333333'],
      ['eu-west-1', `${other}, 333333333333`],
    ]);
    await world.gateways.plans.write(plan, { build: [], test: [] });
    await checkDistribution(world.gateways, { image: world.image });
    expect((await world.read()).notes.filter((note) => note.includes('cannot launch it'))).toHaveLength(2);
  });
  it('of the home region is that of its copy: who may launch that needs no other', async () => {
    const nobody = { userIds: [], userGroups: [], organizationArns: [], organizationalUnitArns: [] };
    const to = { region: 'us-east-1', kmsKeyId: 'k', launchPermission: { ...nobody, userIds: [other] } };
    const { world } = await distributing(to);
    world.surroundings.addKey('us-east-1', 'alias/mine', { arn });
    world.surroundings.addKey('us-east-1', 'k', { arn: `${arn}2` });
    const { dateCreated } = await world.read();
    const { warnings } = await findingsOf(checksOf(world.gateways, { ...world.plan, ...policies }, dateCreated));
    expect(warnings.map(({ message: text }) => /of the key (\S+)/.exec(text)?.[1])).toEqual(['k']);
  });
  it('of an AMI that is distributed lets in who copies it, and is not AWS’s own', async () => {
    const { world } = await distributing({ region: 'eu-west-1', accountId: other });
    const parentDevices = [{ deviceName, deleteOnTermination: true, encrypted: true, kmsKeyId: arn }];
    const source = { imageId: 'ami-1', region: 'us-east-1', copied: true };
    const plan = { ...world.plan, parentDevices, source };
    const { dateCreated } = await world.read();
    expect(needsChecks(plan, dateCreated)).toBe(true);
    const find = async (key: object) => {
      world.surroundings.addKey('us-east-1', arn, key);
      return (await findingsOf(checksOf(world.gateways, plan, dateCreated))).problems;
    };
    expect(await find({})).toMatchObject([
      {
        account: other,
        setting: 'amiDistributionConfiguration.targetAccountIds',
        message: expect.stringContaining(arn),
      },
    ]);
    world.surroundings.keyPolicies.set(arn, { accounts: [other] });
    expect(await find({})).toEqual([]);
    expect(await find({ managed: true })).toEqual([
      {
        ...{ region: 'us-east-1', setting: 'distribution.source' },
        message: `The key ${arn} in us-east-1 is AWS's own, and EC2 lets no other account have what is under it. Distribute it to us-east-1 first, by a pipeline that names a kmsKeyId of your own there and no targetAccountIds, and then the image that comes of it.`,
      },
    ]);
  });
  it('is asked nothing of where it is of another account', async () => {
    const { world, find } = await copying({ kmsKeyId: 'alias/theirs' });
    world.surroundings.keyPolicies.set(arn, { accounts: [other] });
    world.surroundings.addKey('eu-west-1', 'alias/theirs');
    expect(await find()).toEqual({ problems: [], unchecked: [], warnings: [] });
    expect(world.ec2.calls.filter((call) => call.startsWith('policy of'))).toEqual([`policy of ${arn}`]);
  });
});

describe('what hides others', () => {
  it('a region that is not enabled is told alone, even where calls to it get no answer', async () => {
    const { world, check } = await distributing({ region: 'ap-east-1', kmsKeyId: 'k' });
    world.surroundings.disabled.add('ap-east-1');
    world.ec2.refuse = (call) => (call.includes('regions') ? undefined : 'RequestLimitExceeded');
    await message(check);
    expect((await failures(world))?.map(({ imageConfigurationStep }) => imageConfigurationStep)).toEqual(['region']);
  });
  it('so is an account that lets nobody in; others are told beside it', async () => {
    const { world, check } = await distributing(
      { region: 'eu-west-1', kmsKeyId: 'k' },
      { region: 'ap-east-1', accountId: other, kmsKeyId: 'k' },
    );
    world.surroundings.closed.add(other);
    await message(check);
    expect((await failures(world))?.map(({ region, account }) => [region, account])).toEqual([
      ['ap-east-1', other],
      ['eu-west-1', undefined],
    ]);
  });
  it('one call for each account asks for all its regions', async () => {
    const { world, check } = await distributing(
      ...['ap-east-1', 'me-south-1', 'eu-west-1'].flatMap((region) => [{ region }, { region, accountId: other }]),
    );
    await check();
    expect(world.ec2.calls.filter((call) => call.startsWith('regions'))).toEqual(
      ['regions of 222222222222', 'regions of the account'].toSorted().reverse(),
    );
  });
});

describe('a check that fails', () => {
  const to = {
    region: 'eu-west-1',
    kmsKeyId: 'k',
    ssmParameterConfigurations: [{ parameterName: '/a', dataType: 'text' }],
  };
  it.each(['RequestLimitExceeded', 'InternalError'])('for %s is made again, and nothing is told', async (code) => {
    const { world, check } = await distributing(to);
    world.ec2.refuse = (call) => (call.startsWith('find parameter') ? code : undefined);
    expect(await message(check)).toMatch(/^ThrottledError/);
    expect(await failures(world)).toBeUndefined();
    expect((await world.read()).failedStep).toBeUndefined();
    world.ec2.refuse = () => undefined;
    expect(await message(check)).toMatch(/kmsKeyId: Tried find key k/);
  });
  it('for want of a permission that the build does not need is a note', async () => {
    const { world, check } = await distributing({ region: 'eu-west-1', kmsKeyId: 'k' });
    world.ec2.refuse = (call) => (call.startsWith('find key') ? 'AccessDeniedException' : undefined);
    await check();
    expect((await world.read()).notes).toEqual([
      expect.stringMatching(
        /^Could not be checked: eu-west-1, amiDistributionConfiguration.kmsKeyId\. Tried find key k/,
      ),
    ]);
  });
  it('for want of one that publishing needs too is a problem, with what to do', async () => {
    const { world, check } = await distributing({ ...to, kmsKeyId: undefined });
    world.ec2.refuse = (call) => (call.startsWith('find parameter') ? 'AccessDeniedException' : undefined);
    expect(await message(check)).toMatch(
      /ssmParameterConfigurations: .+ names outside \/images\/ are given to the stack by its parameter publishedParameters/,
    );
  });
  it('by a fault of our own is no answer of AWS', async () => {
    const { world, check } = await distributing({ region: 'eu-west-1', kmsKeyId: 'k' });
    const own = world.gateways.keys;
    world.gateways.keys = (region) => ({ ...own(region), find: async () => Promise.reject(new TypeError('ours')) });
    expect(await message(check)).toBe('TypeError: ours');
  });
});

describe('where nothing can fail', () => {
  it('no call is made: the build’s own time makes names unique, and these regions are always enabled', async () => {
    const launchPermission = { userIds: [other], userGroups: [], organizationArns: [], organizationalUnitArns: [] };
    const { world } = await distributing({ region: 'us-east-1' }, { region: 'eu-west-1', launchPermission });
    const { dateCreated } = await world.read();
    const plan = await world.gateways.plans.read(world.image);
    for (const to of plan.distributions) to.name = `hello ${buildDate(dateCreated)}`;
    await world.gateways.plans.write(plan, { build: ['', '', ''], test: ['', ''] });
    await checkDistribution(world.gateways, { image: world.image });
    expect(world.ec2.calls).toEqual([]);
  });
  it('whether anything has to be asked is known before, of every setting alike', async () => {
    const { world } = await distributing({ region: 'us-east-1' });
    const { dateCreated } = await world.read();
    const name = `hello ${buildDate(dateCreated)}`;
    const settings: object[] = [
      {},
      { accountId: other },
      { region: 'ap-east-1' },
      { name: 'fixed' },
      { region: 'eu-west-1', kmsKeyId: 'k' },
      { kmsKeyId: 'k' },
      { launchPermission: { userGroups: ['all'], userIds: [] } },
      { launchTemplateConfigurations: [{ launchTemplateId: lt }] },
      { ssmParameterConfigurations: [{ parameterName: '/a', dataType: 'text' }] },
      { s3ExportConfiguration: { s3Bucket: 'b', roleName: 'r' } },
    ];
    const asked = settings.map((setting) => {
      const to = { region: 'us-east-1', name, amiTags: {}, ...setting } as never;
      const copied =
        JSON.stringify(setting).includes('accountId') || (setting as { region?: string }).region !== undefined;
      const plan = { ...world.plan, distributions: [to], copies: copied ? [0] : [] };
      const needed = needsChecks(plan, dateCreated);
      expect(checksOf(world.gateways, plan, dateCreated).length > 0, JSON.stringify(setting)).toBe(needed);
      return needed;
    });
    expect(asked).toEqual([false, true, true, true, true, false, true, true, true, true]);
  });
});

describe('a whole build', () => {
  it('whose distribution would fail launches nothing and ends FAILED with all of it', async () => {
    const { world, states, error } = await wholeBuild(table, {
      before(state, build) {
        if (state === 'CheckDistribution')
          build.world.ec2.amis.push(taken('ami-old', { name: build.world.plan.ami.name, region: 'eu-west-1' }));
      },
    });
    expect(error).toBe('InvalidRequestError');
    expect(states).toEqual(['PrepareImage', 'CheckDistribution', 'Cleanup', 'FinishImage']);
    expect(world.ec2.instances).toEqual([]);
    const { state } = await world.read();
    expect(state.reason).toMatch(
      /^Nothing was launched, for 1 setting of the distribution would fail:\neu-west-1, amiDistributionConfiguration.name/,
    );
  });
  it('whose distribution can be made asks once and goes on', async () => {
    const { states, status } = await wholeBuild(table);
    expect(status).toBe('SUCCEEDED');
    expect(states.filter((state) => state === 'CheckDistribution')).toHaveLength(1);
  });
});

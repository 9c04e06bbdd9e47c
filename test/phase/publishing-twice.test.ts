// Two builds that publish the same targets, and targets that go away: what is put back was once committed, and is still there.
import { expect, it } from 'vitest';
import { imageTag, stackTag } from '../../shared/model/tags.ts';
import { cleanup } from '../../shared/phase/cleanup.ts';
import { publishImage } from '../../shared/phase/publish-image.ts';
import { testTable } from '../store/test-table.ts';
import { newWorld, planOf, start, type World } from './world.ts';

const table = await testTable();
const region = 'us-east-1';
const template = 'lt-00000000000000001';
const sharing = { userIds: ['111111111111'], userGroups: [], organizationArns: [], organizationalUnitArns: [] };

/** A build that is ready to publish into one region: a template, a checked and an unchecked parameter. */
async function ready(other?: World, more: { parameterName: string; dataType: 'text'; amiAccountId: string }[] = []) {
  const [first] = planOf('x/1').distributions;
  const world = await newWorld(table, {
    ...{ build: [], test: [], copies: [], retainForRetry: 1 },
    distributions: [
      {
        ...first!,
        launchPermission: sharing,
        launchTemplateConfigurations: [{ launchTemplateId: template, setDefaultVersion: true }],
        ssmParameterConfigurations: [
          { parameterName: '/images/web', dataType: 'aws:ec2:image' },
          { parameterName: 'web', dataType: 'text' },
          ...more,
        ],
      },
    ],
  });
  const { ec2, consumers } = other ?? world;
  if (other) {
    const { amis, launchTemplates, publishedParameters, amiSettings } = other.gateways;
    Object.assign(world.gateways, { amis, launchTemplates, publishedParameters, amiSettings });
  } else {
    consumers.addTemplate(region, template, 'ami-old');
    consumers.addParameter(region, '/images/web', 'ami-old');
    consumers.addParameter(region, 'web', 'ami-old', 'text');
  }
  const Tags = Object.entries({ [stackTag]: 'the-stack', [imageTag]: world.image }).map(([Key, Value]) => ({
    Key,
    Value,
  }));
  const TagSpecifications = [{ ResourceType: 'image' as const, Tags }];
  const id = await ec2.amisOf(region).create({ Name: world.image, TagSpecifications } as never);
  Object.assign(ec2.ami(id), { state: 'available' });
  const entry = { kind: 'image' as const, region, token: world.image, since: start, until: start, id };
  await world.gateways.ledgers.note(world.image, 'SnapshotAmi#0#0', entry);
  world.clock.pass(10 * 60_000);
  return {
    world,
    id,
    consumers,
    ec2,
    publish: () => publishImage(world.gateways, { image: world.image }, world.lambda()),
  };
}

/** Dies when all targets are set, before the commit. */
async function diesUncommitted({ world, publish }: Awaited<ReturnType<typeof ready>>) {
  world.gateways.ledgers.commit = () => Promise.reject(new Error('killed'));
  await expect(publish()).rejects.toThrow('killed');
}

/** Cleanup of a build that failed, until it is done. */
async function cleanedUp({ world }: Pick<Awaited<ReturnType<typeof ready>>, 'world'>, failed = false) {
  for (let tries = 0; tries < 30; tries++) {
    const error = await cleanup(world.gateways, world.image, failed).catch((thrown: Error) => thrown);
    if (!error) return;
    expect(error.name).toBe('NotReadyError');
    world.clock.pass(30_000);
  }
  throw new Error('Cleanup did not end.');
}

it('what another build has set and not committed is waited for, and what it put back is what is put back again', async () => {
  const first = await ready();
  const before = first.consumers.seen();
  await diesUncommitted(first);
  const second = await ready(first.world);
  await expect(second.publish()).rejects.toMatchObject({
    name: 'NotReadyError',
    message: expect.stringContaining(`is being set by the build of ${first.world.image}, which is not published yet`),
  });
  await cleanedUp(first);
  expect(first.consumers.seen()).toEqual(before);
  await diesUncommitted(second);
  expect(Object.values(second.consumers.seen())).toEqual(Array(4).fill(second.id));
  await cleanedUp(second);
  expect(second.consumers.seen()).toEqual(before);
  expect(second.ec2.remaining()).toEqual([]);
});

it('what another build has committed is taken for what was there', async () => {
  const first = await ready();
  await first.publish();
  const second = await ready(first.world);
  await diesUncommitted(second);
  await cleanedUp(second);
  expect(Object.values(second.consumers.seen())).toEqual(Array(4).fill(first.id));
});

it('an AMI that nobody has committed, but somebody set by hand, is taken for what was there', async () => {
  const first = await ready();
  first.consumers.addParameter(region, 'web', first.id, 'text');
  const second = await ready(first.world);
  await second.publish();
  expect(Object.values(second.consumers.seen())).toEqual(Array(4).fill(second.id));
});

it.each(['template', 'parameter'])('a %s that is deleted before it is put back leaves nothing behind', async (what) => {
  const build = await ready();
  const { consumers, ec2 } = build;
  await diesUncommitted(build);
  if (what === 'template') consumers.templates.clear();
  else consumers.parameters.clear();
  await cleanedUp(build);
  expect(ec2.remaining()).toEqual([]);
  expect(Object.values(consumers.seen())).toEqual(Array(2).fill('ami-old'));
});

it('a checked parameter whose former AMI is gone cannot hold it again: it is deleted, and the AMI does not stay for its sake', async () => {
  const build = await ready();
  const { consumers, ec2 } = build;
  const old = await ec2.amisOf(region).create({ Name: 'old' } as never);
  Object.assign(ec2.ami(old), { state: 'available' });
  consumers.addParameter(region, '/images/web', old);
  await diesUncommitted(build);
  await ec2.amisOf(region).deregister(old);
  await cleanedUp(build);
  expect(consumers.parameters.has(`${region} /images/web`)).toBe(false);
  expect(ec2.remaining()).toEqual([]);
});

it('an AMI that is kept for a retry is shared with nobody it was to be published to, and still with whom somebody else let in', async () => {
  const build = await ready();
  const { ec2, id } = build;
  await diesUncommitted(build);
  ec2.ami(id).permissions.push('999999999999');
  await cleanedUp(build, true);
  expect(ec2.remaining()).toMatchObject([{ id, permissions: ['999999999999'] }]);
});

it('who is led to an AMI may launch it until nothing leads there any more', async () => {
  const theirs = { parameterName: '/images/theirs', dataType: 'text' as const, amiAccountId: '111111111111' };
  const build = await ready(undefined, [theirs]);
  const { world, consumers, ec2, id } = build;
  await diesUncommitted(build);
  ec2.refuse = (call) => (call === `remove /images/theirs in ${region}` ? 'ThrottlingException' : undefined);
  await expect(cleanup(world.gateways, world.image)).rejects.toMatchObject({
    name: 'NotReadyError',
    message: expect.stringContaining(
      `launchPermission ${id} in us-east-1: It stays for as long as ssmParameter /images/theirs may name it.`,
    ),
  });
  expect([consumers.seen()[`${region} /images/theirs`], ec2.ami(id)]).toMatchObject([
    id,
    { state: 'available', permissions: ['111111111111'] },
  ]);
  ec2.refuse = () => undefined;
  await cleanedUp(build);
  expect(consumers.seen()).not.toHaveProperty(`${region} /images/theirs`);
  expect(ec2.remaining()).toEqual([]);
});

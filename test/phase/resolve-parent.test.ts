import { describe, expect, it } from 'vitest';
import type { OutputAmi } from '../../shared/model/image-record.ts';
import { resolveParent } from '../../shared/phase/resolve-parent.ts';
import { testTable } from '../store/test-table.ts';
import { newWorld, type World } from './world.ts';

const table = await testTable();

type Status = NonNullable<OutputAmi['state']>['status'];

describe('the parent image', () => {
  const resolving = async () => {
    const world = await newWorld(table);
    const gateways = { ...world.gateways, parameters: { value: async (name: string) => `ami-of-${name}` } };
    const available = (id: string, state = 'available') =>
      world.ec2.amis.push({
        ...{
          id,
          name: id,
          state,
          devices: [],
          tags: {},
          token: '',
          region: 'us-east-1',
          visible: true,
          permissions: [],
          snapshots: [],
        },
      });
    const resolve = (text: string) => resolveParent(gateways, text, 'us-east-1').then(({ id }) => id);
    return { world, gateways, available, resolve };
  };
  it('a parameter that holds something else is named, and what it holds is not told', async () => {
    const { gateways } = await resolving();
    const secret = { ...gateways, parameters: { value: async () => 'hunter2' } };
    await expect(resolveParent(secret, 'ssm:/images/base', 'us-east-1')).rejects.toMatchObject({
      name: 'InvalidRequestError',
      message: 'The SSM parameter /images/base does not hold an AMI id (ami-…).',
    });
  });
  const output = async ({ gateways }: World, name: string, version: string, region = 'us-east-1') => {
    const arn = `arn:aws:imagebuilder:us-east-1:123456789012:image/${name}/${version}`;
    const template = await gateways.images.read((await newWorld(table)).image);
    const amis = [{ region, image: `ami-of-${version}`, name, accountId: '123456789012' }];
    await gateways.images.create({
      ...template,
      pk: arn,
      arn,
      name,
      version,
      state: { status: 'AVAILABLE' },
      outputResources: { amis },
    });
  };
  it('is an AMI id, or what a parameter holds', async () => {
    const { available, resolve } = await resolving();
    available('ami-11111111');
    available('ami-of-/aws/service/debian');
    expect(await resolve('ami-11111111')).toBe('ami-11111111');
    expect(await resolve('ssm:/aws/service/debian')).toBe('ami-of-/aws/service/debian');
  });
  it('needs an EBS root: its instances are stopped, and an AMI is made of one', async () => {
    const { world, available, resolve } = await resolving();
    available('ami-11111111');
    Object.assign(world.ec2.ami('ami-11111111'), { rootDeviceType: 'ebs' });
    expect(await resolve('ami-11111111')).toBe('ami-11111111');
    Object.assign(world.ec2.ami('ami-11111111'), { rootDeviceType: 'instance-store' });
    await expect(resolve('ami-11111111')).rejects.toMatchObject({
      name: 'InvalidRequestError',
      message:
        'The parent image ami-11111111 is AMI ami-11111111, whose root is an instance store: EC2 can neither stop its instances nor make an AMI of them. Choose an EBS-backed parent image.',
    });
  });
  it('is the highest version that a name or an ARN allows, not the newest build', async () => {
    const { world, available, resolve } = await resolving();
    for (const version of ['1.2.0/1', '2.0.0/1', '1.10.0/2', '1.10.0/10', '1.3.0/1']) {
      await output(world, 'base-image', version);
      available(`ami-of-${version}`);
    }
    expect(await resolve('Base_Image/x.x.x')).toBe('ami-of-2.0.0/1');
    expect(await resolve('base-image/1.x.x')).toBe('ami-of-1.10.0/10');
    expect(await resolve('base-image/1.10.0/2')).toBe('ami-of-1.10.0/2');
    expect(await resolve('arn:aws:imagebuilder:us-east-1:123456789012:image/base-image/1.2.x')).toBe('ami-of-1.2.0/1');
    await expect(resolve('arn:aws:imagebuilder:us-east-1:999999999999:image/base-image/1.2.x')).rejects.toMatchObject({
      name: 'NotFoundError',
      message: expect.stringContaining('999999999999'),
    });
  });
  it('is never one that was revoked', async () => {
    const { world, gateways, available, resolve } = await resolving();
    for (const version of ['1.0.0/1', '1.0.0/2']) {
      await output(world, 'taken-back', version);
      available(`ami-of-${version}`);
    }
    const arn = 'arn:aws:imagebuilder:us-east-1:123456789012:image/taken-back/1.0.0/2';
    await gateways.images.revoke(arn, { at: '2026-11-27T10:00:00.000Z', reason: 'CVE-2026-1' });
    expect(await resolve('taken-back/x.x.x')).toBe('ami-of-1.0.0/1');
    await expect(resolve('taken-back/1.0.0/2')).rejects.toMatchObject({
      name: 'InvalidRequestError',
      message: `The parent image taken-back/1.0.0/2 is ${arn}, which was revoked at 2026-11-27T10:00:00.000Z (CVE-2026-1): build another one, or name another version.`,
    });
  });
  it('is one that is deprecated where no other fits, and none that is disabled or gone from here', async () => {
    const { world, gateways, available, resolve } = await resolving();
    const retire = (version: string, status: Status, here = status) =>
      gateways.images.retire(`arn:aws:imagebuilder:us-east-1:123456789012:image/old/${version}`, {
        ...{ from: 'AVAILABLE', status, reason: 'old' },
        amis: ['us-east-1', 'eu-west-1'].map((region) => ({
          ...{ region, image: `ami-of-${version}`, name: 'old', accountId: '123456789012' },
          state: { status: region === 'us-east-1' ? here : status },
        })),
      });
    for (const version of ['1.0.0/1', '1.0.0/2', '1.1.0/1', '2.0.0/1', '3.0.0/1']) {
      await output(world, 'old', version);
      available(`ami-of-${version}`);
    }
    await retire('3.0.0/1', 'DISABLED');
    await retire('2.0.0/1', 'DEPRECATED');
    expect(await resolve('old/x.x.x')).toBe('ami-of-1.1.0/1');
    expect(await resolve('old/2.0.0')).toBe('ami-of-2.0.0/1');
    await retire('1.1.0/1', 'AVAILABLE', 'DELETED');
    expect(await resolve('old/x.x.x')).toBe('ami-of-1.0.0/2');
    await retire('1.0.0/2', 'DEPRECATED', 'DISABLED');
    await retire('1.0.0/1', 'DEPRECATED');
    expect(await resolve('old/1.x.x')).toBe('ami-of-1.0.0/1');
    await expect(resolve('old/3.x.x')).rejects.toThrow('No available image matches the parent image old/3.x.x');
  });
  it('is none that was distributed of another one, unless its build is named: that is no newer image', async () => {
    const { world, available, resolve } = await resolving();
    for (const [version, region] of [
      ['1.0.0/1', 'us-east-1'],
      ['1.0.0/2', 'us-east-1'],
      ['1.0.0/3', 'eu-west-1'],
      ['1.0.0/4', 'us-east-1'],
    ] as const) {
      await output(world, 'spread', version, region);
      available(`ami-of-${version}`);
      const key = { pk: `arn:aws:imagebuilder:us-east-1:123456789012:image/spread/${version}`, sk: 'image' };
      const from = key.pk.replace(/\d$/, '1');
      if (key.pk !== from && !key.pk.endsWith('2'))
        await table.update(key, { set: 'distributionOf = :of', values: { ':of': { image: 'ami-1', region, from } } });
    }
    expect(await resolve('spread/x.x.x')).toBe('ami-of-1.0.0/2');
    expect(await resolve('spread/1.0.0/4')).toBe('ami-of-1.0.0/4');
  });
  it('that was not distributed here is told apart from one that was never built', async () => {
    const { world, resolve } = await resolving();
    await output(world, 'elsewhere', '1.0.0/1', 'eu-west-1');
    await expect(resolve('elsewhere/x.x.x')).rejects.toMatchObject({
      name: 'NotFoundError',
      message: expect.stringContaining('was not distributed to us-east-1'),
    });
    await expect(resolve('never/x.x.x')).rejects.toMatchObject({
      name: 'NotFoundError',
      message: 'No available image matches the parent image never/x.x.x: build it first.',
    });
  });
  it('is the newest available AMI of an owner by its name, whatever the order of the answer', async () => {
    const { world, gateways, available } = await resolving();
    const dates = {
      'ubuntu-24.04-amd64-1': '2026-01-01',
      'ubuntu-24.04-amd64-3': '2026-03-01',
      'ubuntu-24.04-amd64-2': '2026-02-01',
    };
    for (const [name, date] of Object.entries({ ...dates, 'ubuntu-24.04-arm64-9': '2026-09-01' })) {
      available(name);
      const architecture = name.includes('arm64') ? 'arm64' : 'x86_64';
      Object.assign(world.ec2.ami(name), { creationDate: `${date}T00:00:00.000Z`, architecture });
    }
    available('ubuntu-24.04-amd64-4', 'pending');
    const newest = async (filter: { owner: string; name: string; architecture?: 'arm64' }) =>
      (await resolveParent(gateways, filter, 'us-east-1')).id;
    expect(await newest({ owner: '099720109477', name: 'ubuntu-24.04-amd64-*' })).toBe('ubuntu-24.04-amd64-3');
    expect(await newest({ owner: '099720109477', name: 'ubuntu-24.04-*' })).toBe('ubuntu-24.04-arm64-9');
    expect(await newest({ owner: '099720109477', name: 'ubuntu-*', architecture: 'arm64' })).toBe(
      'ubuntu-24.04-arm64-9',
    );
    expect(world.ec2.calls).toContain('find AMIs of 099720109477');
    await expect(newest({ owner: 'self', name: 'debian-*' })).rejects.toMatchObject({
      name: 'NotFoundError',
      message: expect.stringMatching(
        /^No available AMI in us-east-1 matches the parent image "debian-\*" of owner self: check/,
      ),
    });
  });
  it('must exist and be available', async () => {
    const { available, resolve } = await resolving();
    available('ami-22222222', 'pending');
    await expect(resolve('ami-22222222')).rejects.toMatchObject({
      name: 'InvalidRequestError',
      message: expect.stringContaining('which is pending'),
    });
    await expect(resolve('ami-33333333')).rejects.toMatchObject({ name: 'NotFoundError' });
  });
});

import { describe, expect, it } from 'vitest';
import { clientToken } from '../../shared/build/client-token.ts';
import { launchChoices, launchOutcome, launchRequest } from '../../shared/build/launch.ts';
import { planOf } from '../phase/world.ts';

const owner = { stackId: 'the-stack', image: 'the-image', entry: 'LaunchBuilder#0#0' };
const choice = { instanceType: 'm5.large', subnetId: 'subnet-1' };

describe('launch choices', () => {
  it('are every type in every subnet, types first', () => {
    expect(launchChoices(['a', 'b'], ['1', '2'])).toEqual([
      { instanceType: 'a', subnetId: '1' },
      { instanceType: 'a', subnetId: '2' },
      { instanceType: 'b', subnetId: '1' },
      { instanceType: 'b', subnetId: '2' },
    ]);
  });
  it('are the types alone where no subnet is named', () => {
    expect(launchChoices(['a', 'b'], [])).toEqual([{ instanceType: 'a' }, { instanceType: 'b' }]);
  });
});

describe('launch request', () => {
  const request = (role: 'builder' | 'tester') =>
    launchRequest(planOf('x/1'), role, 'ami-1', choice, 'token', owner, []);
  it('tags instance, volume and interface in the same call, for their owner', () => {
    const { TagSpecifications } = request('builder');
    expect(TagSpecifications.map(({ ResourceType }) => ResourceType)).toEqual([
      'instance',
      'volume',
      'network-interface',
    ]);
    for (const { Tags } of TagSpecifications)
      expect(Tags).toEqual(
        expect.arrayContaining([
          { Key: 'serverless-image-builder:stack', Value: 'the-stack' },
          { Key: 'serverless-image-builder:image', Value: 'the-image' },
          { Key: 'serverless-image-builder:entry', Value: 'LaunchBuilder#0#0' },
        ]),
      );
  });
  it('a shut down tester is gone, a shut down builder is kept for its AMI', () => {
    expect(request('tester').InstanceInitiatedShutdownBehavior).toBe('terminate');
    expect(request('builder').InstanceInitiatedShutdownBehavior).toBe('stop');
  });
  it('requires IMDSv2 unless the pipeline says otherwise', () => {
    expect(request('builder').MetadataOptions.HttpTokens).toBe('required');
    const plan = planOf('x/1');
    const optional = { ...plan.infrastructure, instanceMetadataOptions: { httpTokens: 'optional' as const } };
    const asked = launchRequest({ ...plan, infrastructure: optional }, 'builder', 'ami-1', choice, 'token', owner, []);
    expect(asked.MetadataOptions.HttpTokens).toBe('optional');
  });
  it('has no key pair, no user data and no address of its own, and the metadata are one hop away', () => {
    for (const role of ['builder', 'tester'] as const) {
      const asked = request(role);
      for (const key of ['KeyName', 'UserData', 'NetworkInterfaces', 'SecurityGroups'])
        expect(asked).not.toHaveProperty(key);
      expect(asked.MetadataOptions.HttpPutResponseHopLimit).toBe(1);
      expect(asked.IamInstanceProfile).toEqual({ Name: 'builders' });
    }
  });
  it('gives the builder the user data of the recipe, the tester none', () => {
    const userData = Buffer.from('#!/bin/sh\n').toString('base64');
    const asked = (role: 'builder' | 'tester') =>
      launchRequest(planOf('x/1', { userData }), role, 'ami-1', choice, 'token', owner, []);
    expect(asked('builder').UserData).toBe(userData);
    expect(asked('tester')).not.toHaveProperty('UserData');
  });
  it('devices of the recipe are the builder’s only: the tester has those of the AMI', () => {
    const blockDeviceMappings = [{ deviceName: '/dev/xvda', ebs: { volumeSize: 20, encrypted: true } }];
    const plan = planOf('x/1', { blockDeviceMappings });
    expect(launchRequest(plan, 'builder', 'ami-1', choice, 'token', owner, []).BlockDeviceMappings).toEqual([
      { DeviceName: '/dev/xvda', Ebs: { DeleteOnTermination: true, VolumeSize: 20, Encrypted: true } },
    ]);
    expect(launchRequest(plan, 'tester', 'ami-1', choice, 'token', owner, [])).not.toHaveProperty(
      'BlockDeviceMappings',
    );
  });
});

describe('client tokens', () => {
  it('are the same for the same intention and different for any other', () => {
    expect(clientToken('image', 'key', 'a', 'b')).toBe(clientToken('image', 'key', 'a', 'b'));
    expect(clientToken('image', 'key', 'a', 'b')).not.toBe(clientToken('image', 'key', 'ab', ''));
    expect(clientToken('image')).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('what becomes of a launched instance', () => {
  const dead = (reason: string) => ({ id: 'i-1', state: 'terminated', reason });
  it('pending and not yet visible say nothing', () => {
    expect(launchOutcome(undefined)).toBeUndefined();
    expect(launchOutcome({ id: 'i-1', state: 'pending' })).toBeUndefined();
  });
  it.each([
    ['Server.InsufficientInstanceCapacity: no room', 0, 'CapacityError'],
    ['Server.InternalError: Client.VolumeLimitExceeded: Volume limit exceeded', 0, 'CapacityError'],
    ['Client.InternalError: Client error on launch', 0, 'AccessDeniedError'],
    ['Server.InternalError: Internal error on launch', 0, 'NotReadyError'],
    ['Server.InternalError: Internal error on launch', 2, 'ResourceFailedError'],
    ['Client.InvalidSnapshot.NotFound: gone', 0, 'ResourceFailedError'],
  ])('%s after %i deaths is a %s that says so', (reason, deaths, error) => {
    expect(launchOutcome(dead(reason), deaths)).toMatchObject({
      ok: false,
      error,
      cause: expect.stringContaining(`Instance i-1 was launched and is now terminated: ${reason}.`),
    });
  });
});

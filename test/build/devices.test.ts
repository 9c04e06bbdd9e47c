import { describe, expect, it } from 'vitest';
import { createImageRequest } from '../../shared/build/ami.ts';
import { amiDevices, imageMappings, launchMappings } from '../../shared/build/devices.ts';
import { planOf } from '../phase/world.ts';

const kept = (deviceName: string) => ({ deviceName, deleteOnTermination: false });
const deleted = (deviceName: string) => ({ deviceName, deleteOnTermination: true });
const overridden = (DeviceName: string) => ({ DeviceName, Ebs: { DeleteOnTermination: true } });

describe('the volumes of builder and tester', () => {
  it('end with them, whatever the parent image says', () => {
    expect(launchMappings([deleted('/dev/xvda'), kept('/dev/sdf')], [])).toEqual([overridden('/dev/sdf')]);
    expect(launchMappings([kept('/dev/xvda')], [])).toEqual([overridden('/dev/xvda')]);
  });
  it('end with them, whatever the recipe says', () => {
    const recipe = [
      { deviceName: '/dev/xvda', ebs: { deleteOnTermination: false, volumeSize: 20, volumeType: 'gp3' as const } },
      { deviceName: '/dev/sdg', ebs: { volumeSize: 5 } },
    ];
    expect(launchMappings([kept('/dev/xvda'), kept('/dev/sdf')], recipe)).toEqual([
      { DeviceName: '/dev/xvda', Ebs: { DeleteOnTermination: true, VolumeSize: 20, VolumeType: 'gp3' } },
      { DeviceName: '/dev/sdg', Ebs: { DeleteOnTermination: true, VolumeSize: 5 } },
      overridden('/dev/sdf'),
    ]);
  });
  it('what is no EBS volume is left as the recipe has it', () => {
    const recipe = [
      { deviceName: '/dev/sdf', noDevice: '' as const },
      { deviceName: '/dev/sdh', virtualName: 'ephemeral0' },
    ];
    expect(launchMappings([kept('/dev/sdf')], recipe)).toEqual([
      { DeviceName: '/dev/sdf', NoDevice: '' },
      { DeviceName: '/dev/sdh', VirtualName: 'ephemeral0' },
    ]);
  });
});

describe('the volumes of the AMI’s own instances', () => {
  it('stay or go as the recipe says, or else as the parent image says', () => {
    const parent = [deleted('/dev/xvda'), kept('/dev/sdf'), kept('/dev/sdg')];
    const recipe = [
      { deviceName: '/dev/xvda', ebs: { deleteOnTermination: false } },
      { deviceName: '/dev/sdf', ebs: { volumeSize: 20 } },
      { deviceName: '/dev/sdg', noDevice: '' as const },
      { deviceName: '/dev/sdh', ebs: { volumeSize: 5 } },
    ];
    const devices = amiDevices(parent, recipe);
    expect(devices).toEqual([kept('/dev/xvda'), kept('/dev/sdf'), deleted('/dev/sdh')]);
    expect(imageMappings(devices)).toEqual([
      { DeviceName: '/dev/xvda', Ebs: { DeleteOnTermination: false } },
      { DeviceName: '/dev/sdf', Ebs: { DeleteOnTermination: false } },
    ]);
  });
  it('are told to CreateImage only where they stay', () => {
    const owner = { stackId: 'stack', image: 'image', entry: 'entry' };
    const request = (parentDevices: ReturnType<typeof kept>[]) =>
      createImageRequest(planOf('x/1', { parentDevices }), 'i-1', owner);
    expect(request([deleted('/dev/xvda')])).not.toHaveProperty('BlockDeviceMappings');
    expect(request([kept('/dev/xvda')]).BlockDeviceMappings).toEqual([
      { DeviceName: '/dev/xvda', Ebs: { DeleteOnTermination: false } },
    ]);
  });
});

// Auto Scaling's records: made and found by page, refused where a group would have to launch something.
import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  CreateLaunchConfigurationCommand,
  DeleteAutoScalingGroupCommand,
  DeleteLaunchConfigurationCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeLaunchConfigurationsCommand,
} from '@aws-sdk/client-auto-scaling';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { autoscaling } from '../../../local/autoscaling/service.ts';
import { realClock } from '../../../local/clock.ts';
import { type Door, openDoor, temporaryDirectory } from '../door/open-door.ts';

const directory = temporaryDirectory();
let door: Door;
let client: AutoScalingClient;

beforeAll(async () => {
  door = await openDoor([autoscaling({ clock: realClock, stateDirectory: directory.path })], directory.path);
  client = new AutoScalingClient(door.client());
});
afterAll(async () => {
  await door.close();
  directory.remove();
  expect(door.faults).toEqual([]);
});

const sizes = { MinSize: 0, MaxSize: 2, AvailabilityZones: ['eu-central-1a'] };
const configuration = (LaunchConfigurationName: string) =>
  client.send(
    new CreateLaunchConfigurationCommand({ LaunchConfigurationName, ImageId: 'ami-1', InstanceType: 'm5.large' }),
  );

test('configurations and groups are kept, page by page, by account and region', async () => {
  for (const name of ['a', 'b', 'c']) await configuration(name);
  const group = { AutoScalingGroupName: 'front', LaunchConfigurationName: 'a', ...sizes };
  await client.send(new CreateAutoScalingGroupCommand(group));
  const template = { LaunchTemplateId: 'lt-0123456789abcdef0', Version: '3' };
  const other = { AutoScalingGroupName: 'back', LaunchTemplate: template, ...sizes };
  await client.send(new CreateAutoScalingGroupCommand(other));
  const first = await client.send(new DescribeLaunchConfigurationsCommand({ MaxRecords: 2 }));
  const second = await client.send(new DescribeLaunchConfigurationsCommand({ NextToken: first.NextToken }));
  const names = [...first.LaunchConfigurations!, ...second.LaunchConfigurations!];
  expect(names.map((one) => one.LaunchConfigurationName)).toEqual(['a', 'b', 'c']);
  expect(second.NextToken).toBeUndefined();
  const { AutoScalingGroups } = await client.send(new DescribeAutoScalingGroupsCommand({}));
  expect(AutoScalingGroups).toMatchObject([
    { AutoScalingGroupName: 'front', LaunchConfigurationName: 'a', DesiredCapacity: 0, MaxSize: 2 },
    { AutoScalingGroupName: 'back', LaunchTemplate: template },
  ]);
  const elsewhere = new AutoScalingClient(door.client({ region: 'us-east-1' }));
  expect((await elsewhere.send(new DescribeAutoScalingGroupsCommand({}))).AutoScalingGroups).toEqual([]);
  const again = autoscaling({ clock: realClock, stateDirectory: directory.path });
  expect(Object.keys(again.operations)).toContain('DescribeAutoScalingGroups');
});

test('what would need instances, or is not there, is refused', async () => {
  const refused = (command: Promise<unknown>, name: string, message: string) =>
    expect(command).rejects.toMatchObject({ name, message: expect.stringContaining(message) });
  const group = { AutoScalingGroupName: 'large', LaunchConfigurationName: 'a', ...sizes };
  const create = (changes: object) => client.send(new CreateAutoScalingGroupCommand({ ...group, ...changes }));
  await refused(create({ MinSize: 1 }), 'ValidationError', 'MinSize and DesiredCapacity must be 0');
  await refused(create({ DesiredCapacity: 2 }), 'ValidationError', 'records and launch nothing');
  await refused(create({ LaunchConfigurationName: 'z' }), 'ValidationError', 'not found - z');
  await refused(
    create({ LaunchConfigurationName: undefined }),
    'ValidationError',
    'must contain either launchTemplate, LaunchConfigurationName',
  );
  const mixed = (LaunchTemplate: object, more = {}) =>
    create({ LaunchConfigurationName: undefined, MixedInstancesPolicy: { LaunchTemplate, ...more } });
  const LaunchTemplateSpecification = { LaunchTemplateId: 'lt-0123456789abcdef0' };
  await refused(
    mixed({ Overrides: [{ InstanceType: 'm5.large' }] }),
    'ValidationError',
    'must contain a LaunchTemplateSpecification',
  );
  await refused(
    mixed({ LaunchTemplateSpecification: { LaunchTemplateName: 'a' } }),
    'ValidationError',
    'by its LaunchTemplateId',
  );
  const weighted = [{ InstanceType: 'm5.large', WeightedCapacity: '2' }];
  await refused(mixed({ LaunchTemplateSpecification, Overrides: weighted }), 'ValidationError', 'WeightedCapacity');
  const spot = { InstancesDistribution: { OnDemandBaseCapacity: 1 } };
  await refused(mixed({ LaunchTemplateSpecification }, spot), 'ValidationError', 'InstancesDistribution');
  await refused(create({ TargetGroupARNs: ['arn'] }), 'ValidationError', 'TargetGroupARNs');
  await refused(create({ AutoScalingGroupName: 'front' }), 'AlreadyExistsFault', 'already exists - front');
  await refused(configuration('a'), 'AlreadyExistsFault', 'already exists - a');
  const remove = (LaunchConfigurationName: string) =>
    client.send(new DeleteLaunchConfigurationCommand({ LaunchConfigurationName }));
  await refused(remove('a'), 'ResourceInUseFault', 'attached to AutoScalingGroup front');
  await client.send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: 'front' }));
  await remove('a');
  await refused(remove('a'), 'ValidationError', 'not found - a');
});

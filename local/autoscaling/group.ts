// Auto Scaling groups, as records: a group here launches nothing, so it must not ask for instances.
import { randomUUID } from 'node:crypto';
import { AwsError, type Caller, type Input, type Operation } from '../service.ts';
import { list, only, page, required } from './input.ts';
import { mixedInstances, mixedInstancesView, templateOf, templateView } from './mixed-instances.ts';
import { type Group, isAt, type Records } from './records.ts';

const parameters =
  'AutoScalingGroupName MinSize MaxSize DesiredCapacity AvailabilityZones VPCZoneIdentifier LaunchConfigurationName LaunchTemplate MixedInstancesPolicy';

const refused = (message: string) => new AwsError('ValidationError', message);

const view = (one: Group) => ({
  AutoScalingGroupName: one.name,
  AutoScalingGroupARN: one.arn,
  ...(one.launchConfigurationName && { LaunchConfigurationName: one.launchConfigurationName }),
  ...(one.launchTemplate && { LaunchTemplate: templateView(one.launchTemplate) }),
  ...(one.mixedInstances && { MixedInstancesPolicy: mixedInstancesView(one.mixedInstances) }),
  MinSize: 0,
  MaxSize: one.maxSize,
  DesiredCapacity: 0,
  DefaultCooldown: 300,
  AvailabilityZones: one.zones,
  LoadBalancerNames: [],
  HealthCheckType: 'EC2',
  HealthCheckGracePeriod: 0,
  Instances: [],
  CreatedTime: one.created,
  VPCZoneIdentifier: one.subnets ?? '',
  Tags: [],
});

function launcher(input: Input, records: Records, caller: Caller) {
  const { LaunchConfigurationName: name, LaunchTemplate: asked, MixedInstancesPolicy: mixed } = input;
  if ([name, asked, mixed].filter((one) => one !== undefined).length !== 1)
    throw refused(
      'Valid requests must contain either launchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.',
    );
  if (name !== undefined) {
    if (!records.configurations.filter(isAt(caller)).some((one) => one.name === name))
      throw refused(`Launch configuration name not found - ${name}`);
    return { launchConfigurationName: String(name) };
  }
  if (mixed !== undefined) return { mixedInstances: mixedInstances(mixed as Input) };
  return { launchTemplate: templateOf(asked as Input) };
}

export function groupOperations(records: Records, now: () => string): Record<string, Operation> {
  const here = (caller: Caller) => records.groups.filter(isAt(caller));
  return {
    CreateAutoScalingGroup(input, caller) {
      only(input, parameters);
      const name = required(input, 'AutoScalingGroupName');
      const maxSize = Number(required(input, 'MaxSize'));
      if (Number(required(input, 'MinSize')) !== 0 || Number(input.DesiredCapacity ?? 0) !== 0)
        throw refused(
          'Auto Scaling groups of the local cloud are records and launch nothing: MinSize and DesiredCapacity must be 0',
        );
      if (here(caller).some((one) => one.name === name))
        throw new AwsError('AlreadyExists', `AutoScalingGroup by this name already exists - ${name}`);
      const { accountId, region } = caller;
      const arn = `arn:aws:autoscaling:${region}:${accountId}:autoScalingGroup:${randomUUID()}:autoScalingGroupName/${name}`;
      records.groups.push({
        ...{ accountId, region, name, arn, maxSize, created: now() },
        zones: list(input, 'AvailabilityZones'),
        ...(input.VPCZoneIdentifier && { subnets: String(input.VPCZoneIdentifier) }),
        ...launcher(input, records, caller),
      });
      records.save();
      return {};
    },
    DescribeAutoScalingGroups(input, caller) {
      if (input.Filters !== undefined) throw refused('The local cloud does not support the parameter Filters here.');
      const names = list(input, 'AutoScalingGroupNames');
      const found = here(caller).filter(({ name }) => names.length === 0 || names.includes(name));
      const { items, NextToken } = page(found, input, 100);
      return { AutoScalingGroups: items.map(view), ...(NextToken && { NextToken }) };
    },
    DeleteAutoScalingGroup(input, caller) {
      const name = required(input, 'AutoScalingGroupName');
      const found = here(caller).find((one) => one.name === name);
      if (!found) throw refused(`AutoScalingGroup name not found - AutoScalingGroup '${name}' not found`);
      records.groups = records.groups.filter((one) => one !== found);
      records.save();
      return {};
    },
  };
}

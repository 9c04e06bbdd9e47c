// Launch configurations: what a group of the old kind launches with.
import { randomUUID } from 'node:crypto';
import { AwsError, type Caller, type Operation } from '../service.ts';
import { list, only, page, required } from './input.ts';
import { isAt, type LaunchConfiguration, type Records } from './records.ts';

const view = (one: LaunchConfiguration) => ({
  LaunchConfigurationName: one.name,
  LaunchConfigurationARN: one.arn,
  ImageId: one.imageId,
  KeyName: '',
  SecurityGroups: [],
  InstanceType: one.instanceType,
  BlockDeviceMappings: [],
  CreatedTime: one.created,
  EbsOptimized: false,
});

const arnOf = ({ accountId, region }: Caller, name: string) =>
  `arn:aws:autoscaling:${region}:${accountId}:launchConfiguration:${randomUUID()}:launchConfigurationName/${name}`;

export function launchConfigurationOperations(records: Records, now: () => string): Record<string, Operation> {
  const here = (caller: Caller) => records.configurations.filter(isAt(caller));
  return {
    CreateLaunchConfiguration(input, caller) {
      only(input, 'LaunchConfigurationName ImageId InstanceType');
      const name = required(input, 'LaunchConfigurationName');
      if (here(caller).some((one) => one.name === name))
        throw new AwsError('AlreadyExists', `Launch Configuration by this name already exists - ${name}`);
      const { accountId, region } = caller;
      const [imageId, instanceType] = [required(input, 'ImageId'), required(input, 'InstanceType')];
      records.configurations.push({
        ...{ accountId, region, name, arn: arnOf(caller, name) },
        ...{ imageId, instanceType, created: now() },
      });
      records.save();
      return {};
    },
    DescribeLaunchConfigurations(input, caller) {
      const names = list(input, 'LaunchConfigurationNames');
      const found = here(caller).filter(({ name }) => names.length === 0 || names.includes(name));
      const { items, NextToken } = page(found, input, 100);
      return { LaunchConfigurations: items.map(view), ...(NextToken && { NextToken }) };
    },
    DeleteLaunchConfiguration(input, caller) {
      const name = required(input, 'LaunchConfigurationName');
      const found = here(caller).find((one) => one.name === name);
      if (!found) throw new AwsError('ValidationError', `Launch configuration name not found - ${name}`);
      const user = records.groups.filter(isAt(caller)).find((one) => one.launchConfigurationName === name);
      if (user)
        throw new AwsError(
          'ResourceInUse',
          `Cannot delete launch configuration ${name} because it is attached to AutoScalingGroup ${user.name}`,
        );
      records.configurations = records.configurations.filter((one) => one !== found);
      records.save();
      return {};
    },
  };
}

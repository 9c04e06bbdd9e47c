// Mixed instances policies: templates, and what some instance types take in place of them, an AMI for instance.
import { AwsError, type Input } from '../service.ts';
import { only } from './input.ts';
import type { LaunchTemplate, MixedInstances } from './records.ts';

const refused = (message: string) => new AwsError('ValidationError', message);

export function templateOf({ LaunchTemplateId, Version = '$Default' }: Input): LaunchTemplate {
  if (typeof LaunchTemplateId !== 'string')
    throw refused('The local cloud takes a launch template by its LaunchTemplateId');
  return { launchTemplateId: LaunchTemplateId, version: String(Version) };
}

export const templateView = ({ launchTemplateId, version }: LaunchTemplate) => ({
  LaunchTemplateId: launchTemplateId,
  Version: version,
});

export function mixedInstances(policy: Input): MixedInstances {
  only(policy, 'LaunchTemplate');
  const { LaunchTemplateSpecification, Overrides = [] } = (policy.LaunchTemplate ?? {}) as Record<string, unknown>;
  if (LaunchTemplateSpecification === undefined)
    throw refused('The MixedInstancesPolicy must contain a LaunchTemplateSpecification.');
  return {
    launchTemplate: templateOf(LaunchTemplateSpecification as Input),
    overrides: (Overrides as Input[]).map((one) => {
      only(one, 'InstanceType ImageId LaunchTemplateSpecification');
      const { InstanceType, ImageId, LaunchTemplateSpecification: own } = one;
      return {
        ...(InstanceType && { instanceType: String(InstanceType) }),
        ...(ImageId && { imageId: String(ImageId) }),
        ...(own && { launchTemplate: templateOf(own as Input) }),
      };
    }),
  };
}

export const mixedInstancesView = ({ launchTemplate, overrides }: MixedInstances) => ({
  LaunchTemplate: {
    LaunchTemplateSpecification: templateView(launchTemplate),
    Overrides: overrides.map(({ instanceType, imageId, launchTemplate: own }) => ({
      ...(instanceType && { InstanceType: instanceType }),
      ...(imageId && { ImageId: imageId }),
      ...(own && { LaunchTemplateSpecification: templateView(own) }),
    })),
  },
});

// Versions of launch templates, which are numbered in the order in which they are made and never change.
import { AwsError, type Caller, type Input } from '../service.ts';
import { digest } from './client-token.ts';
import { list, optional, structures } from './input.ts';
import { namedTemplate, versionOf } from './launch-template-records.ts';
import type { LaunchTemplateRecord, LaunchTemplateVersionRecord } from './records.ts';
import type { Ec2 } from './room.ts';
import { tagSet } from './tags.ts';

export const createLaunchTemplateVersionParameters =
  'LaunchTemplateId LaunchTemplateName SourceVersion VersionDescription LaunchTemplateData ClientToken';

const knownData =
  'ImageId InstanceType KeyName UserData SecurityGroupId IamInstanceProfile InstanceInitiatedShutdownBehavior TagSpecification MetadataOptions'.split(
    ' ',
  );

/** The launch parameters of a request; those that the local RunInstances does not take from a template are refused. */
export function checkedData({ LaunchTemplateData: data }: Input): Input {
  if (typeof data !== 'object' || data === null)
    throw new AwsError('MissingParameter', 'The request must contain the parameter LaunchTemplateData');
  const unknown = Object.keys(data).filter((name) => !knownData.includes(name));
  if (unknown.length === 0) return data;
  throw new AwsError(
    'UnsupportedOperation',
    `The local cloud does not support the parameter ${unknown.join(', ')} in LaunchTemplateData.`,
  );
}

export function createLaunchTemplateVersion(ec2: Ec2, input: Input, caller: Caller): unknown {
  const template = namedTemplate(ec2, input, caller);
  const token = optional(input, 'ClientToken');
  const request = digest(input);
  const earlier = token === undefined ? undefined : template.tokens?.[token];
  if (earlier && earlier.request !== request)
    throw new AwsError('IdempotentParameterMismatch', `The client token ${token} was used with other parameters.`);
  if (earlier) return { launchTemplateVersion: versionView(template, earlier.version) };
  const source = optional(input, 'SourceVersion');
  const description = optional(input, 'VersionDescription');
  const version: LaunchTemplateVersionRecord = {
    number: ++template.latestVersion,
    created: new Date(ec2.cloud.clock.now()).toISOString(),
    createdBy: caller.principalArn,
    data: { ...(source && versionOf(template, source).data), ...checkedData(input) },
    ...(description !== undefined && { description }),
  };
  template.versions.push(version);
  if (token) template.tokens = { ...template.tokens, [token]: { request, version } };
  ec2.records.save();
  return { launchTemplateVersion: versionView(template, version) };
}

export function versionView(template: LaunchTemplateRecord, version: LaunchTemplateVersionRecord): unknown {
  const { data } = version;
  const profile: Input = data.IamInstanceProfile ?? {};
  const groups = list(data, 'SecurityGroupId');
  const tags = structures(data, 'TagSpecification');
  const text = (key: string, name: string) => (optional(data, key) ? { [name]: optional(data, key) } : {});
  return {
    launchTemplateId: template.id,
    launchTemplateName: template.name,
    versionNumber: version.number,
    ...(version.description !== undefined && { versionDescription: version.description }),
    createTime: new Date(version.created),
    createdBy: version.createdBy,
    defaultVersion: version.number === template.defaultVersion,
    launchTemplateData: {
      ...text('ImageId', 'imageId'),
      ...text('InstanceType', 'instanceType'),
      ...text('KeyName', 'keyName'),
      ...text('UserData', 'userData'),
      ...text('InstanceInitiatedShutdownBehavior', 'instanceInitiatedShutdownBehavior'),
      ...(data.IamInstanceProfile && { iamInstanceProfile: { arn: profile.Arn, name: profile.Name } }),
      ...(groups.length > 0 && { securityGroupIdSet: groups }),
      ...(tags.length > 0 && {
        tagSpecificationSet: tags.map((one) => ({
          resourceType: one.ResourceType,
          tagSet: tagSet(Object.fromEntries(structures(one, 'Tag').map(({ Key, Value }) => [Key, Value]))),
        })),
      }),
    },
  };
}

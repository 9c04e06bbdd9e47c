// Who may launch an image, what it says of itself, and from when it is deprecated.
import { AwsError, type Input, type Operation } from '../service.ts';
import { assertShareable } from './encryption.ts';
import { lastLaunchedTime } from './image-state.ts';
import { list, optional, required, structures } from './input.ts';
import { assertMayBePublic } from './public-access.ts';
import type { LaunchPermission } from './records.ts';
import type { Ec2 } from './room.ts';
import { ownImage } from './snapshot.ts';

const tenYears = 10 * 366 * 24 * 60 * 60 * 1000;

/** A permission in both forms that the request has: LaunchPermission.Add.n, or OperationType with lists of users and groups. */
function changes(input: Input, verb: 'Add' | 'Remove'): LaunchPermission[] {
  const structured = structures(input.LaunchPermission ?? {}, verb).map(permission);
  if (optional(input, 'OperationType') !== verb.toLowerCase()) return structured;
  return [
    ...structured,
    ...list(input, 'UserId').map((userId) => ({ userId })),
    ...list(input, 'UserGroup').map((group) => permission({ Group: group })),
    ...list(input, 'OrganizationArn').map((organizationArn) => ({ organizationArn })),
    ...list(input, 'OrganizationalUnitArn').map((organizationalUnitArn) => ({ organizationalUnitArn })),
  ];
}

function permission({ UserId, Group, OrganizationArn, OrganizationalUnitArn }: Input): LaunchPermission {
  if (UserId) {
    if (!/^\d{12}$/.test(UserId))
      throw new AwsError(
        'InvalidAMIAttributeItemValue',
        `Invalid attribute item value "${UserId}" for userId item type.`,
      );
    return { userId: UserId };
  }
  if (Group) {
    if (Group !== 'all')
      throw new AwsError(
        'InvalidAMIAttributeItemValue',
        `Invalid attribute item value "${Group}" for group item type.`,
      );
    return { group: Group };
  }
  if (OrganizationArn) return { organizationArn: OrganizationArn };
  if (OrganizationalUnitArn) return { organizationalUnitArn: OrganizationalUnitArn };
  throw new AwsError(
    'InvalidParameterValue',
    'A launch permission names a user, a group, an organization or an organizational unit',
  );
}

const same = (one: LaunchPermission, other: LaunchPermission) =>
  one.userId === other.userId &&
  one.group === other.group &&
  one.organizationArn === other.organizationArn &&
  one.organizationalUnitArn === other.organizationalUnitArn;

export function imageAttributeOperations(ec2: Ec2): Record<string, Operation> {
  return {
    ModifyImageAttribute(input, caller) {
      const image = ownImage(ec2, caller, required(input, 'ImageId'));
      const added = changes(input, 'Add');
      const removed = changes(input, 'Remove');
      const description = input.Description?.Value ?? (input.Attribute === 'description' ? input.Value : undefined);
      if (description !== undefined && added.length + removed.length > 0) {
        throw new AwsError('InvalidParameterCombination', 'Only one attribute of an image can be modified at a time.');
      }
      if (description === undefined && added.length + removed.length === 0) {
        throw new AwsError(
          'InvalidParameterCombination',
          'No attributes specified. The local cloud knows LaunchPermission and Description.',
        );
      }
      if (added.some(({ group }) => group === 'all')) assertMayBePublic(ec2, caller);
      if (added.length > 0)
        assertShareable(
          ec2,
          image,
          added.some(({ group }) => group === 'all'),
        );
      if (added.length > 0 && image.state === 'disabled')
        throw new AwsError('OperationNotPermitted', `The image '${image.imageId}' is disabled and cannot be shared`);
      if (description !== undefined) image.description = String(description);
      const kept = image.launchPermissions.filter((one) => ![...added, ...removed].some((other) => same(one, other)));
      image.launchPermissions = [...kept, ...added];
      ec2.records.save();
      return { return: true };
    },
    DescribeImageAttribute(input, caller) {
      const image = ownImage(ec2, caller, required(input, 'ImageId'));
      const { imageId } = image;
      const attribute = required(input, 'Attribute');
      if (attribute === 'launchPermission') return { imageId, launchPermission: image.launchPermissions };
      if (attribute === 'description') return { imageId, description: { value: image.description ?? '' } };
      if (attribute === 'lastLaunchedTime') {
        const value = lastLaunchedTime(image, ec2.cloud.clock.now());
        return { imageId, lastLaunchedTime: value ? { value } : {} };
      }
      throw new AwsError(
        'InvalidParameterValue',
        `The local cloud does not know the image attribute '${attribute}': launchPermission, description or lastLaunchedTime`,
      );
    },
    EnableImageDeprecation(input, caller) {
      const image = ownImage(ec2, caller, required(input, 'ImageId'));
      const asked = new Date(required(input, 'DeprecateAt'));
      const now = ec2.cloud.clock.now();
      if (Number.isNaN(asked.getTime()) || asked.getTime() < now || asked.getTime() > now + tenYears) {
        throw new AwsError(
          'InvalidParameterValue',
          `DeprecateAt '${input.DeprecateAt}' must be a time that is not in the past and at most 10 years ahead`,
        );
      }
      asked.setUTCSeconds(asked.getUTCSeconds() >= 30 ? 60 : 0, 0);
      image.deprecationTime = asked.toISOString();
      ec2.records.save();
      return { return: true };
    },
    DisableImageDeprecation(input, caller) {
      delete ownImage(ec2, caller, required(input, 'ImageId')).deprecationTime;
      ec2.records.save();
      return { return: true };
    },
  };
}

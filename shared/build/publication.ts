// Launch permissions as texts that can be compared and stored, and the change that leads from one list to another.
import type { LaunchPermission } from './plan.ts';
import type { LaunchPermissionTarget } from './target.ts';

type Permission = { UserId?: string; Group?: 'all'; OrganizationArn?: string; OrganizationalUnitArn?: string };

const fields = ['UserId', 'Group', 'OrganizationArn', 'OrganizationalUnitArn'] as const;

/** EC2's launch permissions as sorted texts, `UserId=123456789012`, that can be compared and stored. */
export const permissionTexts = (permissions: Permission[]) =>
  permissions
    .flatMap((permission) => fields.flatMap((field) => (permission[field] ? `${field}=${permission[field]}` : [])))
    .sort();

/** The texts back in EC2's shape. */
export const permissionsOf = (texts: string[]): Permission[] =>
  texts.map((text) => ({ [text.slice(0, text.indexOf('='))]: text.slice(text.indexOf('=') + 1) }));

/** Image Builder's launchPermission in EC2's shape. */
export const wantedPermissions = (wanted: LaunchPermission): Permission[] => [
  ...wanted.userIds.map((UserId) => ({ UserId })),
  ...wanted.userGroups.map((Group) => ({ Group })),
  ...wanted.organizationArns.map((OrganizationArn) => ({ OrganizationArn })),
  ...wanted.organizationalUnitArns.map((OrganizationalUnitArn) => ({ OrganizationalUnitArn })),
];

/** The change that leads from one list of permissions to another, or undefined when they are equal. */
export function permissionChange(from: string[], to: string[]) {
  const Add = permissionsOf(to.filter((text) => !from.includes(text)));
  const Remove = permissionsOf(from.filter((text) => !to.includes(text)));
  if (Add.length === 0 && Remove.length === 0) return undefined;
  return { ...(Add.length > 0 && { Add }), ...(Remove.length > 0 && { Remove }) };
}

/** The target for the launch permissions of one AMI. */
export function launchPermissionTarget(
  region: string,
  id: string,
  before: Permission[],
  wanted: LaunchPermission,
): LaunchPermissionTarget {
  const old = permissionTexts(before);
  const after = [...new Set([...old, ...permissionTexts(wantedPermissions(wanted))])].sort();
  return { kind: 'launchPermission', region, id, before: old, after };
}

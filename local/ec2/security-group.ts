// Security groups: the default one of each region, and those that a user makes. Their rules are kept and not applied: instances use the host's network.
import { AwsError, type Caller, type Input, type Operation } from '../service.ts';
import { filtered } from './filter.ts';
import { newId } from './identifier.ts';
import { list, optional, page, required, structures } from './input.ts';
import { defaultGroup, defaultVpc } from './network.ts';
import type { Scope, SecurityGroupRecord } from './records.ts';
import type { Ec2 } from './room.ts';
import { setTags, tagSet, tagSpecifications, tagsOf } from './tags.ts';

export const createSecurityGroupParameters = 'GroupName GroupDescription VpcId TagSpecification';
export const ingressParameters = 'GroupId IpPermissions CidrIp FromPort ToPort IpProtocol';

function standing(scope: Scope): SecurityGroupRecord {
  const { accountId, region } = scope;
  const description = 'default VPC security group';
  return {
    ...{ accountId, region, ...defaultGroup(scope), description, ingress: [] },
  };
}

function groups(ec2: Ec2, scope: Scope): SecurityGroupRecord[] {
  const { accountId, region } = scope;
  const made = Object.values(ec2.records.securityGroups);
  return [standing(scope), ...made.filter((one) => one.accountId === accountId && one.region === region)];
}

const missing = (id: string) => new AwsError('InvalidGroup.NotFound', `The security group '${id}' does not exist`);

function named(ec2: Ec2, scope: Scope, ids: string[]): SecurityGroupRecord[] {
  const all = groups(ec2, scope);
  return ids.map((id) => {
    const found = all.find((group) => group.groupId === id);
    if (!found) throw missing(id);
    return found;
  });
}

/** What an instance is launched with: the groups asked for, else the default one. */
export function launchGroups(ec2: Ec2, scope: Scope, ids: string[]): { groupId: string; groupName: string }[] {
  const found = ids.length > 0 ? named(ec2, scope, ids) : [defaultGroup(scope)];
  return found.map(({ groupId, groupName }) => ({ groupId, groupName }));
}

const arn = ({ accountId, region, groupId }: SecurityGroupRecord) =>
  `arn:aws:ec2:${region}:${accountId}:security-group/${groupId}`;

export function createSecurityGroup(ec2: Ec2, input: Input, caller: Caller): unknown {
  const { accountId, region } = caller;
  const groupName = required(input, 'GroupName');
  const description = required(input, 'GroupDescription');
  const vpcId = optional(input, 'VpcId') ?? defaultVpc(caller);
  if (vpcId !== defaultVpc(caller)) throw new AwsError('InvalidVpcID.NotFound', `The vpc ID '${vpcId}' does not exist`);
  if (groups(ec2, caller).some((group) => group.groupName === groupName))
    throw new AwsError('InvalidGroup.Duplicate', `The security group '${groupName}' already exists for VPC '${vpcId}'`);
  const tags = tagSpecifications(input, ['security-group'])['security-group'];
  const group = { accountId, region, groupId: newId('sg'), groupName, description, ingress: [] };
  ec2.records.securityGroups[group.groupId] = group;
  setTags(ec2, caller, group.groupId, tags);
  ec2.records.save();
  return { return: true, groupId: group.groupId, securityGroupArn: arn(group), tagSet: tagSet(tags ?? {}) };
}

/** Adds rules, each as a list of permissions gives it or as the short form does. */
export function authorizeIngress(ec2: Ec2, input: Input, caller: Caller): unknown {
  const [group] = named(ec2, caller, [required(input, 'GroupId')]);
  const short = optional(input, 'IpProtocol');
  const asked: Input[] = short
    ? [{ ...input, IpProtocol: short, IpRanges: [{ CidrIp: required(input, 'CidrIp') }] }]
    : [];
  const rules = [...structures(input, 'IpPermissions'), ...asked].flatMap((permission) => {
    const ports = {
      ipProtocol: required(permission, 'IpProtocol'),
      ...(permission.FromPort !== undefined && { fromPort: Number(permission.FromPort) }),
      ...(permission.ToPort !== undefined && { toPort: Number(permission.ToPort) }),
    };
    const ranges = structures(permission, 'IpRanges');
    if (ranges.length === 0)
      throw new AwsError('UnsupportedOperation', 'The local cloud supports rules for IPv4 ranges (IpRanges) only.');
    return ranges.map((range) => ({ ...ports, cidrIpv4: required(range, 'CidrIp') }));
  });
  if (rules.length === 0)
    throw new AwsError('MissingParameter', 'The request must contain the parameter IpPermissions');
  const same = (one: object) =>
    group!.ingress.find(({ ruleId: _, ...rule }) => JSON.stringify(rule) === JSON.stringify(one));
  const twice = rules.find(same);
  if (twice)
    throw new AwsError(
      'InvalidPermission.Duplicate',
      `the specified rule "peer: ${twice.cidrIpv4}, ${twice.ipProtocol}, from port: ${twice.fromPort}, to port: ${twice.toPort}, ALLOW" already exists`,
    );
  const made = rules.map((rule) => ({ ...rule, ruleId: newId('sgr') }));
  const record = { ...group!, ingress: [...group!.ingress, ...made] };
  ec2.records.securityGroups[record.groupId] = record;
  ec2.records.save();
  return {
    return: true,
    securityGroupRuleSet: made.map(({ ruleId, ...rule }) => ({
      ...{ securityGroupRuleId: ruleId, groupId: record.groupId, groupOwnerId: record.accountId, isEgress: false },
      ...rule,
    })),
  };
}

export const securityGroupOperations = (ec2: Ec2): Record<string, Operation> => ({
  DescribeSecurityGroups(input, caller) {
    const ids = list(input, 'GroupId');
    const names = list(input, 'GroupName');
    const all = groups(ec2, caller);
    const byName = names.map((name) => {
      const found = all.find((group) => group.groupName === name);
      if (!found) throw missing(name);
      return found;
    });
    const asked = ids.length + names.length > 0 ? [...named(ec2, caller, ids), ...byName] : all;
    const tags = (group: SecurityGroupRecord) => tagsOf(ec2, caller.accountId, group.groupId);
    const values = {
      'group-id': (group: SecurityGroupRecord) => [group.groupId],
      'group-name': (group: SecurityGroupRecord) => [group.groupName],
      'vpc-id': () => [defaultVpc(caller)],
    };
    const { items, nextToken } = page(filtered(asked, input, values, tags), input);
    return { securityGroupInfo: items.map((group) => groupView(group, tags(group))), nextToken };
  },
  DeleteSecurityGroup(input, caller) {
    const [group] = named(ec2, caller, [required(input, 'GroupId')]);
    const { groupId, groupName } = group!;
    if (groupName === 'default')
      throw new AwsError(
        'CannotDelete',
        `the specified group: "${groupId}" name: "default" cannot be deleted by a user`,
      );
    const used = Object.values(ec2.records.instances).some(
      (instance) => instance.state !== 'terminated' && instance.groups.some((one) => one.groupId === groupId),
    );
    if (used) throw new AwsError('DependencyViolation', `resource ${groupId} has a dependent object`);
    delete ec2.records.securityGroups[groupId];
    delete ec2.records.tags[groupId];
    ec2.records.save();
    return { return: true, groupId };
  },
});

function groupView(group: SecurityGroupRecord, tags: Record<string, string>): unknown {
  return {
    groupId: group.groupId,
    groupName: group.groupName,
    groupDescription: group.description,
    ownerId: group.accountId,
    vpcId: defaultVpc(group),
    securityGroupArn: arn(group),
    ipPermissions: group.ingress.map(({ cidrIpv4, ruleId: _, ...ports }) => ({
      ...ports,
      ipRanges: [{ cidrIp: cidrIpv4 }],
    })),
    tagSet: tagSet(tags),
  };
}

// What the SSM agent does with the role of its instance: without these permissions it does not register, and its logs are lost.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-instance-permissions.html (AmazonSSMManagedInstanceCore)
import type { Logs } from '../cloud.ts';
import type { Instances } from '../ec2/instances.ts';
import type { Access } from './access.ts';
import { type Need, need } from './need.ts';
import { logsNeeds } from './operations/logs.ts';

const registration = [
  'ssm:UpdateInstanceInformation',
  'ssmmessages:CreateControlChannel',
  'ssmmessages:CreateDataChannel',
  'ssmmessages:OpenControlChannel',
  'ssmmessages:OpenDataChannel',
  'ec2messages:AcknowledgeMessage',
  'ec2messages:DeleteMessage',
  'ec2messages:FailMessage',
  'ec2messages:GetEndpoint',
  'ec2messages:GetMessages',
  'ec2messages:SendReply',
].map((action) => need(action, '*'));

const writing = ['DescribeLogGroups', 'CreateLogStream', 'DescribeLogStreams', 'PutLogEvents'];

/** Instances and logs as the agents of instances can use them. Roles that no loaded stack has cannot be judged, and are let through. */
export function withAgents(access: Access, instances: Instances, logs: Logs): { instances: Instances; logs: Logs } {
  const may = (instanceId: string, region: string, needs: Need[]): boolean => {
    const profile = access.facts.find(instanceId)?.instanceProfile;
    const role = profile && access.facts.roleOf(profile);
    return !role || access.refusal(role, needs, region) === undefined;
  };
  const registered = new Map<string, boolean>();
  return {
    instances: {
      ...instances,
      find(scope, instanceId) {
        const found = instances.find(scope, instanceId);
        if (!found?.online) return found;
        const known = registered.get(instanceId) ?? may(instanceId, scope.region, registration);
        registered.set(instanceId, known);
        return { ...found, online: known };
      },
    },
    logs: {
      append(scope, group, stream, lines) {
        const instanceId = stream.split('/')[1] ?? '';
        const caller = { ...scope, accessKeyId: '', principalArn: '' };
        const input = { logGroupName: group, logStreamName: stream };
        const needs = writing.flatMap((name) => logsNeeds[name]?.(input, caller, access.facts) ?? []);
        if (may(instanceId, scope.region, needs)) logs.append(scope, group, stream, lines);
      },
    },
  };
}

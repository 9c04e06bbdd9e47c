// Whether everything that sends events may: where a permission is missing AWS drops them silently, and nobody learns of it.
import { attached } from '../iam/access.ts';
import { evaluate } from '../iam/evaluation.ts';
import { type RolePolicies, type StackPolicies, stackPolicies } from '../iam/stack-policies.ts';
import type { Properties, ResolvedResource, ResolvedStack, Value } from './stack.ts';

/** One sentence for each permission that is missing. */
export function missingPermissions(stack: ResolvedStack): string[] {
  const policies = stackPolicies(stack);
  return [
    ...untrusted(stack, policies),
    ...passedInVain(stack, policies),
    ...sendings(stack).flatMap((sending) => (allowed(policies, sending) ? [] : [complaint(sending)])),
  ];
}

type Sending = {
  from: ResolvedResource;
  /** The service that sends, and on whose behalf. */
  principal: string;
  target: string;
  /** The role that it sends with, instead of the target's own policy. */
  roleArn?: string;
};

function sendings({ resources }: ResolvedStack): Sending[] {
  return resources.flatMap((from): Sending[] => {
    const { type, properties } = from;
    if (type === 'AWS::Events::Rule')
      return list(properties.Targets).flatMap((target) =>
        [target.Arn, (target.DeadLetterConfig as Properties | undefined)?.Arn]
          .filter((arn) => typeof arn === 'string')
          .map((arn) => ({
            from,
            principal: 'events.amazonaws.com',
            target: arn,
            ...(arn === target.Arn && typeof target.RoleArn === 'string' ? { roleArn: target.RoleArn } : {}),
          })),
      );
    if (type === 'AWS::SNS::Subscription' || type === 'AWS::SNS::Topic')
      return (type === 'AWS::SNS::Topic' ? list(properties.Subscription) : [properties])
        .filter(({ Protocol }) => Protocol === 'lambda' || Protocol === 'sqs')
        .flatMap(({ Endpoint, RedrivePolicy }) => [Endpoint, (RedrivePolicy as Properties)?.deadLetterTargetArn])
        .filter((arn) => typeof arn === 'string')
        .map((target) => ({ from, principal: 'sns.amazonaws.com', target }));
    if (type === 'AWS::Scheduler::Schedule') {
      const { Arn, RoleArn } = (properties.Target ?? {}) as Properties;
      return [{ from, principal: 'scheduler.amazonaws.com', target: String(Arn), roleArn: String(RoleArn) }];
    }
    return [];
  });
}

const actions: Record<string, string> = {
  lambda: 'lambda:InvokeFunction',
  sqs: 'sqs:SendMessage',
  sns: 'sns:Publish',
  states: 'states:StartExecution',
  events: 'events:PutEvents',
};
const actionOn = (target: string): string => actions[target.split(':')[2] ?? ''] ?? 'to send';

function allowed(policies: StackPolicies, sending: Sending): boolean {
  const { from, principal, target, roleArn } = sending;
  const source = sourceArn(sending);
  const context = new Map([
    ['aws:sourcearn', [source]],
    ['aws:sourceaccount', [source.split(':')[4] ?? '']],
  ]);
  const request = { action: actionOn(target), resource: target, context, principal: `service ${principal}` };
  if (roleArn === undefined) {
    // Other targets of a rule need a role.
    if (!['lambda', 'sqs', 'sns'].includes(target.split(':')[2] ?? '')) return false;
    return evaluate(request, { identity: [], resource: attached(policies.resourcePolicies, target) }).allowed;
  }
  const role = policies.roles.get(roleArn);
  // A role from elsewhere cannot be judged.
  if (!role) return true;
  return trusts(role, principal, from) && evaluate({ ...request, principal: `aws ${roleArn}` }, role).allowed;
}

function trusts({ arn, trust }: RolePolicies, principal: string, from: ResolvedResource): boolean {
  const context = new Map([
    ['aws:sourcearn', [from.arn ?? '']],
    ['aws:sourceaccount', [arn.split(':')[4] ?? '']],
  ]);
  const request = { action: 'sts:AssumeRole', resource: arn, context, principal: `service ${principal}` };
  return evaluate(request, { identity: [], resource: [trust] }).allowed;
}

/** Whoever works with a role must be let into it. */
function untrusted(stack: ResolvedStack, { roles }: StackPolicies): string[] {
  const names = new Map(stack.resources.map(({ type, name, arn }) => [`${type} ${name}`, arn]));
  const uses: Record<string, { property: string; principal: string }> = {
    'AWS::Lambda::Function': { property: 'Role', principal: 'lambda.amazonaws.com' },
    'AWS::StepFunctions::StateMachine': { property: 'RoleArn', principal: 'states.amazonaws.com' },
    'AWS::IAM::InstanceProfile': { property: 'Roles', principal: 'ec2.amazonaws.com' },
  };
  return stack.resources.flatMap((from) => {
    const use = uses[from.type];
    const named = use && String(from.properties[use.property]);
    const role = named && roles.get(names.get(`AWS::IAM::Role ${named}`) ?? named);
    if (!use || !role || trusts(role, use.principal, from)) return [];
    return [
      `'${from.logicalId}' (${from.type}): its role ${role.arn} does not trust ${use.principal}; give the role that trust`,
    ];
  });
}

/** Whoever passes a role to Scheduler makes schedules with it, in a group of the stack: the role must let Scheduler in for that group. */
function passedInVain({ resources }: ResolvedStack, { roles }: StackPolicies): string[] {
  const service = 'scheduler.amazonaws.com';
  const groups = resources.filter(({ type }) => type === 'AWS::Scheduler::ScheduleGroup');
  const passing = JSON.stringify(resources.filter(({ type }) => type === 'AWS::IAM::Role').map(passed));
  return [...roles.values()].flatMap((role) => {
    const { arn } = role;
    if (!passing.includes(`"${arn}"`)) return [];
    const target = resources.find((one) => one.type === 'AWS::IAM::Role' && one.arn === arn);
    return groups
      .filter((group) => !trusts(role, service, group))
      .map(
        (group) =>
          `'${target?.logicalId}' (AWS::IAM::Role): it is passed to ${service}, but does not trust it for ${group.arn}; give the role that trust`,
      );
  });
}

/** The roles that a role may pass to Scheduler. */
const passed = ({ properties }: ResolvedResource) =>
  list(properties.Policies).flatMap(({ PolicyDocument }) =>
    list((PolicyDocument as Properties).Statement)
      .filter((statement) => JSON.stringify(statement).includes('"iam:PassedToService":"scheduler.amazonaws.com"'))
      .map(({ Resource }) => Resource),
  );

/** A subscription sends for its topic. */
const sourceArn = ({ from }: Sending): string =>
  from.type === 'AWS::SNS::Subscription' ? String(from.properties.TopicArn) : (from.arn ?? '');

function complaint({ from, principal, target, roleArn }: Sending): string {
  const where = `'${from.logicalId}' (${from.type})`;
  if (roleArn !== undefined)
    return `${where}: its role ${roleArn} does not let ${principal} do ${actionOn(target)} on ${target}; give the role that trust and permission`;
  const kind = { lambda: 'AWS::Lambda::Permission', sqs: 'AWS::SQS::QueuePolicy', sns: 'AWS::SNS::TopicPolicy' };
  const needed = kind[target.split(':')[2] as keyof typeof kind];
  if (!needed) return `${where}: target ${target} needs a RoleArn`;
  return `${where}: no ${needed} lets ${principal} do ${actionOn(target)} on ${target} for ${from.arn ?? from.ref}; AWS would drop its events silently`;
}

const list = (value: Value | undefined): Properties[] => (value === undefined ? [] : ([value].flat() as Properties[]));

// Whether everything that sends events may: where a permission is missing AWS drops them silently, and nobody learns of it.
import type { Properties, ResolvedResource, ResolvedStack, Value } from './stack.ts';

/** One sentence for each permission that is missing. */
export function missingPermissions(stack: ResolvedStack): string[] {
  return sendings(stack).flatMap((sending) => (allowed(stack, sending) ? [] : [complaint(sending)]));
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
        .map(({ Endpoint }) => ({ from, principal: 'sns.amazonaws.com', target: String(Endpoint) }));
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

function allowed(stack: ResolvedStack, sending: Sending): boolean {
  const { principal, target, roleArn } = sending;
  if (roleArn !== undefined) {
    const role = stack.resources.find(({ type, arn }) => type === 'AWS::IAM::Role' && arn === roleArn);
    // A role from elsewhere cannot be judged.
    if (!role) return true;
    const trusted = statements(role.properties.AssumeRolePolicyDocument).some((statement) =>
      names(statement, principal),
    );
    return trusted && list(role.properties.Policies).some(({ PolicyDocument }) => grants(PolicyDocument, target));
  }
  const service = target.split(':')[2];
  if (service === 'lambda') return stack.resources.some((resource) => permits(resource, sending));
  const policy = { sqs: 'AWS::SQS::QueuePolicy', sns: 'AWS::SNS::TopicPolicy' }[service ?? ''];
  // Other targets of a rule need a role.
  if (!policy) return false;
  return stack.resources.some(
    ({ type, properties }) =>
      type === policy &&
      statements(properties.PolicyDocument).some(
        (statement) =>
          names(statement, principal) && covers(statement, target) && fromSource(statement, sourceArn(sending)),
      ),
  );
}

function permits({ type, properties }: ResolvedResource, sending: Sending): boolean {
  if (type !== 'AWS::Lambda::Permission' || properties.Principal !== sending.principal) return false;
  const name = sending.target.replace(/^arn:.*?:function:/, '');
  const given = String(properties.FunctionName).replace(/^arn:.*?:function:/, '');
  const source = properties.SourceArn;
  return (
    given === name &&
    ['lambda:InvokeFunction', 'lambda:*', '*'].includes(String(properties.Action)) &&
    (source === undefined || like(String(source), sourceArn(sending)))
  );
}

/** A subscription sends for its topic. */
const sourceArn = ({ from }: Sending): string =>
  from.type === 'AWS::SNS::Subscription' ? String(from.properties.TopicArn) : (from.arn ?? '');

const grants = (document: Value | undefined, target: string): boolean =>
  statements(document).some((statement) => covers(statement, target));

const statements = (document: Value | undefined): Properties[] =>
  list((document as Properties | undefined)?.Statement).filter(({ Effect }) => Effect === 'Allow');

const names = ({ Principal }: Properties, principal: string): boolean =>
  Principal === '*' || many((Principal as Properties | undefined)?.Service).includes(principal);

const covers = ({ Action, Resource }: Properties, target: string): boolean =>
  many(Action).some((action) => like(action, actionOn(target))) &&
  many(Resource).some((resource) => like(resource, target));

function fromSource({ Condition }: Properties, source: string): boolean {
  const wanted = Object.values((Condition ?? {}) as Properties).flatMap((tests) =>
    Object.entries(tests as Properties).flatMap(([key, value]) =>
      key.toLowerCase() === 'aws:sourcearn' ? many(value) : [],
    ),
  );
  return wanted.length === 0 || wanted.some((pattern) => like(pattern, source));
}

function complaint({ from, principal, target, roleArn }: Sending): string {
  const where = `'${from.logicalId}' (${from.type})`;
  if (roleArn !== undefined)
    return `${where}: its role ${roleArn} does not let ${principal} do ${actionOn(target)} on ${target}; give the role that trust and permission`;
  const kind = { lambda: 'AWS::Lambda::Permission', sqs: 'AWS::SQS::QueuePolicy', sns: 'AWS::SNS::TopicPolicy' };
  const needed = kind[target.split(':')[2] as keyof typeof kind];
  if (!needed) return `${where}: target ${target} needs a RoleArn`;
  return `${where}: no ${needed} lets ${principal} do ${actionOn(target)} on ${target} for ${from.arn ?? from.ref}; AWS would drop its events silently`;
}

function like(pattern: string, text: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(text);
}

const many = (value: Value | undefined): string[] => (value === undefined ? [] : [value].flat().map(String));
const list = (value: Value | undefined): Properties[] => (value === undefined ? [] : ([value].flat() as Properties[]));

// Makes a stack real: hands each resource to whoever makes its kind, in the order in which they need each other.
import type { FunctionDefinition } from '../lambda-host/function.ts';
import type { StateMachineDefinition } from '../step-functions/service.ts';
import { functionDefinition } from './functions.ts';
import { missingPermissions } from './permissions.ts';
import type { Properties, ResolvedResource, ResolvedStack } from './stack.ts';

type Creator<Made = ResolvedResource> = (made: Made) => unknown;

/** One for each kind of resource that the cloud can make; a stack with a kind whose creator is missing is refused. */
export type Creators = Partial<{
  function: Creator<FunctionDefinition>;
  stateMachine: Creator<StateMachineDefinition>;
  logGroup: Creator;
  role: Creator;
  instanceProfile: Creator;
  managedPolicy: Creator;
  table: Creator;
  rule: Creator;
  eventBus: Creator;
  eventBusPolicy: Creator;
  topic: Creator;
  subscription: Creator;
  topicPolicy: Creator;
  queue: Creator;
  queuePolicy: Creator;
  parameter: Creator;
  schedule: Creator;
  scheduleGroup: Creator;
}>;

/** `ignored`: there is nothing to make of it here, or it is made with another resource. */
const kinds: Record<string, keyof Creators | 'ignored'> = {
  'AWS::Lambda::Function': 'function',
  'AWS::Lambda::Version': 'ignored',
  'AWS::Lambda::EventInvokeConfig': 'ignored',
  'AWS::Lambda::Permission': 'ignored',
  'AWS::StepFunctions::StateMachine': 'stateMachine',
  'AWS::Logs::LogGroup': 'logGroup',
  'AWS::IAM::Role': 'role',
  'AWS::IAM::InstanceProfile': 'instanceProfile',
  'AWS::IAM::ManagedPolicy': 'managedPolicy',
  'AWS::DynamoDB::Table': 'table',
  'AWS::Events::Rule': 'rule',
  'AWS::Events::EventBus': 'eventBus',
  'AWS::Events::EventBusPolicy': 'eventBusPolicy',
  'AWS::SNS::Topic': 'topic',
  'AWS::SNS::Subscription': 'subscription',
  'AWS::SNS::TopicPolicy': 'topicPolicy',
  'AWS::SQS::Queue': 'queue',
  'AWS::SQS::QueuePolicy': 'queuePolicy',
  'AWS::SSM::Parameter': 'parameter',
  'AWS::Scheduler::Schedule': 'schedule',
  'AWS::Scheduler::ScheduleGroup': 'scheduleGroup',
  'AWS::S3::Bucket': 'ignored',
  'AWS::S3::BucketPolicy': 'ignored',
  'AWS::CloudWatch::Alarm': 'ignored',
};

/** Rejects, before anything is made, with an Error that lists missing permissions and kinds that nobody makes. */
export async function deploy(
  stack: ResolvedStack,
  artifacts: (key: string) => string,
  creators: Creators,
): Promise<void> {
  const unmade = stack.resources.flatMap(({ type, logicalId }) => {
    const kind = kinds[type];
    return kind === 'ignored' || (kind && creators[kind]) ? [] : [`'${logicalId}': nothing here makes a ${type}`];
  });
  const problems = [...missingPermissions(stack), ...unmade];
  if (problems.length > 0) throw new Error(`the stack cannot be run here:\n  ${problems.join('\n  ')}`);
  for (const resource of stack.resources) {
    const kind = kinds[resource.type] ?? 'ignored';
    try {
      if (kind === 'function') await creators.function?.(functionDefinition(resource, stack, artifacts));
      else if (kind === 'stateMachine') await creators.stateMachine?.(stateMachineDefinition(resource));
      else if (kind !== 'ignored') await creators[kind]?.(resource);
    } catch (error) {
      const { message } = error as Error;
      const named = message.startsWith('resource ')
        ? message
        : `resource '${resource.logicalId}' (${resource.type}): ${message}`;
      throw new Error(named, { cause: error });
    }
  }
}

function stateMachineDefinition({ name, properties }: ResolvedResource): StateMachineDefinition {
  const {
    StateMachineName: _name,
    Definition,
    DefinitionString,
    DefinitionSubstitutions,
    RoleArn,
    ...others
  } = properties;
  const { StateMachineType = 'STANDARD', Tags: _tags, ...unknown } = others;
  const [property] = Object.keys(unknown);
  if (property !== undefined) throw new Error(`property ${property} is not supported`);
  if (StateMachineType !== 'STANDARD')
    throw new Error(`StateMachineType ${StateMachineType} is not supported, only STANDARD is`);
  const substitutions = Object.entries((DefinitionSubstitutions ?? {}) as Properties);
  return {
    name,
    roleArn: String(RoleArn),
    definition: typeof DefinitionString === 'string' ? DefinitionString : (Definition as object),
    substitutions: Object.fromEntries(substitutions.map(([key, value]) => [key, String(value)])),
  };
}

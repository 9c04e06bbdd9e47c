// Every service of the local cloud, made once and introduced to those that it needs; nothing is started here.

import { autoscaling } from './autoscaling/service.ts';
import type { Clock } from './clock.ts';
import type { Cloud, Delays, Functions } from './cloud.ts';
import { cloudformation, type Stack } from './cloudformation/service.ts';
import { type Credentials, credentials } from './door/credentials.ts';
import { type DynamoDb, dynamodb } from './dynamodb/service.ts';
import type { CopyLimits } from './ec2/copy-limits.ts';
import { ec2 } from './ec2/service.ts';
import type { Deliveries } from './events/buses.ts';
import { type Outbox, outbox } from './events/outbox.ts';
import type { Target } from './events/rule.ts';
import { type Events, events } from './events/service.ts';
import type { Hooks, Intercept } from './hooks.ts';
import { type Access, access, type Decision } from './iam/access.ts';
import { withAgents } from './iam/agent.ts';
import { invokedByRoles, logsOfFunctions, requireRole } from './iam/function-roles.ts';
import { type Call, guarded } from './iam/guard.ts';
import { need } from './iam/need.ts';
import { type Iam, iam } from './iam/service.ts';
import { kms } from './kms/service.ts';
import type { DeployedFunction } from './lambda/configuration.ts';
import { lambda } from './lambda/service.ts';
import { type LambdaHost, lambdaHost } from './lambda-host/host.ts';
import { type LocalLogs, logs } from './logs/service.ts';
import { refusals, refusing } from './refusals.ts';
import { s3 } from './s3/service.ts';
import { s3Store } from './s3/store.ts';
import { scheduleSender } from './scheduler/sender.ts';
import { type Scheduler, scheduler } from './scheduler/service.ts';
import type { RestService, Service } from './service.ts';
import { type Sns, sns } from './sns/service.ts';
import { type Sqs, sqs } from './sqs/service.ts';
import { ssm } from './ssm/service.ts';
import { type StepFunctions, stepFunctions } from './step-functions/service.ts';
import { sts } from './sts/service.ts';
import type { ApiLimits } from './throttling/aws-buckets.ts';
import { type ThrottleTally, throttled } from './throttling/throttled.ts';

export type Composition = {
  cloud: Cloud;
  access: Access;
  credentials: Credentials;
  /** What the door serves. */
  served: (Service | RestService)[];
  ec2: ReturnType<typeof ec2>;
  ssm: ReturnType<typeof ssm>;
  dynamodb: DynamoDb;
  events: Events;
  outbox: Outbox;
  logs: LocalLogs;
  sns: Sns;
  sqs: Sqs;
  host: LambdaHost;
  iam: Iam;
  stepFunctions: StepFunctions;
  scheduler: Scheduler;
  /** Calls by token bucket, where buckets are asked for. */
  throttles: ThrottleTally;
};

export type Surroundings = {
  clock: Clock;
  stateDirectory: string;
  repository: string;
  accountId: string;
  region: string;
  delays: Delays;
  network: 'host' | 'none';
  /** What may be copied to one region at once; AWS's limits when left out. */
  copyLimits?: CopyLimits | undefined;
  /** Token buckets of calls; none when left out, as the delays of the local cloud are a thousand times shorter than AWS's. */
  apiLimits?: ApiLimits | undefined;
  /** Regions that are not enabled, `region` for every account or `account region`; all are when left out. */
  disabledRegions?: string[] | undefined;
  /** Where the door listens, asked once it does. */
  endpoint(): string;
  /** The stacks that are loaded, asked at each call. */
  stacks(): Stack[];
  /** Told of what went wrong behind an answer. */
  fault(error: unknown, what: string): void;
  /** Told of every decision about what a role may do, and of every call of a role before it is done. */
  watch?: { decided?(decision: Decision): void; before?(call: Call): Promise<void> } | undefined;
  hooks?: Hooks | undefined;
};

export function compose(around: Surroundings): Composition {
  const { clock, stateDirectory, accountId, region, delays, hooks = {} } = around;
  const keys = credentials(stateDirectory, clock);
  const logbook = logs({ clock, stateDirectory });
  const queues = sqs({ clock, stateDirectory }, around.endpoint);
  const home = { clock, stateDirectory, accountId, region };
  const rights = access({ clock, find: (id) => instances.facts(id), ...around.watch });

  const deadLetter = (targetArn: string, body: string, attributes: Record<string, string>, roleArn: string) => {
    const toTopic = targetArn.split(':')[2] === 'sns';
    requireRole(rights, roleArn, [need(toTopic ? 'sns:Publish' : 'sqs:SendMessage', targetArn)], home);
    if (toTopic) topics.publish(targetArn, body);
    else queues.send(targetArn, body, textAttributes(attributes));
  };
  const host = lambdaHost(
    { ...home, logs: logsOfFunctions(rights, logbook, (name) => host.find(name).roleArn) },
    {
      endpoint: around.endpoint,
      credentials: (roleArn) => keys.issue(roleArn, roleArn.split('/').at(-1) ?? 'function'),
      deadLetter: (targetArn, body, attributes, roleArn) => {
        try {
          deadLetter(targetArn, body, attributes, roleArn);
        } catch (error) {
          around.fault(error, `an event that failed for good, for ${targetArn}`);
        }
      },
      startFunction: hooks.startFunction,
    },
  );
  const topics = sns({ clock, stateDirectory, functions: host }, queues);
  const box = outbox({ stateDirectory, clock }, host);
  const deliveries: Deliveries = {
    lambda: (arn, payload) => {
      host.find(arn);
      box.invokeLater(arn, payload);
    },
    sns: (arn, payload) => topics.publish(arn, payload),
    sqs: (arn, payload) => queues.send(arn, payload),
    states: (arn, payload) => startExecution(executions, arn, payload),
  };
  const bridge = events(
    { clock, stateDirectory },
    deliveries,
    (target, ruleArn, payload, error) => {
      const failed = `an event of rule ${ruleArn} for ${target.Arn}`;
      try {
        around.fault(error, failed);
        const queue = target.DeadLetterConfig?.Arn;
        if (queue) queues.send(queue, payload, textAttributes(undeliveredAttributes(target, ruleArn, error)));
      } catch (deadLetterError) {
        around.fault(deadLetterError, `${failed}, on its way to the dead-letter queue`);
      }
    },
    hooks.carry,
    (roleArn, busArn, { source, 'detail-type': type }) =>
      rights.admits(
        roleArn,
        need('events:PutEvents', busArn, { 'events:source': String(source), 'events:detail-type': String(type) }),
      ),
  );
  const schedules = scheduler(
    { clock, stateDirectory },
    scheduleSender({
      access: rights,
      home,
      deliveries,
      deadLetter: (arn, payload, attributes) => queues.send(arn, payload, textAttributes(attributes)),
      fault: around.fault,
    }),
  );
  const functions = invokedByRoles(rights, host, home);
  const cloud: Cloud = { ...home, delays, bus: bridge.buses, logs: logbook, functions };
  const named = (arn: string) => host.find(arn).name;
  const executions = stepFunctions({ ...cloud, functions: intercepted(functions, named, home, hooks.intercept) });
  const keyService = kms(cloud, rights);
  const { machine } = hooks;
  const objects = s3Store(stateDirectory);
  const instances = ec2(cloud, {
    hidden: [around.repository],
    network: around.network,
    machine,
    ...{ s3: objects, keys: keyService.forEbs },
    records: hooks.records,
    ...(around.copyLimits && { copyLimits: around.copyLimits }),
    ...(around.disabledRegions && { disabledRegions: around.disabledRegions }),
  });
  const agents = withAgents(rights, instances.instances, logbook);
  const manager = ssm({ ...cloud, logs: agents.logs }, agents.instances);
  const tables = dynamodb(cloud, hooks.openTables);
  const throttles: ThrottleTally = {};
  const refuse = refusals(stateDirectory);
  const identities = iam(() => clock.now(), stateDirectory);
  const started = clock.now();
  const deployed = () => host.list().map((found) => deployedFunction(found, started));
  const tail = ({ name }: DeployedFunction) => logbook.tail({ accountId, region }, `/aws/lambda/${name}`);

  return {
    cloud,
    credentials: keys,
    access: rights,
    served: [
      instances.service,
      manager.service,
      tables.service,
      bridge.service,
      logbook.service,
      topics.service,
      queues.service,
      executions.service,
      schedules.service,
      s3(clock, objects),
      sts(keys, (roleArn, { principalArn }, externalId, sessionName) =>
        rights.letsIn(roleArn, principalArn, {
          ...(externalId !== undefined && { 'sts:ExternalId': externalId }),
          'sts:RoleSessionName': sessionName,
        }),
      ),
      identities.service,
      autoscaling(cloud),
      keyService.service,
      cloudformation(around.stacks),
      lambda(host, deployed, tail),
    ]
      .map((service) =>
        guarded(service, {
          access: rights,
          sessionOf: (accessKeyId) => keys.principal(accessKeyId)?.sessionName,
          ...(around.watch?.before && { before: around.watch.before }),
        }),
      )
      .map((service) => refusing(service, refuse))
      .map((service) =>
        around.apiLimits ? throttled(service, { clock, limits: around.apiLimits, tally: throttles }) : service,
      ),
    ec2: instances,
    ssm: manager,
    dynamodb: tables,
    events: bridge,
    outbox: box,
    logs: logbook,
    sns: topics,
    sqs: queues,
    host,
    iam: identities,
    stepFunctions: executions,
    scheduler: schedules,
    throttles,
  };
}

/** Functions as Step Functions calls them: their invocations can be stood in the way of as any other call. */
function intercepted(
  functions: Functions,
  named: (arn: string) => string,
  { accountId, region }: Pick<Cloud, 'accountId' | 'region'>,
  intercept: Intercept | undefined,
): Functions {
  if (!intercept) return functions;
  const caller = { accountId, region, accessKeyId: accountId, principalArn: 'states.amazonaws.com' };
  return {
    invokeLater: functions.invokeLater,
    invoke: (arn, payload, as) =>
      intercept({ service: 'lambda', operation: 'Invoke', caller, function: named(arn) }, () =>
        functions.invoke(arn, payload, as),
      ),
  };
}

async function startExecution(stepFunctions: StepFunctions, stateMachineArn: string, input: string): Promise<void> {
  const [, , , region = '', accountId = ''] = stateMachineArn.split(':');
  const caller = { accountId, region, accessKeyId: accountId, principalArn: `arn:aws:iam::${accountId}:root` };
  await stepFunctions.service.operations.StartExecution?.({ stateMachineArn, input }, caller);
}

function deployedFunction(found: ReturnType<LambdaHost['find']>, modified: number): DeployedFunction {
  const { name, functionArn, handler, roleArn, timeout, memorySize, environment, version, codeSha256, codeSize } =
    found;
  const versions = version === undefined ? [] : [version];
  const code = { codeSha256, codeSize, runtime: 'nodejs24.x', modified };
  return { name, arn: functionArn, handler, roleArn, timeout, memorySize, environment, versions, ...code };
}

const undeliveredAttributes = (target: Target, ruleArn: string, error: unknown): Record<string, string> => ({
  RULE_ARN: ruleArn,
  TARGET_ARN: target.Arn,
  ERROR_CODE: error instanceof Error && 'code' in error ? String(error.code) : 'SDK_CLIENT_ERROR',
  ERROR_MESSAGE: error instanceof Error ? error.message : String(error),
});

const textAttributes = (attributes: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
  );

// Loads what the user would deploy: the packaged stack in the home region, its forwarder of events in every other one, and the role that it takes in other accounts.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stack } from './cloudformation/service.ts';
import { parseTemplate } from './cloudformation/template-text.ts';
import type { Composition } from './composition.ts';
import { ensureTable } from './dynamodb/table.ts';
import { type PackagedStack, packageStack } from './package/package.ts';
import type { Caller, Input } from './service.ts';
import { type Creators, deploy } from './template/deploy.ts';
import { resolveTemplate } from './template/load.ts';
import type { ResolvedResource, ResolvedStack } from './template/stack.ts';

/** `accounts`: those that images may be copied into. */
export type LoadRequest = {
  repository: string;
  stateDirectory: string;
  accounts: string[];
  progress(text: string): void;
  /** Nothing is packaged before. */
  packageAfter?: Promise<unknown>;
};

type Scope = { accountId: string; region: string };

const stage = 'local';
const stackName = `serverless-image-builder-${stage}`;
const forwarderName = `${stackName}-events`;
const distributionName = 'image-builder-distribution';

export async function loadStacks(composed: Composition, request: LoadRequest): Promise<Stack[]> {
  const { repository, accounts, progress } = request;
  const packaged = await packageStack({ ...request, stage });
  progress('Loading the stack');
  return loadPackaged(composed, packaged, repository, accounts);
}

/** Loads a stack that is packaged already, and the templates beside it that stand in the repository. */
export async function loadPackaged(
  composed: Composition,
  { template, artifacts }: Pick<PackagedStack, 'template' | 'artifacts'>,
  repository: string,
  accounts: string[] = [],
): Promise<Stack[]> {
  const { accountId, region } = composed.cloud;
  const parameters: Record<string, string> = accounts.length > 0 ? { Accounts: accounts.join(',') } : {};
  const home = await load(composed, { accountId, region }, { name: stackName, template, artifacts, parameters });

  const outputs = { StackId: home.id, ...Object.fromEntries(home.outputs.map(({ key, value }) => [key, value])) };
  const everywhere = await regionsOf(composed);
  const beside = (file: string, name: string, scopes: Scope[]) => {
    const path = join(repository, file);
    if (!existsSync(path)) return [];
    const loadable = { name, template: parseTemplate(readFileSync(path, 'utf8'), path), artifacts: noArtifacts };
    return scopes.map((scope) => load(composed, scope, { ...loadable, parameters: outputs }));
  };
  const elsewhere = everywhere.filter((name) => name !== region).map((name) => ({ accountId, region: name }));
  const others = accounts.flatMap((other) => everywhere.map((name) => ({ accountId: other, region: name })));
  return [
    home,
    ...(await Promise.all([
      ...beside('regional-events.yml', forwarderName, elsewhere),
      ...beside('distribution-role.yml', distributionName, others),
    ])),
  ];
}

type Loadable = {
  name: string;
  template: object;
  artifacts: (key: string) => string;
  /** Those that the template does not declare are left out. */
  parameters: Record<string, string>;
};

async function load(
  composed: Composition,
  scope: Scope,
  { name, template, artifacts, parameters }: Loadable,
): Promise<Stack> {
  const place = { ...scope, partition: 'aws', urlSuffix: 'amazonaws.com', stackName: name };
  const declared = Object.keys((template as { Parameters?: object }).Parameters ?? {});
  const given = Object.fromEntries(Object.entries(parameters).filter(([key]) => declared.includes(key)));
  const stack = resolveTemplate(template, place, given);
  composed.access.addStack(stack);
  await deploy(stack, artifacts, creators(composed, scope));
  return loaded(stack, scope, composed.cloud.clock.now());
}

function creators(
  { host, stepFunctions, dynamodb, events, sns, sqs, logs, ssm, iam, scheduler }: Composition,
  scope: Scope,
): Creators {
  const caller: Caller = {
    ...scope,
    accessKeyId: scope.accountId,
    principalArn: `arn:aws:iam::${scope.accountId}:root`,
  };
  // What a resource is called when its template leaves the name to CloudFormation.
  const named = (property: string, make: (properties: Input) => unknown) => (resource: ResolvedResource) =>
    make({ ...resource.properties, [property]: resource.name });
  // Policies are read where the stack is checked; nothing has to be made of them.
  const nothing = () => {};
  return {
    function: (definition) => host.register(definition),
    stateMachine: (definition) => stepFunctions.createStateMachine(definition),
    table: named('TableName', (properties) => ensureTable(dynamodb, scope, properties)),
    eventBus: named('Name', (properties) => events.stackBus(scope, properties)),
    rule: named('Name', (properties) => events.stackRule(scope, properties)),
    topic: named('TopicName', (properties) => sns.stackTopic(scope, properties)),
    subscription: ({ properties }) => sns.stackSubscription(properties),
    queue: ({ name }) => sqs.ensureQueue(scope, name),
    logGroup: ({ name, properties }) => logs.ensureGroup(scope, name, Number(properties.RetentionInDays) || undefined),
    parameter: named('Name', ({ Name, Type, Value, Description }) =>
      ssm.service.operations.PutParameter?.({ Name, Type, Value, Description, Overwrite: true }, caller),
    ),
    role: iam.stackRole,
    instanceProfile: iam.stackInstanceProfile,
    managedPolicy: nothing,
    eventBusPolicy: nothing,
    topicPolicy: nothing,
    queuePolicy: nothing,
    scheduleGroup: ({ name }) => scheduler.stackGroup(scope, name),
  };
}

const loaded = (stack: ResolvedStack, scope: Scope, created: number): Stack => ({
  ...scope,
  id: stack.stackId,
  name: stack.stackName,
  created,
  parameters: stack.parameters,
  resources: stack.resources.map(({ logicalId, type, ref }) => ({ logicalId, type, physicalId: ref })),
  outputs: stack.outputs,
});

async function regionsOf({ ec2, cloud: { accountId, region } }: Composition): Promise<string[]> {
  const caller = { accountId, region, accessKeyId: accountId, principalArn: `arn:aws:iam::${accountId}:root` };
  const answer = (await ec2.service.operations.DescribeRegions?.({}, caller)) as {
    regionInfo: { regionName: string }[];
  };
  return answer.regionInfo.map(({ regionName }) => regionName);
}

function noArtifacts(key: string): string {
  throw new Error(`a template that is not packaged has no code: ${key}`);
}

// The functions of a stack as the host registers them: the function with its version and what its asynchronous failures do.
import type { FunctionDefinition } from '../lambda-host/function.ts';
import type { Properties, ResolvedResource, ResolvedStack, Value } from './stack.ts';

/** Properties that change nothing here. */
const without = ['Description', 'Architectures', 'Tags', 'TracingConfig'];

/** `artifacts` gives the zip of a `Code.S3Key`. Throws an Error that names the function and what of it is not supported. */
export function functionDefinition(
  resource: ResolvedResource,
  stack: ResolvedStack,
  artifacts: (key: string) => string,
): FunctionDefinition {
  const {
    FunctionName: _name,
    Code,
    Runtime,
    Handler,
    Role,
    Timeout,
    MemorySize,
    Environment,
    ...rest
  } = resource.properties;
  const { DeadLetterConfig, ReservedConcurrentExecutions, ...others } = rest;
  const refuse = (what: string): never => {
    throw new Error(`resource '${resource.logicalId}' (${resource.type}): ${what}`);
  };
  for (const property of Object.keys(others))
    if (!without.includes(property)) refuse(`property ${property} is not supported`);
  if (Runtime !== 'nodejs24.x') refuse(`runtime ${Runtime} is not supported, only nodejs24.x is`);
  const key = (Code as Properties | undefined)?.S3Key;
  if (typeof key !== 'string') return refuse('Code.S3Key expected');
  const variables = ((Environment as Properties | undefined)?.Variables ?? {}) as Properties;
  const target = (DeadLetterConfig as Properties | undefined)?.TargetArn;
  const version = related(stack, 'AWS::Lambda::Version', resource)?.ref.split(':')[7];
  return {
    name: resource.name,
    zip: artifacts(key),
    handler: String(Handler),
    environment: Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, String(value)])),
    timeout: Number(Timeout ?? 3),
    memorySize: Number(MemorySize ?? 128),
    roleArn: String(Role),
    ...(version === undefined ? {} : { version }),
    ...(ReservedConcurrentExecutions === undefined
      ? {}
      : { reservedConcurrentExecutions: Number(ReservedConcurrentExecutions) }),
    ...(target === undefined ? {} : { deadLetterTargetArn: String(target) }),
    ...invokeConfig(related(stack, 'AWS::Lambda::EventInvokeConfig', resource)?.properties ?? {}),
  };
}

function invokeConfig(properties: Properties): Partial<FunctionDefinition> {
  const { MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig } = properties;
  const destinations = (DestinationConfig ?? {}) as { OnFailure?: Properties; OnSuccess?: Value };
  if (destinations.OnSuccess !== undefined) throw new Error('an OnSuccess destination is not supported');
  const onFailure = destinations.OnFailure?.Destination;
  return {
    ...(MaximumRetryAttempts === undefined ? {} : { maximumRetryAttempts: Number(MaximumRetryAttempts) }),
    ...(MaximumEventAgeInSeconds === undefined ? {} : { maximumEventAgeInSeconds: Number(MaximumEventAgeInSeconds) }),
    ...(onFailure === undefined ? {} : { onFailureArn: String(onFailure) }),
  };
}

/** The resource of a type whose FunctionName is this function, by name or ARN. */
function related(stack: ResolvedStack, type: string, { name, arn }: ResolvedResource): ResolvedResource | undefined {
  return stack.resources.find(
    (resource) => resource.type === type && [name, arn].includes(String(resource.properties.FunctionName)),
  );
}

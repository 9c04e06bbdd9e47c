// PutParameter and the deletions.
import { AwsError, type Caller, type Input, type Operation } from '../service.ts';
import { localName, parameterArn } from './parameter-name.ts';
import type { ParameterType, ParameterVersion, StoredParameter } from './parameter-store.ts';
import type { SystemsManager } from './room.ts';

const types: ParameterType[] = ['String', 'StringList', 'SecureString'];
const mostVersions = 100;
const imageDataType = 'aws:ec2:image';

export function writeParameterOperations(manager: SystemsManager): Record<string, Operation> {
  const { parameters, cloud } = manager;
  function announce(caller: Caller, operation: string, name: string, { type, description }: ParameterVersion): void {
    const { accountId: account, region } = caller;
    cloud.bus.put({
      source: 'aws.ssm',
      'detail-type': 'Parameter Store Change',
      account,
      region,
      resources: [parameterArn(caller, name)],
      detail: { operation, name, type, ...(description && { description }) },
    });
  }
  function remove(caller: Caller, name: string): boolean {
    const last = parameters.find(caller, name)?.versions.at(-1);
    if (last) announce(caller, 'Delete', name, last);
    return parameters.remove(caller, name);
  }
  return {
    PutParameter(input, caller) {
      const name = localName(input.Name, caller);
      checkName(name);
      const before = parameters.find(caller, name);
      const version = newVersion(manager, input, caller, before);
      const stored: StoredParameter = {
        ...{ accountId: caller.accountId, region: caller.region, name },
        versions: [...(before?.versions ?? []), version].slice(-mostVersions),
        tags: before?.tags ?? Object.fromEntries((input.Tags ?? []).map((tag: Input) => [tag.Key, tag.Value])),
      };
      const keep = () => {
        parameters.keep(stored);
        announce(caller, before ? 'Update' : 'Create', name, version);
      };
      // An AMI id is checked after the answer: what is not an available image of the account is dropped without an error.
      if (version.dataType === imageDataType) {
        manager.background(async (signal) => {
          await cloud.clock.sleep(50, signal);
          if (manager.instances.imageAvailable(caller, version.value)) keep();
        });
      } else keep();
      return { Version: version.version, Tier: version.tier };
    },
    DeleteParameter(input, caller) {
      const name = localName(input.Name, caller);
      if (!remove(caller, name)) throw new AwsError('ParameterNotFound', `Parameter ${name} not found.`);
      return {};
    },
    DeleteParameters(input, caller) {
      const names: string[] = input.Names ?? [];
      const deleted = names.filter((name) => remove(caller, localName(name, caller)));
      return { DeletedParameters: deleted, InvalidParameters: names.filter((name) => !deleted.includes(name)) };
    },
  };
}

function checkName(name: string): void {
  const shape = /^[A-Za-z0-9_.\-/]{1,1011}$/;
  if (!shape.test(name) || (name.includes('/') && !name.startsWith('/'))) {
    throw new AwsError(
      'ValidationException',
      `Parameter name ${name}: only a-zA-Z0-9_.-/ are allowed, and a name with "/" must begin with it`,
    );
  }
  if (/^\/?(aws|ssm)/i.test(name)) {
    throw new AwsError('AccessDeniedException', `No access to reserved parameter name: ${name}.`);
  }
}

function newVersion(
  { cloud }: SystemsManager,
  input: Input,
  caller: Caller,
  before: StoredParameter | undefined,
): ParameterVersion {
  const last = before?.versions.at(-1);
  if (input.Overwrite && input.Tags?.length) {
    throw new AwsError(
      'ValidationException',
      "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
    );
  }
  if (before && !input.Overwrite) {
    throw new AwsError(
      'ParameterAlreadyExists',
      'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    );
  }
  const type: unknown = input.Type ?? last?.type;
  if (!types.includes(type as ParameterType)) {
    throw new AwsError(
      'ValidationException',
      `A parameter type is required when you create a parameter: ${types.join(', ')}, not '${input.Type ?? ''}'`,
    );
  }
  if (last && type !== last.type && [type, last.type].includes('SecureString')) {
    throw new AwsError(
      'HierarchyTypeMismatchException',
      `The parameter ${before?.name} cannot change its type from ${last.type} to ${type}`,
    );
  }
  if (typeof input.Value !== 'string' || input.Value === '')
    throw new AwsError('ValidationException', 'A parameter needs a Value that is not empty');
  const tier: string = input.Tier === 'Advanced' ? 'Advanced' : 'Standard';
  const most = tier === 'Advanced' ? 8192 : 4096;
  if (input.Value.length > most)
    throw new AwsError(
      'ValidationException',
      `${tier} tier parameters support a maximum parameter value of ${most} characters.`,
    );
  if (input.AllowedPattern && !new RegExp(input.AllowedPattern).test(input.Value)) {
    throw new AwsError(
      'ParameterPatternMismatchException',
      `Parameter value, cannot be validated against allowedPattern: ${input.AllowedPattern}`,
    );
  }
  const dataType: string = input.DataType ?? last?.dataType ?? 'text';
  if (dataType !== 'text' && dataType !== imageDataType)
    throw new AwsError(
      'ValidationException',
      `The following data type is not supported: ${dataType} (text, ${imageDataType})`,
    );
  const description: string | undefined = input.Description ?? last?.description;
  return {
    version: (last?.version ?? 0) + 1,
    type: type as ParameterType,
    value: input.Value,
    dataType,
    tier,
    modified: cloud.clock.now(),
    user: caller.principalArn,
    ...(description && { description }),
    ...(input.KeyId && { keyId: input.KeyId }),
    ...(input.AllowedPattern && { allowedPattern: input.AllowedPattern }),
  };
}

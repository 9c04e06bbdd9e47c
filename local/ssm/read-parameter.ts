// GetParameter, GetParameters, GetParametersByPath, DescribeParameters and the tags of parameters.
import { AwsError, type Caller, type Input, type Operation } from '../service.ts';
import { page } from './page.ts';
import { localName, parameterArn } from './parameter-name.ts';
import type { ParameterVersion, StoredParameter } from './parameter-store.ts';
import type { SystemsManager } from './room.ts';

export function readParameterOperations(manager: SystemsManager): Record<string, Operation> {
  const { parameters, instances } = manager;

  function get(name: string, caller: Caller): unknown {
    const local = localName(name, caller);
    const imageId = instances.standIn(caller.region, local);
    if (imageId) {
      return {
        Name: local,
        Type: 'String',
        Value: imageId,
        Version: 1,
        LastModifiedDate: new Date(0),
        ARN: `arn:aws:ssm:${caller.region}::parameter${local}`,
        DataType: 'aws:ec2:image',
      };
    }
    const [base = '', selector] = local.split(':');
    const found = parameters.find(caller, base);
    if (!found) return undefined;
    const version =
      selector === undefined ? found.versions.at(-1) : found.versions.find((one) => String(one.version) === selector);
    if (!version)
      throw new AwsError(
        'ParameterVersionNotFound',
        `Systems Manager could not find version ${selector} of ${base}. Verify the version and try again.`,
      );
    return { ...view(found, version), ...(selector && { Selector: `:${selector}` }) };
  }

  return {
    GetParameter(input, caller) {
      const parameter = get(input.Name, caller);
      if (!parameter) throw new AwsError('ParameterNotFound', `Parameter ${input.Name} not found.`);
      return { Parameter: parameter };
    },
    GetParameters(input, caller) {
      const names: string[] = input.Names ?? [];
      if (names.length < 1 || names.length > 10)
        throw new AwsError('ValidationException', `Names must have 1 to 10 members, not ${names.length}`);
      const found = names.map((name) => ({ name, parameter: get(name, caller) }));
      return {
        Parameters: found.flatMap(({ parameter }) => parameter ?? []),
        InvalidParameters: found.filter(({ parameter }) => !parameter).map(({ name }) => name),
      };
    },
    GetParametersByPath(input, caller) {
      const path = `${String(input.Path ?? '').replace(/\/+$/, '')}/`;
      if (!path.startsWith('/'))
        throw new AwsError('ValidationException', `The path '${input.Path}' must begin with /`);
      const below = parameters
        .list(caller)
        .filter(({ name }) => name.startsWith(path) && (input.Recursive || !name.slice(path.length).includes('/')));
      const { items, token } = page(below, input, 10);
      return { Parameters: items.map((parameter) => view(parameter, parameter.versions.at(-1)!)), ...token };
    },
    DescribeParameters(input, caller) {
      const filters: Input[] = input.ParameterFilters ?? [];
      const found = parameters.list(caller).filter((parameter) => filters.every((filter) => fits(parameter, filter)));
      const { items, token } = page(found, input);
      return { Parameters: items.map(metadata), ...token };
    },
    AddTagsToResource(input, caller) {
      const parameter = tagged(manager, input, caller);
      for (const tag of input.Tags ?? []) parameter.tags[tag.Key] = tag.Value;
      parameters.keep(parameter);
      return {};
    },
    RemoveTagsFromResource(input, caller) {
      const parameter = tagged(manager, input, caller);
      for (const key of input.TagKeys ?? []) delete parameter.tags[key];
      parameters.keep(parameter);
      return {};
    },
    ListTagsForResource(input, caller) {
      const { tags } = tagged(manager, input, caller);
      return { TagList: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
    },
  };
}

function tagged({ parameters }: SystemsManager, input: Input, caller: Caller): StoredParameter {
  if (input.ResourceType !== 'Parameter')
    throw new AwsError('InvalidResourceType', `The local cloud tags parameters only, not ${input.ResourceType}`);
  const found = parameters.find(caller, localName(input.ResourceId, caller));
  if (!found) throw new AwsError('InvalidResourceId', `The parameter ${input.ResourceId} does not exist`);
  return found;
}

/** One condition of DescribeParameters. */
function fits(parameter: StoredParameter, { Key, Option, Values }: Input): boolean {
  const last = parameter.versions.at(-1)!;
  const values: string[] = Values ?? [];
  const byKey: Record<string, string> = { Name: parameter.name, Type: last.type, DataType: last.dataType };
  const isTag = String(Key).startsWith('tag:');
  const value = isTag ? parameter.tags[String(Key).slice(4)] : byKey[Key];
  if (isTag && (value === undefined || values.length === 0)) return value !== undefined;
  if (value === undefined)
    throw new AwsError(
      'InvalidFilterKey',
      `The local cloud does not know the filter key ${Key}: Name, Type, DataType or tag:<key>`,
    );
  if (Option === 'BeginsWith') return values.some((one) => value.startsWith(one));
  if (Option === 'Contains') return values.some((one) => value.includes(one));
  return values.includes(value);
}

function view(parameter: StoredParameter, version: ParameterVersion): Record<string, unknown> {
  return {
    Name: parameter.name,
    Type: version.type,
    Value: version.value,
    Version: version.version,
    LastModifiedDate: new Date(version.modified),
    ARN: parameterArn(parameter, parameter.name),
    DataType: version.dataType,
  };
}

function metadata(parameter: StoredParameter): unknown {
  const last = parameter.versions.at(-1)!;
  const { Value: _, ...shown } = view(parameter, last);
  return {
    ...shown,
    LastModifiedUser: last.user,
    Tier: last.tier,
    ...(last.description && { Description: last.description }),
    ...(last.keyId && { KeyId: last.keyId }),
    ...(last.allowedPattern && { AllowedPattern: last.allowedPattern }),
  };
}

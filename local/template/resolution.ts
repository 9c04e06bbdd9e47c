// The parts of one template on their way to a stack: names, properties and attributes, each worked out when something asks for it.
import { createHash } from 'node:crypto';
import { type Lookup, resolveCondition, resolveValue } from './intrinsic-functions.ts';
import { type Draft, generatedName, type ResourceType, resourceTypes } from './resource-types.ts';
import type { Place, Properties, ResolvedResource, ResolvedStack, Value } from './stack.ts';

type Source = { Type?: Value; Properties?: Properties; DependsOn?: Value; Condition?: Value };
export type Section<Entry> = { [key: string]: Entry };

export class Resolution {
  readonly stackId: string;
  readonly #parts: Record<string, Section<Value>>;
  readonly #place: Place;
  readonly #given: Record<string, string>;
  readonly #names = new Map<string, string>();
  /** What is being worked out, from the outside in: to find what needs itself. */
  readonly #path: string[] = [];
  readonly #dependencies = new Map<string, Set<string>>();
  #user: string | undefined;

  constructor(parts: Record<string, Section<Value>>, place: Place, given: Record<string, string>) {
    this.#parts = parts;
    this.#place = place;
    this.#given = given;
    const { partition, region, accountId, stackName } = place;
    const hash = createHash('sha256').update(`${accountId}/${region}/${stackName}`).digest('hex');
    const uuid = [
      hash.slice(0, 8),
      hash.slice(8, 12),
      `4${hash.slice(13, 16)}`,
      `a${hash.slice(17, 20)}`,
      hash.slice(20, 32),
    ];
    this.stackId = `arn:${partition}:cloudformation:${region}:${accountId}:stack/${stackName}/${uuid.join('-')}`;
  }

  /** Those whose condition holds. */
  logicalIds(): string[] {
    return Object.keys(this.#parts.Resources ?? {}).filter((logicalId) => {
      const condition = this.#source(logicalId).Condition;
      return condition === undefined || this.#lookup.condition(String(condition));
    });
  }

  typeOf = (logicalId: string): string => String(this.#source(logicalId).Type);

  resource(logicalId: string): ResolvedResource {
    this.#user = logicalId;
    const type = this.#type(logicalId);
    const draft = this.#draft(logicalId);
    const name = this.#name(logicalId);
    const properties: Properties = {};
    for (const [key, source] of Object.entries(this.#source(logicalId).Properties ?? {})) {
      const value = inProperty(key, () => resolveValue(source, this.#lookup));
      if (value !== undefined) properties[key] = value;
    }
    const arn = type.arn ? { arn: type.arn(name, draft) } : {};
    return { logicalId, type: this.typeOf(logicalId), name, ref: type.ref?.(name, draft) ?? name, ...arn, properties };
  }

  output(output: Properties): Omit<ResolvedStack['outputs'][0], 'key'> | undefined {
    this.#user = undefined;
    if (output.Condition !== undefined && !this.#lookup.condition(String(output.Condition))) return undefined;
    const text = (value: Value | undefined) => String(resolveValue(value ?? null, this.#lookup));
    const exported = (output.Export as Properties | undefined)?.Name;
    return {
      value: text(output.Value),
      ...(output.Description === undefined ? {} : { description: String(output.Description) }),
      ...(exported === undefined ? {} : { exportName: text(exported) }),
    };
  }

  /** What its properties and DependsOn name. */
  dependencies(logicalId: string): string[] {
    const declared = this.#source(logicalId).DependsOn ?? [];
    const needed = [declared].flat().map(String);
    return [...(this.#dependencies.get(logicalId) ?? []), ...needed];
  }

  parameters(): Record<string, Value> {
    const names = Object.keys(this.#parts.Parameters ?? {});
    return Object.fromEntries(names.map((name) => [name, this.#parameter(name)]));
  }

  #source(logicalId: string): Source {
    return (this.#parts.Resources?.[logicalId] ?? {}) as Source;
  }

  #type(logicalId: string): ResourceType {
    const type = this.typeOf(logicalId);
    const known = Object.hasOwn(resourceTypes, type) ? resourceTypes[type] : undefined;
    if (!known) throw new Error(`resources of type ${type} are not supported`);
    return known;
  }

  #draft(logicalId: string): Draft {
    const property = (name: string) => {
      const source = this.#source(logicalId).Properties?.[name];
      return source === undefined
        ? undefined
        : this.#within(`${logicalId}.${name}`, () => resolveValue(source, this.#lookup));
    };
    return { logicalId, place: this.#place, property };
  }

  #name(logicalId: string): string {
    const known = this.#names.get(logicalId);
    if (known !== undefined) return known;
    const type = this.#type(logicalId);
    const draft = this.#draft(logicalId);
    const given = type.named === undefined ? undefined : draft.property(type.named);
    const name = type.name?.(draft) ?? (given === undefined ? generatedName(draft) : String(given));
    this.#names.set(logicalId, name);
    return name;
  }

  #within<Result>(what: string, work: () => Result): Result {
    if (this.#path.includes(what)) throw new Error(`${[...this.#path, what].join(' needs ')}: a cycle`);
    this.#path.push(what);
    try {
      return work();
    } finally {
      this.#path.pop();
    }
  }

  /** A resource that others may refer to: known, and made in this stack. */
  #referred(logicalId: string, how: string): { type: ResourceType; name: string; draft: Draft } {
    if (!this.#parts.Resources?.[logicalId]) throw new Error(`${how}: there is no such resource or parameter`);
    if (!this.logicalIds().includes(logicalId)) throw new Error(`${how}: the resource's condition does not hold`);
    if (this.#user !== undefined && this.#user !== logicalId) {
      const needed = this.#dependencies.get(this.#user) ?? new Set();
      this.#dependencies.set(this.#user, needed.add(logicalId));
    }
    return { type: this.#type(logicalId), name: this.#name(logicalId), draft: this.#draft(logicalId) };
  }

  readonly #lookup: Lookup = {
    ref: (name) => {
      if (name === 'AWS::NoValue') return undefined;
      if (name.startsWith('AWS::')) return this.#pseudo(name);
      if (this.#parts.Parameters?.[name]) return this.#parameter(name);
      const { type, name: physical, draft } = this.#referred(name, `Ref ${name}`);
      return type.ref?.(physical, draft) ?? physical;
    },
    attribute: (logicalId, attribute) => {
      const { type, name, draft } = this.#referred(logicalId, `Fn::GetAtt ${logicalId}.${attribute}`);
      const attributes = type.attributes ?? {};
      const found = Object.hasOwn(attributes, attribute) ? attributes[attribute] : undefined;
      if (found) return found(name, draft);
      const known = Object.keys(attributes).join(', ') || 'none';
      throw new Error(
        `Fn::GetAtt ${logicalId}.${attribute}: ${this.typeOf(logicalId)} has no such attribute here (${known})`,
      );
    },
    condition: (name) => {
      const condition = this.#parts.Conditions?.[name];
      if (condition === undefined) throw new Error(`there is no condition '${name}'`);
      return this.#within(`condition ${name}`, () => resolveCondition(condition, this.#lookup));
    },
  };

  #pseudo(name: string): Value {
    const { accountId, region, partition, urlSuffix, stackName } = this.#place;
    const values: Record<string, Value> = {
      'AWS::AccountId': accountId,
      'AWS::Region': region,
      'AWS::Partition': partition,
      'AWS::URLSuffix': urlSuffix,
      'AWS::StackName': stackName,
      'AWS::StackId': this.stackId,
      'AWS::NotificationARNs': [],
    };
    const value = values[name];
    if (value === undefined) throw new Error(`Ref ${name}: there is no such pseudo parameter`);
    return value;
  }

  #parameter(name: string): Value {
    const { Type, Default, AllowedValues } = (this.#parts.Parameters?.[name] ?? {}) as Properties;
    const value = this.#given[name] ?? Default;
    if (value === undefined) throw new Error(`parameter '${name}': no value given and no default`);
    if (Array.isArray(AllowedValues) && !AllowedValues.map(String).includes(String(value)))
      throw new Error(`parameter '${name}': '${value}' is not one of ${AllowedValues.join(', ')}`);
    if (Type === 'String') return String(value);
    if (Type === 'Number' && !Number.isNaN(Number(value))) return String(value);
    if (Type === 'CommaDelimitedList')
      return String(value)
        .split(',')
        .map((item) => item.trim());
    throw new Error(`parameter '${name}': type ${Type} with value '${value}' is not supported`);
  }
}

function inProperty<Result>(name: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw new Error(`property ${name}: ${(error as Error).message}`, { cause: error });
  }
}

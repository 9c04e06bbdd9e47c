// What one call needs: actions on resources, with the condition keys that the service would give for each.
import type { ResourceFacts } from '../ec2/facts.ts';
import type { Caller, Input } from '../service.ts';

export type Need = { action: string; resource: string; context: NeedContext };

/** By condition key; what is undefined or empty is a missing key. */
export type NeedContext = Record<string, string | string[] | undefined>;

/** What the services know and a request does not say. */
export type Facts = {
  /** An instance, image, snapshot, volume or network interface. */
  find(id: string): ResourceFacts | undefined;
  /** The role in an instance profile, both by ARN. */
  roleOf(instanceProfileArn: string): string | undefined;
  /** The hash key of a table or index, by ARN. */
  hashKeyOf(arn: string): string | undefined;
};

/** Needs of each operation of a service; an operation that is not here is refused to every role. */
export type Needs = Record<string, (input: Input, caller: Caller, facts: Facts) => Need[]>;

export const need = (action: string, resource: string, context: NeedContext = {}): Need => ({
  action,
  resource,
  context,
});

/** For actions that know no resources. */
export const anywhere = (action: string) => (): Need[] => [need(action, '*')];

export const listOf = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : value === undefined || value === '' ? [] : [value];

/** `prefix/key` for each tag. */
export const tagKeys = (prefix: string, tags: Record<string, string>): NeedContext =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`${prefix}/${key}`, value]));

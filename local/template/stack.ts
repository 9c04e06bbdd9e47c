// A CloudFormation stack with everything resolved: what the services are made from.

export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };
export type Properties = { [key: string]: Value };

/** Where the stack lives; the pseudo parameters come from it. */
export type Place = {
  accountId: string;
  region: string;
  partition: string;
  urlSuffix: string;
  stackName: string;
};

export type ResolvedResource = {
  logicalId: string;
  type: string;
  /** Its name as AWS would have it: the one the template gives, or a generated one that stays the same. */
  name: string;
  /** What `Ref` gives. */
  ref: string;
  /** Where its type has one. */
  arn?: string;
  properties: Properties;
};

export type ResolvedStack = {
  stackName: string;
  stackId: string;
  parameters: Record<string, Value>;
  /** Each after those that it depends on. */
  resources: ResolvedResource[];
  outputs: { key: string; value: string; description?: string; exportName?: string }[];
};

// Parameter Store's records: each name's versions and tags, kept in one file.
import { join } from 'node:path';
import { readJson, writeJson } from '../state/json-file.ts';

export type ParameterType = 'String' | 'StringList' | 'SecureString';

export type ParameterVersion = {
  version: number;
  type: ParameterType;
  value: string;
  dataType: string;
  description?: string;
  keyId?: string;
  allowedPattern?: string;
  tier: string;
  modified: number;
  user: string;
};

export type StoredParameter = {
  accountId: string;
  region: string;
  name: string;
  /** Oldest first, at most a hundred. */
  versions: ParameterVersion[];
  tags: Record<string, string>;
};

type Scope = { accountId: string; region: string };

export type ParameterStore = {
  find(scope: Scope, name: string): StoredParameter | undefined;
  list(scope: Scope): StoredParameter[];
  keep(parameter: StoredParameter): void;
  remove(scope: Scope, name: string): boolean;
};

export function parameterStore(stateDirectory: string): ParameterStore {
  const file = join(stateDirectory, 'ssm', 'parameters.json');
  const kept = new Map(
    readJson<StoredParameter[]>(file, []).map((parameter) => [key(parameter, parameter.name), parameter]),
  );
  const save = () => writeJson(file, [...kept.values()]);
  return {
    find: (scope, name) => kept.get(key(scope, name)),
    list: ({ accountId, region }) =>
      [...kept.values()]
        .filter((parameter) => parameter.accountId === accountId && parameter.region === region)
        .sort((one, other) => (one.name < other.name ? -1 : 1)),
    keep(parameter) {
      kept.set(key(parameter, parameter.name), parameter);
      save();
    },
    remove(scope, name) {
      const was = kept.delete(key(scope, name));
      if (was) save();
      return was;
    },
  };
}

/** `parameter/a/b` is the same in ARNs with and without a leading slash, but `/a` and `a` are two names. */
function key({ accountId, region }: Scope, name: string): string {
  return `${accountId} ${region} ${name}`;
}

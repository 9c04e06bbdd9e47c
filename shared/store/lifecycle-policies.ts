// Keeps lifecycle policies: they have no versions, the last one registered counts.
import type { Table } from '../aws/table.ts';
import { lifecyclePartition } from '../model/lifecycle.ts';
import type { LifecyclePolicy } from '../model/lifecycle-policy-schema.ts';
import { normalisedName } from '../model/names.ts';
import { kinds } from './kinds.ts';

export type LifecyclePolicyRecord = {
  name: string;
  description?: string | undefined;
  policy: LifecyclePolicy;
  hash: string;
  dateUpdated: string;
};

export type LifecyclePolicies = {
  find(name: string): Promise<LifecyclePolicyRecord | undefined>;
  /** Of all that are registered, in order; one that is gone may be among them. */
  names(): Promise<string[]>;
  put(record: LifecyclePolicyRecord): Promise<'created' | 'updated' | 'unchanged'>;
  /** Forgets the policy; its runs stay until their time is over. */
  delete(name: string): Promise<void>;
};

const keyOf = (name: string) => ({ pk: lifecyclePartition(normalisedName(name)), sk: 'policy' });

export function lifecyclePolicies(table: Table): LifecyclePolicies {
  const find = async (name: string) => (await table.get(keyOf(name))) as unknown as LifecyclePolicyRecord | undefined;
  return {
    find,
    names: () => kinds(table).names('lifecycle-policy'),
    async put(record) {
      await kinds(table).note('lifecycle-policy', record.name);
      const before = await find(record.name);
      if (before?.hash === record.hash) return 'unchanged';
      await table.put({ ...keyOf(record.name), ...record });
      return before ? 'updated' : 'created';
    },
    async delete(name) {
      await table.delete(keyOf(name));
      await kinds(table).forget('lifecycle-policy', name);
    },
  };
}

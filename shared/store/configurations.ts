// Keeps infrastructure and distribution configurations: they have no versions, the last one registered counts.
import type { Table } from '../aws/table.ts';
import { normalisedName } from '../model/names.ts';
import type { Pipeline } from '../model/pipeline-schema.ts';
import { kinds } from './kinds.ts';

export type ConfigurationOf = {
  'infrastructure-configuration': Pipeline['infrastructureConfiguration'];
  'distribution-configuration': Pipeline['distributionConfiguration'];
};

export type ConfigurationType = keyof ConfigurationOf;

export type ConfigurationRecord<Type extends ConfigurationType> = {
  name: string;
  description?: string | undefined;
  configuration: ConfigurationOf[Type];
  hash: string;
  dateUpdated: string;
};

export type Configurations = {
  find<Type extends ConfigurationType>(type: Type, name: string): Promise<ConfigurationRecord<Type> | undefined>;
  put<Type extends ConfigurationType>(
    type: Type,
    record: ConfigurationRecord<Type>,
  ): Promise<'created' | 'updated' | 'unchanged'>;
  delete(type: ConfigurationType, name: string): Promise<void>;
};

const keyOf = (type: ConfigurationType, name: string) => ({
  pk: `${type}#${normalisedName(name)}`,
  sk: 'configuration',
});

export function configurations(table: Table): Configurations {
  const find = async <Type extends ConfigurationType>(type: Type, name: string) =>
    (await table.get(keyOf(type, name))) as unknown as ConfigurationRecord<Type> | undefined;
  return {
    find,
    async put(type, record) {
      await kinds(table).note(type, record.name);
      const before = await find(type, record.name);
      if (before?.hash === record.hash) return 'unchanged';
      await table.put({ ...keyOf(type, record.name), ...record });
      return before ? 'updated' : 'created';
    },
    async delete(type, name) {
      await table.delete(keyOf(type, name));
      await kinds(table).forget(type, name);
    },
  };
}

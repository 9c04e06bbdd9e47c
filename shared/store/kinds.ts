// Which resources of one kind there are, by name: noted before the resource, so that a list may name too much, never too little.
import type { Table } from '../aws/table.ts';
import type { ResourceType } from '../model/arns.ts';
import { normalisedName } from '../model/names.ts';

export type Kinds = {
  note(kind: ResourceType, name: string): Promise<void>;
  forget(kind: ResourceType, name: string): Promise<void>;
  /** Normalised names, in order. */
  names(kind: ResourceType): Promise<string[]>;
};

const partition = (kind: ResourceType) => `kind#${kind}`;

export function kinds(table: Table): Kinds {
  return {
    note: (kind, name) => table.put({ pk: partition(kind), sk: normalisedName(name), name }),
    forget: (kind, name) => table.delete({ pk: partition(kind), sk: normalisedName(name) }),
    names: async (kind) => (await table.query(partition(kind), '', { only: ['sk'] })).map(({ sk }) => String(sk)),
  };
}

// Keeps waits: one item per resource and wanted state, where the task token and the result find each other.
import type { Table } from '../aws/table.ts';
import type { EndedBy, Outcome } from '../build/outcome.ts';

/** What is waited for: an instance to run or to be stopped, an AMI to be available, a command to end, an image to be approved, an export to be completed. */
export type Wanted = 'running' | 'stopped' | 'available' | 'approved' | 'exported' | `command#${string}`;

export type Wait = {
  resource: string;
  wanted: Wanted;
  image: string;
  /** Ledger entry of the resource. */
  entry: string;
  /** Key of the image's timeline. */
  timeline: string;
  region: string;
  /** The account it is in; absent: the stack's own. */
  account?: string;
  token?: string;
  result?: Outcome;
  endedBy?: EndedBy;
};

export type Waits = {
  /** Makes the wait, once; events of resources without one are dropped. */
  open(wait: Wait, expires: number): Promise<void>;
  /** Puts this attempt's token in place. Answers the wait as it was before: an older token, or the result that came first. */
  register(resource: string, wanted: Wanted, token: string): Promise<Wait>;
  /** Writes the result, once. Answers the wait as it stands, with the first result, and whether this call wrote it. */
  settle(wait: Wait, result: Outcome, endedBy: EndedBy): Promise<{ wait: Wait; first: boolean }>;
  of(resource: string): Promise<Wait[]>;
};

const keyOf = (resource: string, wanted: string) => ({ pk: `wait#${resource}`, sk: wanted });

export function waits(table: Table): Waits {
  const read = async (resource: string, wanted: Wanted) =>
    (await table.get(keyOf(resource, wanted))) as unknown as Wait | undefined;
  return {
    open: async (wait, expires) =>
      void (await table.putNew({ ...keyOf(wait.resource, wait.wanted), ...wait, expires })),
    async register(resource, wanted, token) {
      const before = await table.update(keyOf(resource, wanted), {
        set: '#token = :token',
        names: { '#token': 'token', '#result': 'result' },
        values: { ':token': token },
        when: 'attribute_exists(pk) AND attribute_not_exists(#result)',
        returns: 'ALL_OLD',
      });
      return (before ?? (await read(resource, wanted))) as unknown as Wait;
    },
    async settle({ resource, wanted }, result, endedBy) {
      const settled = await table.update(keyOf(resource, wanted), {
        set: '#result = :result, endedBy = :endedBy',
        names: { '#result': 'result' },
        values: { ':result': result, ':endedBy': endedBy },
        when: 'attribute_exists(pk) AND attribute_not_exists(#result)',
      });
      const first = settled !== undefined;
      return { wait: (settled ?? (await read(resource, wanted))) as unknown as Wait, first };
    },
    of: async (resource) => (await table.query(`wait#${resource}`)) as unknown as Wait[],
  };
}

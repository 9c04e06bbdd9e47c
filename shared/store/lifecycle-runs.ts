// Keeps the runs of lifecycle policies, and of each image what was decided last, before anything was done to it: for 90 days.
import type { Table } from '../aws/table.ts';
import { type LifecycleResource, type LifecycleRun, lifecyclePartition } from '../model/lifecycle.ts';
import { normalisedName } from '../model/names.ts';

export type LifecycleRuns = {
  begin(policy: string, run: LifecycleRun): Promise<void>;
  end(policy: string, run: LifecycleRun): Promise<void>;
  /** The newest first. */
  newest(policy: string, limit: number): Promise<LifecycleRun[]>;
  /** Writes what is about to be done to an image, and afterwards what became of it. */
  note(policy: string, resource: LifecycleResource): Promise<void>;
  /** What runs have begun and not finished, since they were killed, something failed, or they are at it now. */
  unfinished(policy: string): Promise<LifecycleResource[]>;
};

/** Seconds. */
const remembered = 90 * 24 * 60 * 60;

const isUnfinished = ({ state }: Pick<LifecycleResource, 'state'>) => state === 'IN_PROGRESS' || state === 'FAILED';

/** Of what is finished nobody reads more than that. */
const kept = (resource: LifecycleResource) => {
  const { image, run, state } = resource;
  return isUnfinished(resource) ? resource : { image, run, state };
};

const runKey = ({ time, id }: LifecycleRun) => `run#${time}#${id}`;

export function lifecycleRuns(table: Table, now: () => number): LifecycleRuns {
  const pk = (policy: string) => lifecyclePartition(normalisedName(policy));
  const expires = () => Math.floor(now() / 1000) + remembered;
  const put = (policy: string, sk: string, item: object) =>
    table.put({ pk: pk(policy), sk, ...item, expires: expires() });
  const read = <Kept>({ pk: _, sk: __, expires: ___, ...item }: Record<string, unknown>) => item as Kept;
  return {
    begin: (policy, run) => put(policy, runKey(run), run),
    end: (policy, run) => put(policy, runKey(run), run),
    newest: async (policy, limit) =>
      (await table.query(pk(policy), 'run#', { newestFirst: true, limit }))
        .slice(0, limit)
        .map((item) => read<LifecycleRun>(item)),
    note: (policy, resource) => put(policy, `begun#${resource.image}`, kept(resource)),
    unfinished: async (policy) =>
      (await table.query(pk(policy), 'begun#')).map((item) => read<LifecycleResource>(item)).filter(isUnfinished),
  };
}

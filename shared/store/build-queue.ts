// Keeps who builds a pipeline, and the one request that waits behind it, whatever number of requests were merged into it.
import type { Table } from '../aws/table.ts';
import { normalisedName } from '../model/names.ts';
import type { Trigger } from '../model/pipeline-run.ts';
import { longestReason, mostReasons } from '../model/start-build.ts';

/** Held by an execution, not for a time: whoever meets it asks Step Functions whether its owner still runs. */
export type Lock = {
  /** ARN of the execution; its name is known before it is started. */
  owner: string;
  image: string;
  /** Epoch milliseconds after which an owner that was never started can no longer be. */
  until: number;
};

export type Pending = {
  id: string;
  /** Requests merged into it so far; tells whether it is still what was read. */
  count: number;
  /** ISO 8601: not to be served before. */
  due: string;
  since: string;
  triggers: Trigger[];
  reasons: string[];
  /** Ids of the requests, so that one that is tried again is not merged again. */
  requests: string[];
};

export type Merge = {
  /** Of the pending request, where it is the first. */
  id: string;
  due: string;
  since: string;
  trigger: Trigger;
  reasons: string[];
  /** Its own id. */
  request: string;
};

export type BuildQueue = {
  lock(pipeline: string): Promise<Lock | undefined>;
  /** Takes the lock when it is free, ours already, or held by `dead`. */
  take(pipeline: string, lock: Lock, dead?: string): Promise<boolean>;
  /** Frees the lock of this image's build. */
  free(pipeline: string, image: string): Promise<void>;
  pending(pipeline: string): Promise<Pending | undefined>;
  /** Adds a request to the one that waits, once; `id` and `since` count for the first, of `due` the earliest. */
  merge(pipeline: string, merge: Merge): Promise<Pending | undefined>;
  /** Makes it another request, so that it gets another build: the one it had can never run. */
  renew(pipeline: string, pending: Pending): Promise<void>;
  /** False when more was merged since it was read. */
  drop(pipeline: string, pending: Pending): Promise<boolean>;
  /** Names of the pipelines with a waiting request. */
  waiting(): AsyncIterable<string>;
};

/** Under this type the index `listed-by-date` lists the waiting requests. */
const listed = 'pending';
/** Reasons that are kept of one that waits: more would say no more. */
const mostKept = 20;
/** Ids that fit into an item of 400 KB with room to spare; later requests may be merged twice, which costs a build and loses none. */
const mostRequests = 2000;

const key = (pipeline: string, sk: 'lock' | 'pending') => ({ pk: `pipeline#${normalisedName(pipeline)}`, sk });

export function buildQueue(table: Table): BuildQueue {
  return {
    async lock(pipeline) {
      const item = await table.get(key(pipeline, 'lock'));
      return item?.owner === undefined ? undefined : (item as unknown as Lock);
    },
    take: async (pipeline, { owner, image, until }, dead) =>
      (await table.update(key(pipeline, 'lock'), {
        set: '#owner = :owner, image = :image, #until = :until',
        names: { '#owner': 'owner', '#until': 'until' },
        values: { ':owner': owner, ':image': image, ':until': until, ...(dead && { ':dead': dead }) },
        when: `attribute_not_exists(#owner) OR #owner = :owner${dead ? ' OR #owner = :dead' : ''}`,
      })) !== undefined,
    free: async (pipeline, image) =>
      void (await table.update(key(pipeline, 'lock'), {
        remove: '#owner, image, #until',
        names: { '#owner': 'owner', '#until': 'until' },
        values: { ':image': image },
        when: 'image = :image',
      })),
    pending: async (pipeline) => pendingOf(await table.get(key(pipeline, 'pending'))),
    async merge(pipeline, { id, due, since, trigger, reasons, request }) {
      const where = key(pipeline, 'pending');
      const merge = (remembered: boolean) =>
        table.update(where, {
          set: '#id = if_not_exists(#id, :id), due = if_not_exists(due, :due), since = if_not_exists(since, :since), #type = :type, dateCreated = if_not_exists(dateCreated, :since), pipeline = :pipeline',
          add: `#count :one, triggers :triggers${remembered ? ', requests :requests' : ''}`,
          names: { '#id': 'id', '#type': 'type', '#count': 'count' },
          values: {
            ...{ ':id': id, ':due': due, ':since': since, ':type': listed, ':pipeline': pipeline },
            ...{ ':one': 1, ':triggers': new Set([trigger]), ':request': request },
            ...(remembered && { ':requests': new Set([request]), ':most': mostRequests }),
          },
          when: remembered
            ? 'attribute_not_exists(requests) OR (NOT contains(requests, :request) AND size(requests) < :most)'
            : 'NOT contains(requests, :request)',
        });
      const merged = (await merge(true)) ?? (await merge(false));
      if (merged && due < String(merged.due))
        await table.update(where, { set: 'due = :due', values: { ':due': due }, when: 'due > :due' });
      if (merged && reasons.length > 0)
        await table.update(where, {
          add: 'reasons :added',
          values: {
            ':added': new Set(reasons.slice(0, mostReasons).map((text) => text.slice(0, longestReason))),
            ':most': mostKept,
          },
          when: 'attribute_exists(pk) AND (attribute_not_exists(reasons) OR size(reasons) < :most)',
        });
      return pendingOf(merged ?? (await table.get(where)));
    },
    renew: async (pipeline, { id, count }) =>
      void (await table.update(key(pipeline, 'pending'), {
        add: '#count :one',
        names: { '#id': 'id', '#count': 'count' },
        values: { ':id': id, ':count': count, ':one': 1 },
        when: '#id = :id AND #count = :count',
      })),
    drop: async (pipeline, { id, count }) =>
      table.deleteWhen(key(pipeline, 'pending'), {
        names: { '#id': 'id', '#count': 'count' },
        values: { ':id': id, ':count': count },
        when: 'attribute_not_exists(pk) OR (#id = :id AND #count = :count)',
      }),
    async *waiting() {
      for await (const item of table.byDate(listed)) yield String(item.pipeline);
    },
  };
}

function pendingOf(item: Record<string, unknown> | undefined): Pending | undefined {
  if (item?.id === undefined) return undefined;
  const list = (value: unknown) => [...((value as Set<string> | undefined) ?? [])].toSorted();
  const { id, count, due, since } = item as unknown as Pending;
  const triggers = list(item.triggers) as Trigger[];
  return { id, count, due, since, triggers, reasons: list(item.reasons), requests: list(item.requests) };
}

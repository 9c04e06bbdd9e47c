// An account with images of several families, retired by the real phase: EC2 and the stores in memory, every call counted, so that any of them can be the last.
import type { AmiUses } from '../../shared/aws/ami-uses.ts';
import type { RetiringAmis } from '../../shared/aws/retiring-amis.ts';
import type { ChannelUse } from '../../shared/build/lifecycle-use.ts';
import type { Publication } from '../../shared/build/target.ts';
import type { ImageRecord, ImageStatus } from '../../shared/model/image-record.ts';
import type { LifecycleReport, LifecycleResource, LifecycleRun } from '../../shared/model/lifecycle.ts';
import { type LifecyclePolicy, lifecyclePolicySchema } from '../../shared/model/lifecycle-policy-schema.ts';
import { imageTag, stackTag } from '../../shared/model/tags.ts';
import { type Applying, applyLifecycle } from '../../shared/phase/apply-lifecycle.ts';
import type { Retired } from '../../shared/store/images.ts';

export const own = '000000000000';
export const other = '111111111111';
export const start = Date.parse('2026-11-23T10:00:00.000Z');
export const day = 24 * 60 * 60_000;
export const stackId = 'the-stack';
export const policyName = 'retire';

export type Ami = {
  region: string;
  account: string;
  state: 'available' | 'disabled';
  isPublic?: boolean;
  tags: Record<string, string>;
  snapshots: string[];
  deprecationTime?: string;
  lastLaunched?: string;
  protection?: string;
  sharedWith?: string[];
  uses?: string[];
};

export class Killed extends Error {
  override name = 'Killed';
}

export type Account = {
  images: Map<string, ImageRecord>;
  amis: Map<string, Ami>;
  snapshots: Set<string>;
  channels: (ChannelUse & { name: string })[];
  /** Builds with what they have set, or begun to. `settled`: nothing of theirs is left to be released. */
  publishing: { by: string; publication: Publication; settled: boolean }[];
};

export const emptyAccount = (): Account => ({
  images: new Map(),
  amis: new Map(),
  snapshots: new Set(),
  channels: [],
  publishing: [],
});

export const arnOf = (name: string, version: string) =>
  `arn:aws:imagebuilder:us-east-1:${own}:image/${name}/${version}`;

type Made = {
  name: string;
  version: string;
  age: number;
  status?: ImageStatus;
  amis?: Record<string, Partial<Ami>>;
  more?: Partial<ImageRecord>;
};

/** An image, `age` days old, with AMIs by id. */
export function addImage(account: Account, { name, version, age, status = 'AVAILABLE', amis = {}, more }: Made) {
  const arn = arnOf(name, version);
  for (const [id, ami] of Object.entries(amis)) {
    const snapshots = ami.snapshots ?? [`snap-of-${id}`];
    for (const snapshot of snapshots) account.snapshots.add(snapshot);
    account.amis.set(id, {
      ...{ region: 'us-east-1', account: own, state: 'available', ...ami, snapshots },
      tags: { [stackTag]: stackId, [imageTag]: arn, ...ami.tags },
    });
  }
  account.images.set(arn, {
    ...{ pk: arn, sk: 'image', arn, name, version, type: 'AMI', platform: 'Linux', buildType: 'SCHEDULED' },
    ...{ dateCreated: new Date(start - age * day).toISOString(), state: { status }, timeline: {}, notes: [] },
    ...{ sourcePipelineName: name, sourcePipelineArn: `${name}-arn`, logGroupName: '/stack/x' },
    outputResources: {
      amis: Object.keys(amis).map((image) => {
        const { region, account: accountId } = account.amis.get(image)!;
        return { region, image, name: image, accountId };
      }),
    },
    ...more,
  });
  return arn;
}

export function policyOf(changes: object = {}): LifecyclePolicy {
  return lifecyclePolicySchema.parse({
    policyDetails: [
      {
        action: { type: 'DELETE', includeResources: { amis: true, snapshots: true } },
        filter: { type: 'COUNT', value: 2 },
      },
    ],
    resourceSelection: { recipes: [{ name: 'web', semanticVersion: 'x.x.x' }] },
    ...changes,
  });
}

export type LifecycleWorld = ReturnType<typeof lifecycleWorld>;

export function lifecycleWorld(account: Account, policy: LifecyclePolicy) {
  let time = start;
  let calls = 0;
  let lastCall = Number.POSITIVE_INFINITY;
  const acts: string[] = [];
  const events: { image: string; from: string; to: string }[] = [];
  const runs = new Map<string, LifecycleRun>();
  const resources = new Map<string, LifecycleResource>();
  const released = new Map<string, boolean>();
  const refuse: { call?: (text: string) => Error | undefined; after?: (text: string) => void } = {};
  /** A killed process has made its last call, or dies before the answer comes. */
  const call = async <T>(text: string, act: () => T): Promise<T> => {
    if (++calls > lastCall) throw new Killed(text);
    const error = refuse.call?.(text);
    if (error) throw error;
    const answer = structuredClone(act());
    refuse.after?.(text);
    if (calls === lastCall) throw new Killed(text);
    return answer;
  };
  const { images, amis, snapshots, channels } = account;
  const acting = <T>(text: string, act: () => T) =>
    call(text, () => {
      acts.push(text);
      return act();
    });
  const ami = (id: string) => {
    const found = amis.get(id);
    if (!found) throw new Error(`InvalidAMIID.NotFound ${id}`);
    return found;
  };
  const set = (id: string, facts: Partial<Ami>) => void Object.assign(ami(id), facts);
  const retiring = (region: string, accountId = own): RetiringAmis => ({
    describe: (ids) =>
      call(`describe in ${region}`, () => {
        const here = [...amis].filter(
          ([id, one]) => ids.includes(id) && one.region === region && one.account === accountId,
        );
        return new Map(
          here.map(([id, { state, isPublic = false, tags, snapshots: parts, ...one }]) => [
            id,
            {
              ...{ state, isPublic, tags, snapshots: parts },
              ...(one.deprecationTime && { deprecationTime: one.deprecationTime }),
              ...(one.lastLaunched && { lastLaunched: one.lastLaunched }),
              ...(one.protection && { deregistrationProtection: one.protection }),
            },
          ]),
        );
      }),
    sharedWith: (ids, accounts) =>
      call(`shares in ${region}`, () => {
        const shared = ids.filter((id) => amis.get(id)?.sharedWith?.some((one) => accounts.includes(one)));
        return new Map(shared.map((id) => [id, amis.get(id)!.sharedWith!]));
      }),
    deprecate: (id, at) => acting(`deprecate ${id}`, () => set(id, { deprecationTime: at.toISOString() })),
    undeprecate: (id) => acting(`undeprecate ${id}`, () => void delete ami(id).deprecationTime),
    disable: (id) => acting(`disable ${id}`, () => set(id, { state: 'disabled' })),
    enable: (id) => acting(`enable ${id}`, () => set(id, { state: 'available' })),
    deregister: (id, withSnapshots) =>
      acting(`deregister ${id}`, () => {
        const { snapshots: parts } = ami(id);
        amis.delete(id);
        // EC2 deletes what it can: the last one is left, as a busy EC2 may.
        if (withSnapshots) for (const part of parts.slice(0, -1)) if (!userOf(part)) snapshots.delete(part);
        return 'deregistered' as const;
      }),
    snapshotsLeft: (ids) => call('snapshots', () => ids.filter((id) => snapshots.has(id))),
    deleteSnapshot: (id) =>
      acting(`delete ${id}`, () => {
        if (userOf(id)) return 'in use' as const;
        return snapshots.delete(id) ? ('deleted' as const) : ('gone' as const);
      }),
  });
  const userOf = (snapshot: string) => [...amis.values()].find((one) => one.snapshots.includes(snapshot));
  const uses = (region: string, accountId = own): AmiUses => ({
    of: (ids) =>
      call(`uses in ${region}`, () => {
        const here = ids.filter((id) => amis.get(id)?.region === region && amis.get(id)?.account === accountId);
        return new Map(here.flatMap((id) => (amis.get(id)?.uses?.length ? [[id, amis.get(id)!.uses!]] : [])));
      }),
  });
  const never = async () => {
    throw new Error('nobody asks for this');
  };
  const applying = {
    images: {
      read: (arn: string) => call('read', () => images.get(arn)!),
      find: (arn: string) => call('find', () => images.get(arn)),
      async *all() {
        const newestFirst = [...images.values()].sort((a, b) => b.dateCreated.localeCompare(a.dateCreated));
        yield* await call('list', () => newestFirst);
      },
      retire: (arn: string, { from, status, reason, amis: outputs, lifecycle }: Retired) =>
        call(`record ${arn}`, () => {
          const image = images.get(arn)!;
          if (image.state.status !== from) return undefined;
          Object.assign(image, { state: { status, reason }, outputResources: { amis: outputs } });
          if (lifecycle) image.lifecycle = lifecycle;
          if (status !== from) image.unannounced = from;
          return image;
        }),
      announced: (arn: string) => call('announced', () => void delete images.get(arn)!.unannounced),
    },
    retirements: {
      mark: (arn: string, mark: { run: string; until: number }) =>
        call('mark', () => {
          const image = images.get(arn)!;
          if (image.retiring && image.retiring.run !== mark.run && time <= image.retiring.until) return false;
          image.retiring = mark;
          return true;
        }),
      unmark: (arn: string, run: string) =>
        call('unmark', () => {
          const image = images.get(arn)!;
          if (image.retiring?.run === run) delete image.retiring;
        }),
      users: () => call('users', () => []),
    },
    ledgers: {
      async *unsettled() {
        yield* await call('unsettled', () => account.publishing.filter(({ settled }) => !settled).map(({ by }) => by));
      },
      find: (image: string) =>
        call('ledger', () => ({
          publication: account.publishing.find(({ by }) => by === image)?.publication,
          entries: Object.fromEntries(
            images
              .get(image)!
              .outputResources.amis.map(({ region, image: id }, index) => [
                `CopyRegion#${index}#0`,
                { kind: 'copy', region, token: '', since: 0, until: 0, id },
              ]),
          ),
        })),
      retire: (image: string, key: string, { snapshotsKept }: { snapshotsKept: boolean }) =>
        call('release', () => void released.set(`${image} ${key}`, snapshotsKept)),
    },
    runs: {
      begin: (_: string, run: LifecycleRun) => call('begin', () => void runs.set(run.id, structuredClone(run))),
      end: (_: string, run: LifecycleRun) => call('end', () => void runs.set(run.id, structuredClone(run))),
      newest: (_: string, limit: number) => call('runs', () => [...runs.values()].reverse().slice(0, limit)),
      note: (_: string, resource: LifecycleResource) =>
        call('note', () => void resources.set(resource.image, structuredClone(resource))),
      unfinished: () =>
        call('unfinished', () =>
          [...resources.values()].filter(({ state }) => state === 'IN_PROGRESS' || state === 'FAILED'),
        ),
    },
    policies: {
      find: async (name: string) =>
        name === policyName ? { name, policy, hash: '', dateUpdated: new Date(start).toISOString() } : undefined,
      names: async () => [policyName],
    },
    channelsOf: (name: string) =>
      call('channels', () =>
        channels.filter((one) => one.name === name).map(({ channel, image }) => ({ channel, image })),
      ),
    notices: {
      putEvent: (notice: { resources: string[]; detail: object }) =>
        call('event', () => {
          const { 'previous-state': from, state } = notice.detail as Record<string, { status: string }>;
          events.push({ image: notice.resources[0]!, from: from!.status, to: state!.status });
        }),
      publish: never,
    },
    metrics: { count: () => {}, seconds: () => {} },
    ...{ retiring, uses, accountId: own, stackId, now: () => time },
  } as unknown as Applying;
  const run = async (request: Parameters<typeof applyLifecycle>[1]): Promise<LifecycleReport> => {
    const [report] = await applyLifecycle(applying, request, { until: time + 15 * 60_000 });
    return report!;
  };
  return {
    ...{ account, acts, events, runs, resources, released, applying, refuse },
    calls: () => calls,
    pass: (milliseconds: number) => (time += milliseconds),
    /** From now on, so many calls are answered; the answer of the last one is never heard. */
    killAfter: (more: number) => {
      lastCall = calls + more;
    },
    revive: () => {
      lastCall = Number.POSITIVE_INFINITY;
    },
    run,
    dryRun: () => run({ policy: policyName, dryRun: true, trigger: 'manual' }),
    apply: (trigger: 'manual' | 'schedule' = 'manual') => run({ policy: policyName, dryRun: false, trigger }),
    image: (arn: string) => images.get(arn)!,
  };
}

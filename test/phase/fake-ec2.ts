// EC2 in memory, as far as builds use it: tokens, names, tags, visibility, lost answers; every call is written down.
import type { Amis, Filter } from '../../shared/aws/amis.ts';
import { fault } from '../../shared/aws/fault.ts';
import type { Instances } from '../../shared/aws/instances.ts';
import type { Tagged } from '../../shared/aws/tagged.ts';
import type { AmiView } from '../../shared/build/ami.ts';
import type { InstanceView } from '../../shared/build/launch.ts';
import type { SnapshotView } from '../../shared/build/snapshots.ts';
import type { TaggedResource } from '../../shared/model/ownership.ts';
import { entryTag, imageTag, stackTag } from '../../shared/model/tags.ts';

/** What an SDK client throws for an error code. */
export const awsError = (code: string, message = 'said', httpStatusCode = 400) =>
  Object.assign(new Error(message), { name: code, $metadata: { httpStatusCode } });

type Instance = InstanceView & {
  token: string;
  request: string;
  type: string;
  visible: boolean;
  region: string;
  tags: Record<string, string>;
};
type Place = { region: string; account?: string };
type Ami = AmiView & Place & { token: string; visible: boolean; permissions: string[] };
type Snapshot = SnapshotView & Place & { users: string[] };
type Specified = { TagSpecifications?: { ResourceType?: string; Tags?: { Key?: string; Value?: string }[] }[] };

const tagsOf = ({ TagSpecifications }: Specified, kind: string) =>
  Object.fromEntries(
    (TagSpecifications?.find(({ ResourceType }) => ResourceType === kind)?.Tags ?? []).map(({ Key, Value }) => [
      Key!,
      Value!,
    ]),
  );

const at = (place: Place, one: Place) => one.region === place.region && one.account === place.account;

const matches = (filters: Filter[], { id, name, tags }: { id: string; name?: string; tags: Record<string, string> }) =>
  filters.every(({ Name, Values }) => {
    const own: Record<string, string | undefined> = { name, 'snapshot-id': id };
    return Values.includes((Name in own ? own[Name] : tags[Name.replace('tag:', '')]) ?? '\0');
  });

/** A filter of DescribeImages: * and ? stand for any text and for one character. */
const fits = ({ Name, Values }: Filter, ami: AmiView) => {
  const value = { name: ami.name, state: ami.state, architecture: ami.architecture }[Name] ?? '';
  const pattern = (text: string) =>
    new RegExp(
      `^${text
        .replace(/[.+^${}()|[\]\\]/g, '\\$&')
        .replaceAll('*', '.*')
        .replaceAll('?', '.')}$`,
    );
  return Values.some((text) => pattern(text).test(value));
};

// Ids are never used twice, as the worlds of one test share a table.
let made = 0;

export class FakeEc2 {
  calls: string[] = [];
  instances: Instance[] = [];
  amis: Ami[] = [];
  snapshots: Snapshot[] = [];
  /** Answers a code to refuse a call with; by default nothing is refused. */
  refuse: (call: string) => string | undefined = () => undefined;
  /** Calls whose answer gets lost: they act, and throw all the same. */
  lose: (call: string) => boolean = () => false;
  /** What is made is shown at once. */
  visible = true;
  snapshotsAtOnce = true;
  #id = (prefix: string) => `${prefix}-${String(++made).padStart(17, '0')}`;

  call<T>(call: string, act: () => T): T {
    this.calls.push(call);
    const code = this.refuse(call);
    if (code) throw fault(`Tried ${call}`, awsError(code));
    const answer = structuredClone(act());
    if (this.lose(call)) throw fault(`Tried ${call}`, awsError('Error', 'socket hang up', 503));
    return answer;
  }

  error = (call: string, code: string) => fault(`Tried ${call}`, awsError(code));

  living = () => this.instances.filter(({ state }) => state !== 'shutting-down' && state !== 'terminated');
  remaining = () => this.amis.filter(({ state }) => state !== 'deregistered');
  instance = (id: string) => this.instances.find((one) => one.id === id)!;
  ami = (id: string) => this.amis.find((one) => one.id === id)!;

  instancesOf = (region: string): Instances => ({
    run: async (request) => {
      const { ClientToken: token = '', InstanceType: type = '', SubnetId } = request;
      const call = `run ${type}${SubnetId ? ` ${SubnetId}` : ''}`;
      return this.call(call, () => {
        const text = JSON.stringify(request);
        const known = this.instances.find((one) => one.token === token);
        if (known && known.request !== text) throw this.error(call, 'IdempotentParameterMismatch');
        if (known?.state === 'terminated') throw this.error(call, 'IdempotentInstanceTerminated');
        if (known) return { id: known.id, state: known.state };
        const launched: Instance = {
          id: this.#id('i'),
          state: 'pending',
          token,
          request: text,
          type,
          region,
          tags: tagsOf(request, 'instance'),
          visible: this.visible,
        };
        this.instances.push(launched);
        return { id: launched.id, state: launched.state };
      });
    },
    find: async (id) => this.call('find instance', () => this.instances.find((one) => one.id === id && one.visible)),
    findByToken: async (token) =>
      this.call('find by token', () => this.instances.filter((one) => one.token === token && one.visible)),
    stop: async (id) =>
      this.call(`stop ${id}`, () => {
        const known = this.instances.find((one) => one.id === id && one.visible);
        if (!known) throw this.error(`stop ${id}`, 'InvalidInstanceID.NotFound');
        if (known.state === 'stopping' || known.state === 'stopped') return;
        if (known.state !== 'running') throw this.error(`stop ${id}`, 'IncorrectInstanceState');
        known.state = 'stopping';
      }),
    terminate: async (id) =>
      this.call(`terminate ${id}`, () => {
        const known = this.instances.find((one) => one.id === id && one.visible);
        if (known) known.state = 'terminated';
        return known;
      }),
  });

  #makeAmi(place: Place, request: Specified & { Name?: string }, token: string): string {
    const id = this.#id('ami');
    const name = request.Name!;
    if (this.remaining().some((one) => at(place, one) && one.name === name))
      throw this.error(`make ${name}`, 'InvalidAMIName.Duplicate');
    const tags = tagsOf(request, 'image');
    const ami: Ami = {
      ...{ id, name, state: 'pending', devices: [], tags, token, ...place },
      ...{ visible: this.visible, permissions: [], snapshots: [] },
    };
    this.amis.push(ami);
    if (this.snapshotsAtOnce)
      ami.snapshots.push(this.addSnapshot(place.region, tagsOf(request, 'snapshot'), id, place.account));
    return id;
  }

  /** As EC2 makes it for an AMI. */
  addSnapshot(region: string, tags: Record<string, string>, ami: string, account?: string): string {
    const id = this.#id('snap');
    const description = `Created by CreateImage(i-1) for ${ami}`;
    this.snapshots.push({ ...{ id, region, tags, users: [], description }, ...(account && { account }) });
    return id;
  }

  /** As a user makes it. */
  copySnapshot(region: string, of: string): string {
    const { tags } = this.snapshots.find(({ id }) => id === of)!;
    const id = this.#id('snap');
    this.snapshots.push({ id, region, tags, users: [], description: `[Copied ${of} from ${region}]` });
    return id;
  }

  /** Everything in one region that carries the stack's tag. */
  taggedIn = (region: string, account?: string): Tagged => ({
    of: async (stackId) =>
      this.call(`search ${region}`, () => {
        const owner = (tags: Record<string, string>) => ({
          ...(tags[stackTag] && { stack: tags[stackTag] }),
          ...(tags[imageTag] && { image: tags[imageTag] }),
          ...(tags[entryTag] && { entry: tags[entryTag] }),
        });
        const amis = this.remaining().filter((one) => at({ region, ...(account && { account }) }, one) && one.visible);
        const found: TaggedResource[] = [
          ...this.living()
            .filter((one) => one.region === region && one.visible && !account)
            .map(({ id, state, tags }) => ({ kind: 'instance' as const, id, state, region, ...owner(tags) })),
          ...amis.map(({ id, state, tags }) => ({ kind: 'image' as const, id, state, region, ...owner(tags) })),
          ...this.snapshots
            .filter((one) => at({ region, ...(account && { account }) }, one))
            .map(({ id, tags }) => ({
              ...{ kind: 'snapshot' as const, id, state: 'completed', region },
              ...owner(tags),
              of: amis.filter(({ snapshots }) => snapshots.includes(id)).map((ami) => ami.id),
            })),
        ];
        return found.filter(({ stack }) => stack === stackId);
      }),
  });

  /** What another account copies must be shared with it, the AMI and its snapshots. */
  #assertCopyable(call: string, id: string, account: string): void {
    const ami = this.remaining().find((one) => one.id === id);
    const snapshots = this.snapshots.filter((one) => ami?.snapshots.includes(one.id));
    if (!ami?.permissions.includes(account)) throw this.error(call, 'InvalidAMIID.NotFound');
    if (!snapshots.every(({ users }) => users.includes(account))) throw this.error(call, 'InvalidRequest');
  }

  /** Calls of other accounts are written down with the account: `copy to eu-west-1 of 111111111111`. */
  amisOf = (region: string, account?: string): Amis => {
    const place = { region, ...(account && { account }) };
    const of = account ? ` of ${account}` : '';
    const mine = () => this.remaining().filter((one) => at(place, one) && one.visible);
    return {
      create: async (request) => this.call(`create ${request.Name}`, () => this.#makeAmi(place, request, '')),
      copy: async (request) =>
        this.call(`copy to ${region}${of}`, () => {
          const token = request.ClientToken!;
          const known = this.amis.find((one) => one.token === token)?.id;
          if (known) return known;
          if (account) this.#assertCopyable(`copy to ${region}${of}`, request.SourceImageId!, account);
          return this.#makeAmi(place, request, token);
        }),
      find: async (id) => this.call(`find ${id}`, () => mine().find((one) => one.id === id)),
      findOwned: async (filters) => this.call('find AMIs', () => mine().filter((one) => matches(filters, one))),
      findOf: async (owner, filters) =>
        this.call(`find AMIs of ${owner}`, () => mine().filter((one) => filters.every((f) => fits(f, one)))),
      deregister: async (id) =>
        this.call(`deregister ${id}`, () => {
          const known = mine().find((one) => one.id === id);
          if (!known) return 'gone' as const;
          known.state = 'deregistered';
          return 'released' as const;
        }),
      snapshotsOf: async (filters) =>
        this.call('find snapshots', () => this.snapshots.filter((one) => at(place, one) && matches(filters, one))),
      deleteSnapshot: async (id) =>
        this.call(`delete ${id}`, () => {
          const before = this.snapshots.length;
          this.snapshots = this.snapshots.filter((one) => one.id !== id || !at(place, one));
          return this.snapshots.length < before ? ('released' as const) : ('gone' as const);
        }),
      tag: async (ids, tags) =>
        this.call(`tag ${ids.join(' ')}`, () => {
          for (const one of [...this.amis, ...this.snapshots]) if (ids.includes(one.id)) Object.assign(one.tags, tags);
        }),
      launchPermissions: async (id) =>
        this.call(`permissions of ${id}`, () => this.ami(id).permissions.map((UserId) => ({ UserId }))),
      snapshotUsers: async (id) =>
        this.call(`users of ${id}`, () => this.snapshots.find((one) => one.id === id)!.users),
      changeSnapshotUsers: async (id, { Add = [], Remove = [] }) =>
        this.call(`share ${id}`, () => {
          const snapshot = this.snapshots.find((one) => one.id === id);
          const removed = Remove.map(({ UserId }) => UserId);
          const kept = snapshot?.users.filter((user) => !removed.includes(user)) ?? [];
          if (snapshot) snapshot.users = [...new Set([...kept, ...Add.map(({ UserId }) => UserId)])];
        }),
      changeLaunchPermissions: async (id, { Add = [], Remove = [] }) =>
        this.call(`share ${id}`, () => {
          const ami = this.ami(id);
          const removed = Remove.map(({ UserId }) => UserId);
          const kept = ami.permissions.filter((user) => !removed.includes(user));
          ami.permissions = [...new Set([...kept, ...Add.map(({ UserId }) => UserId!)])];
        }),
    };
  };
}

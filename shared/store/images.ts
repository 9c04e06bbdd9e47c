// Keeps image records: what users see of a build, while it runs and afterwards.
import type { Table } from '../aws/table.ts';
import type { BuildRecord } from '../build/ending.ts';
import { NotFoundError } from '../errors.ts';
import type { Ancestry } from '../model/ancestry.ts';
import type { Approval } from '../model/approval-schema.ts';
import type { Revocation } from '../model/channel.ts';
import {
  type FailureContext,
  type ImageRecord,
  type ImageStatus,
  imageStatuses,
  isUnderWay,
  type LeftoverRecord,
  type ListedImage,
  type OutputAmi,
  type RegionFailure,
  type TestSummary,
  type TimelineEntry,
} from '../model/image-record.ts';
import type { LifecycleNote } from '../model/lifecycle.ts';
import type { RetainedAmi } from '../model/retry-schema.ts';

export type Ended = {
  status: 'AVAILABLE' | 'FAILED' | 'CANCELLED';
  reason?: string;
  failureContext?: FailureContext;
  amis: OutputAmi[];
  /** What is known of its making, as the record has it. */
  facts?: Partial<Pick<ImageRecord, 'usage' | 'cost' | 'changes'>>;
  dateEnded: string;
  /** Keys of the timeline's entries that have not ended. */
  open: string[];
};

type Changes<Entry> = { [Name in keyof Entry]?: Entry[Name] | undefined };

export type Retired = {
  from: ImageStatus;
  status: ImageStatus;
  reason: string;
  amis: OutputAmi[];
  /** Absent where something of the image is still to be done. */
  lifecycle?: LifecycleNote;
};

export type Images = {
  create(image: ImageRecord): Promise<boolean>;
  read(arn: string): Promise<BuildRecord>;
  find(arn: string): Promise<BuildRecord | undefined>;
  /** Every image, newest first. */
  all(): AsyncIterable<ListedImage>;
  /** Moves the status forward, never back; answers the record as it now stands. */
  advance(arn: string, status: ImageStatus): Promise<ImageRecord>;
  /** Ends the image, once, and what `open` names of its timeline; answers the record as it now stands. */
  end(arn: string, ended: Ended): Promise<ImageRecord>;
  /** Forgets the status before, once the change from it was announced. */
  announced(arn: string, previous: ImageStatus): Promise<void>;
  /** Writes what a lifecycle action has done to an image that had the status `from`; undefined where it has another one by now. */
  retire(arn: string, retired: Retired): Promise<ImageRecord | undefined>;
  /** Answers the entry as it stands: the first one, with what was added to it. An image that has ended gets none more. */
  begin(arn: string, key: string, entry: TimelineEntry): Promise<TimelineEntry>;
  /** Adds facts to a timeline entry that has begun; those that are given as undefined go. */
  describe(arn: string, key: string, facts: Changes<TimelineEntry>): Promise<void>;
  finish(arn: string, key: string, facts: Partial<TimelineEntry> & { ended: string }): Promise<void>;
  /** Remembers the state of the machine that failed for good: the first one stands. */
  fail(arn: string, state: string): Promise<void>;
  /** Remembers what of the distribution would have failed, region by region: the first list stands. */
  failRegions(arn: string, failures: RegionFailure[]): Promise<void>;
  /** Replaces what is left behind. */
  leave(arn: string, leftovers: LeftoverRecord[]): Promise<void>;
  /** Nothing is left behind: writes the timeline's Cleanup with its end. */
  cleaned(arn: string, cleanup: TimelineEntry): Promise<void>;
  /** Adds notes that the image does not have yet. */
  note(arn: string, notes: string[]): Promise<void>;
  /** Notes that a person is to be asked: the first request stands. Answers the record. */
  requestApproval(arn: string, approval: Approval): Promise<ImageRecord>;
  approvalAsked(arn: string): Promise<void>;
  /** Writes the answer, once, while the build is under way: the approval as it then stands, or undefined where it has ended. */
  answerApproval(arn: string, answer: Omit<Approval, 'requested' | 'until'>): Promise<Approval | undefined>;
  /** Remembers the AMI that is kept for a retry. */
  retain(arn: string, retained: RetainedAmi): Promise<void>;
  /** What it is made of. */
  descend(arn: string, ancestry: Ancestry): Promise<void>;
  /** What the tests said, and with it the end of the timeline's entry that asked them. */
  tested(arn: string, tests: TestSummary, entry: { key: string; ended: string }): Promise<void>;
  /** Writes the revocation, once, of an image that has ended: the first stands. Answers the record. */
  revoke(arn: string, revocation: Revocation): Promise<ImageRecord>;
  /** Adds what is now known of the revocation of a revoked image. */
  noteRevocation(arn: string, facts: Pick<Revocation, 'withdrawn' | 'announced'>): Promise<void>;
};

const keyOf = (pk: string) => ({ pk, sk: 'image' });
const live = imageStatuses.filter(isUnderWay);

/** Entries of a timeline that one write ends: an expression may have 4 KB (DynamoDB developer guide, constraints). */
const closedAtOnce = 40;

const closing = (open: string[]) =>
  open.map((_, index) => `timeline.#k${index}.ended = if_not_exists(timeline.#k${index}.ended, :dateEnded)`);

export function images(table: Table): Images {
  const find = async (arn: string) => (await table.get(keyOf(arn))) as unknown as BuildRecord | undefined;
  const read = async (arn: string) => {
    const item = await find(arn);
    if (!item) throw new NotFoundError(`There is no image ${arn}.`);
    return item;
  };
  const setTimeline = (arn: string, key: string, facts: Changes<TimelineEntry>) => {
    const fields = Object.entries(facts).filter(([, value]) => value !== undefined);
    const gone = Object.keys(facts).filter((name) => facts[name as keyof TimelineEntry] === undefined);
    return table.update(keyOf(arn), {
      set: fields.map((_, index) => `timeline.#key.#f${index} = :f${index}`).join(', '),
      ...(gone.length > 0 && { remove: gone.map((_, index) => `timeline.#key.#g${index}`).join(', ') }),
      names: {
        '#key': key,
        ...Object.fromEntries(fields.map(([name], index) => [`#f${index}`, name])),
        ...Object.fromEntries(gone.map((name, index) => [`#g${index}`, name])),
      },
      values: Object.fromEntries(fields.map(([, value], index) => [`:f${index}`, value])),
      when: 'attribute_exists(timeline.#key)',
    });
  };
  const closeTimeline = (arn: string, open: string[], dateEnded: string) =>
    table.update(keyOf(arn), {
      set: closing(open).join(', '),
      names: Object.fromEntries(open.map((key, index) => [`#k${index}`, key])),
      values: { ':dateEnded': dateEnded },
      when: 'attribute_exists(pk)',
    });
  return {
    create: (image) => table.putNew(image as unknown as ImageRecord & Record<string, unknown>),
    read,
    find,
    async *all() {
      for await (const item of table.byDate('AMI')) yield item as unknown as ListedImage;
    },
    async advance(arn, status) {
      const earlier = live.slice(0, live.indexOf(status));
      const moved = await table.update(keyOf(arn), {
        set: 'unannounced = #state.#status, #state.#status = :status',
        names: { '#state': 'state', '#status': 'status' },
        values: { ':status': status, ...Object.fromEntries(earlier.map((name, index) => [`:s${index}`, name])) },
        when: `#state.#status IN (${earlier.map((_, index) => `:s${index}`).join(', ')})`,
      });
      return (moved as unknown as ImageRecord | undefined) ?? read(arn);
    },
    async end(arn, { status, reason, failureContext, amis, facts = {}, dateEnded, open: all }) {
      const open = all.slice(0, closedAtOnce);
      for (let first = closedAtOnce; first < all.length; first += closedAtOnce)
        await closeTimeline(arn, all.slice(first, first + closedAtOnce), dateEnded);
      const known = Object.entries(facts).filter(([, value]) => value !== undefined);
      const state = { status, reason, failureContext };
      const ended = await table.update(keyOf(arn), {
        set: `#state = :state, outputResources = :output,${known.map((_, index) => ` #x${index} = :x${index},`).join('')} dateEnded = :dateEnded, unannounced = #state.#status${closing(
          open,
        )
          .map((text) => `, ${text}`)
          .join('')}`,
        names: {
          '#state': 'state',
          '#status': 'status',
          ...Object.fromEntries(known.map(([name], index) => [`#x${index}`, name])),
          ...Object.fromEntries(open.map((key, index) => [`#k${index}`, key])),
        },
        values: {
          ':state': state,
          ':output': { amis },
          ':dateEnded': dateEnded,
          ...Object.fromEntries(known.map(([, value], index) => [`:x${index}`, value])),
          ...Object.fromEntries(live.map((name, index) => [`:s${index}`, name])),
        },
        when: `#state.#status IN (${live.map((_, index) => `:s${index}`).join(', ')})`,
      });
      return (ended as unknown as ImageRecord | undefined) ?? read(arn);
    },
    announced: async (arn, previous) =>
      void (await table.update(keyOf(arn), {
        remove: 'unannounced',
        values: { ':previous': previous },
        when: 'unannounced = :previous',
      })),
    async retire(arn, { from, status, reason, amis, lifecycle }) {
      const written = await table.update(keyOf(arn), {
        set: `#state = :state, outputResources = :output${lifecycle ? ', lifecycle = :lifecycle' : ''}${status === from ? '' : ', unannounced = :from'}`,
        names: { '#state': 'state', '#status': 'status' },
        values: {
          ...{ ':state': { status, reason }, ':output': { amis }, ':from': from },
          ...(lifecycle && { ':lifecycle': lifecycle }),
        },
        when: '#state.#status = :from',
      });
      return written as unknown as ImageRecord | undefined;
    },
    async begin(arn, key, entry) {
      const record = await table.update(keyOf(arn), {
        set: 'timeline.#key = if_not_exists(timeline.#key, :entry)',
        names: { '#key': key },
        values: { ':entry': entry },
        when: 'attribute_not_exists(dateEnded)',
      });
      const stands = (record as unknown as ImageRecord | undefined) ?? (await find(arn));
      return stands?.timeline[key] ?? entry;
    },
    describe: async (arn, key, facts) => void (await setTimeline(arn, key, facts)),
    finish: async (arn, key, facts) => void (await setTimeline(arn, key, facts)),
    fail: async (arn, state) =>
      void (await table.update(keyOf(arn), {
        set: 'failedStep = if_not_exists(failedStep, :state)',
        values: { ':state': state },
        // Once Cleanup is at work, resources end because it ends them.
        when: 'attribute_exists(pk) AND attribute_not_exists(timeline.Cleanup)',
      })),
    failRegions: async (arn, failures) =>
      void (await table.update(keyOf(arn), {
        set: 'regionFailures = if_not_exists(regionFailures, :failures)',
        values: { ':failures': failures },
        when: 'attribute_exists(pk)',
      })),
    leave: async (arn, leftovers) =>
      void (await table.update(keyOf(arn), {
        set: 'leftovers = :leftovers',
        values: { ':leftovers': leftovers },
        when: 'attribute_exists(pk)',
      })),
    cleaned: async (arn, cleanup) =>
      void (await table.update(keyOf(arn), {
        set: 'timeline.Cleanup = :cleanup',
        remove: 'leftovers',
        values: { ':cleanup': cleanup },
        when: 'attribute_exists(pk)',
      })),
    async note(arn, notes) {
      for (const note of notes)
        await table.update(keyOf(arn), {
          set: 'notes = list_append(notes, :notes)',
          values: { ':notes': [note], ':note': note },
          when: 'attribute_exists(pk) AND NOT contains(notes, :note)',
        });
    },
    async requestApproval(arn, approval) {
      const record = await table.update(keyOf(arn), {
        set: 'approval = if_not_exists(approval, :approval)',
        values: { ':approval': approval },
        when: 'attribute_exists(pk)',
      });
      return (record as unknown as ImageRecord | undefined) ?? read(arn);
    },
    approvalAsked: async (arn) =>
      void (await table.update(keyOf(arn), {
        set: 'approvalAsked = :true',
        values: { ':true': true },
        when: 'attribute_exists(pk)',
      })),
    async answerApproval(arn, answer) {
      const fields = Object.entries(answer).filter(([, value]) => value !== undefined);
      const written = await table.update(keyOf(arn), {
        set: fields.map((_, index) => `approval.#f${index} = :f${index}`).join(', '),
        names: {
          ...{ '#state': 'state', '#status': 'status', '#decision': 'decision' },
          ...Object.fromEntries(fields.map(([name], index) => [`#f${index}`, name])),
        },
        values: {
          ...Object.fromEntries(fields.map(([, value], index) => [`:f${index}`, value])),
          ...Object.fromEntries(live.map((name, index) => [`:s${index}`, name])),
        },
        when: `attribute_exists(approval) AND attribute_not_exists(approval.#decision) AND #state.#status IN (${live.map((_, index) => `:s${index}`).join(', ')})`,
      });
      const { approval } = (written as unknown as ImageRecord | undefined) ?? (await read(arn));
      return approval?.decision ? approval : undefined;
    },
    retain: async (arn, retained) =>
      void (await table.update(keyOf(arn), {
        set: 'retained = :retained',
        values: { ':retained': retained },
        when: 'attribute_exists(pk)',
      })),
    async revoke(arn, revocation) {
      const record = await table.update(keyOf(arn), {
        set: 'revoked = if_not_exists(revoked, :revoked)',
        values: { ':revoked': revocation },
        when: 'attribute_exists(pk)',
      });
      return (record as unknown as ImageRecord | undefined) ?? read(arn);
    },
    async noteRevocation(arn, facts) {
      for (const [field, value] of Object.entries(facts))
        await table.update(keyOf(arn), {
          set: 'revoked.#field = :value',
          names: { '#field': field },
          values: { ':value': value },
          when: 'attribute_exists(revoked)',
        });
    },
    tested: async (arn, tests, { key, ended }) =>
      void (await table.update(keyOf(arn), {
        set: 'tests = :tests, timeline.#key.ended = :ended',
        names: { '#key': key },
        values: { ':tests': tests, ':ended': ended },
        when: 'attribute_exists(timeline.#key)',
      })),
    descend: async (arn, ancestry) =>
      void (await table.update(keyOf(arn), {
        set: 'ancestry = :ancestry',
        values: { ':ancestry': ancestry },
        when: 'attribute_exists(pk)',
      })),
  };
}

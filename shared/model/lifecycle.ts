// What apply-lifecycle is called with and what it answers: one decision for each image and each of its AMIs, with the reason.
import * as z from 'zod/mini';
import { isImageBuildVersion, parseArn } from './arns.ts';
import type { ImageStatus } from './image-record.ts';
import { nameSchema } from './names.ts';

/** The actions of policies, the mildest first: the order in which an image sees them. */
export const lifecycleActions = ['DEPRECATE', 'DISABLE', 'DELETE'] as const;
export type LifecycleAction = (typeof lifecycleActions)[number];

/** Image Builder's names; AVAILABLE takes DEPRECATE and DISABLE back. */
export const imageActions = [...lifecycleActions, 'AVAILABLE'] as const;
export type ImageAction = (typeof imageActions)[number];

/** The status that an image has once everything of it has seen the action. */
export const statusAfter = {
  DEPRECATE: 'DEPRECATED',
  DISABLE: 'DISABLED',
  DELETE: 'DELETED',
  AVAILABLE: 'AVAILABLE',
} as const satisfies Record<ImageAction, ImageStatus>;

export const lifecycleRequestSchema = z.union(
  [
    /** The daily rule: every enabled policy that has no schedule of its own. */
    z.strictObject({ default: z.literal(true) }),
    z.strictObject({
      policy: nameSchema,
      dryRun: z._default(z.boolean(), false),
      /** A schedule obeys the status of the policy; a person need not. */
      trigger: z._default(z.enum(['manual', 'schedule']), 'manual'),
    }),
    z.strictObject({
      image: z
        .string()
        .check(z.refine((text) => isImageBuildVersion(parseArn(text)), 'expected the ARN of an image build version')),
      action: z.enum(imageActions),
      reason: z.optional(z.string().check(z.minLength(1), z.maxLength(512))),
      /** Of DELETE: whether the snapshots go too. */
      snapshots: z._default(z.boolean(), true),
      dryRun: z._default(z.boolean(), false),
    }),
  ],
  'expected {"policy": name}, {"image": arn, "action": DEPRECATE | DISABLE | DELETE | AVAILABLE} or {"default": true}',
);

export type LifecycleRequest = z.output<typeof lifecycleRequestSchema>;
export type LifecycleRequestInput = z.input<typeof lifecycleRequestSchema>;

/** `action` is absent where nothing is done; `excluded` says that a rule of the policy spares it, which Image Builder calls SKIPPED. */
export type AmiDecision = {
  region: string;
  account: string;
  ami: string;
  action?: ImageAction;
  excluded?: true;
  reason: string;
  /** Those that go with the AMI. */
  snapshots: string[];
};

/** `action` with no AMI that has one: only the record is brought up to date. */
export type ImageDecision = {
  image: string;
  status: ImageStatus;
  action?: ImageAction;
  /** An AMI of it is spared, so that the image does not become what the action makes of one. */
  partly?: true;
  reason: string;
  amis: AmiDecision[];
};

export type LifecycleCounts = Record<'images' | 'deprecated' | 'disabled' | 'deleted' | 'restored' | 'failed', number>;

/** Image Builder's names. PENDING: the time was up; the next run goes on. */
export type LifecycleRunStatus = 'IN_PROGRESS' | 'SUCCESS' | 'FAILED' | 'PENDING';

/** One run of a policy, as the table keeps it. Times are ISO 8601. */
export type LifecycleRun = {
  id: string;
  time: string;
  ended?: string;
  trigger: 'manual' | 'schedule' | 'rule';
  status: LifecycleRunStatus;
  counts: LifecycleCounts;
  /** What went wrong, each with the thing it went wrong on. */
  problems: string[];
};

/** What was decided about one image before anything was done to it, and what became of it. ENDED: a later run saw to what was left. */
export type LifecycleResource = ImageDecision & { run: string; state: 'IN_PROGRESS' | 'SUCCESS' | 'FAILED' | 'ENDED' };

export type LifecycleReport = {
  policy?: string;
  dryRun: boolean;
  run?: LifecycleRun;
  counts: LifecycleCounts;
  decisions: ImageDecision[];
  problems: string[];
  /** So many more decisions than an answer holds, all of them to do nothing but where thousands are done. */
  omitted?: number;
  /** Why nothing was looked at. */
  skipped?: string;
};

/** Characters of decisions in a report: an answer of Lambda holds 6 MB (Lambda quotas). */
export const longestReport = 4_000_000;

/** The key under which a policy and its runs are kept. */
export const lifecyclePartition = (normalised: string) => `lifecycle-policy#${normalised}`;

/** What the record of an image tells of its last lifecycle action. */
export type LifecycleNote = { action: ImageAction; at: string; by: string; run?: string };

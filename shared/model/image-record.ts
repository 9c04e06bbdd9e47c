// The record of an image while and after it is built: Image Builder's Image shape plus the tests and the timeline.

import type { Ancestry } from './ancestry.ts';
import type { Approval } from './approval-schema.ts';
import type { Revocation } from './channel.ts';
import type { Cost, Usage } from './cost.ts';
import type { LifecycleNote } from './lifecycle.ts';
import type { Trigger } from './pipeline-run.ts';
import type { RetainedAmi } from './retry-schema.ts';

/** Set by a run that retires the image; `until`: epoch milliseconds after which that run can no longer act. */
export type RetirementMark = { run: string; until: number };

/** Image Builder's statuses, exactly. */
export const imageStatuses = [
  'PENDING',
  'CREATING',
  'BUILDING',
  'TESTING',
  'DISTRIBUTING',
  'INTEGRATING',
  'AVAILABLE',
  'CANCELLED',
  'FAILED',
  'DEPRECATED',
  'DELETED',
  'DISABLED',
] as const;

export type ImageStatus = (typeof imageStatuses)[number];

const underWay: readonly ImageStatus[] = ['PENDING', 'CREATING', 'BUILDING', 'TESTING', 'DISTRIBUTING', 'INTEGRATING'];
const withoutResources: readonly ImageStatus[] = ['CANCELLED', 'FAILED', 'DELETED'];

/** True while a build may still change the image. */
export function isUnderWay(status: ImageStatus): boolean {
  return underWay.includes(status);
}

/** True for an image that rightly owns AMIs, snapshots or instances: live, available, deprecated or disabled. */
export function mayOwnResources(status: ImageStatus): boolean {
  return !withoutResources.includes(status);
}

export type ComponentFailure = {
  componentArn?: string;
  /** The name the component has in the recipe. */
  component?: string;
  phaseName?: string;
  stepName?: string;
  action?: string;
  errorMessage?: string;
  exitCode?: number;
  /** Seconds. */
  duration?: number;
  /** The command of the failing step, cut. */
  command?: string;
  /** The last lines the step wrote to stderr. */
  stderr?: string;
};

/** `imageConfigurationStep`: the setting, by its key in the pipeline file. `account` is absent for the stack's own. */
export type RegionFailure = {
  region: string;
  account?: string;
  status?: string;
  imageConfigurationStep?: string;
  errorMessage?: string;
};

/** Image Builder's failureContext; every field optional, ours added to componentFailure. */
export type FailureContext = {
  /** The status the image had when it failed. */
  imageStatus?: ImageStatus;
  /** The state of the machine that failed. */
  failedStep?: string;
  /** The name of the error with which the execution ended. */
  error?: string;
  componentFailure?: ComponentFailure;
  distributionFailure?: {
    errorMessage?: string;
    regionFailures?: RegionFailure[];
  };
};

export type ImageState = { status: ImageStatus; reason?: string; failureContext?: FailureContext };

/** `state` once a lifecycle action has been at it, as Image Builder tells it. */
export type OutputAmi = {
  region: string;
  image: string;
  name: string;
  accountId: string;
  description?: string;
  /** The file that its disk was exported to, as `s3://<bucket>/<key>`. */
  exported?: string;
  state?: { status: 'AVAILABLE' | 'DEPRECATED' | 'DISABLED' | 'DELETED'; reason?: string };
};

export type TestSummary = {
  total: number;
  passed: number;
  failed: number;
  results: { component: string; status: 'passed' | 'failed'; reason?: string }[];
};

/** One state of the machine, or one item of a Map, as it went. Times are ISO 8601. */
export type TimelineEntry = {
  /** Name of the state in the machine. */
  state: string;
  index?: number;
  /** What a reader wants to see: the component, the region. */
  label?: string;
  started: string;
  ended?: string;
  /** What ended the wait: the event, the first look at the resource, or a heartbeat's look. */
  endedBy?: 'event' | 'look' | 'heartbeat';
  /** What it waits for before it has a resource, in words. */
  waiting?: string;
  /** When a launch may be made, where others are before it. */
  turn?: string;
  resource?: string;
  region?: string;
  commandId?: string;
  instanceId?: string;
};

/** Something of a build that is still there: its kind in the ledger, its id (or ledger entry), where (`account`: absent for the stack's own), and why. */
export type LeftoverRecord = { kind: string; id: string; region: string; account?: string; reason: string };

export type ImageRecord = {
  /** The image's ARN. */
  pk: string;
  sk: 'image';
  arn: string;
  name: string;
  /** `1.0.0/3`: version and build. */
  version: string;
  type: 'AMI';
  platform: 'Linux';
  dateCreated: string;
  dateEnded?: string;
  state: ImageState;
  buildType: 'USER_INITIATED' | 'SCHEDULED' | 'IMPORT' | 'IMPORT_ISO';
  /** What asked for the build. */
  trigger?: Trigger;
  /** Why: what had changed, or what the request said. */
  reasons?: string[];
  /** What it was made of, once that is known. */
  ancestry?: Ancestry;
  sourcePipelineName: string;
  sourcePipelineArn: string;
  outputResources: { amis: OutputAmi[] };
  tests?: TestSummary;
  /** Keyed by state and index: `LaunchBuilder`, `RunComponent#2`, `CopyRegion#0`. */
  timeline: Record<string, TimelineEntry>;
  notes: string[];
  /** What cleanup could not release yet. */
  leftovers?: LeftoverRecord[];
  /** The status before the present one, until the change has been announced on the event bus. */
  unannounced?: ImageStatus;
  executionArn?: string;
  /** Where a person is, or was, asked before publishing; `approvalAsked` once the question has been sent. */
  approval?: Approval;
  approvalAsked?: boolean;
  /** The image whose tested AMI this one tests and publishes. */
  retryOf?: string;
  /** The AMI that was distributed without a build, and the image it is of, where it is one of ours. */
  distributionOf?: { image: string; region: string; from?: string };
  /** Present once it is not to be used any more; its status stays. */
  revoked?: Revocation;
  /** The tested AMI that it keeps after its failure, for a retry. */
  retained?: RetainedAmi;
  /** What the build used, and what that costs by the price table of its day. */
  usage?: Usage;
  cost?: Cost;
  /** What changed against the pipeline's newest earlier image, in one line. */
  changes?: string;
  logGroupName: string;
  /** Its last lifecycle action. */
  lifecycle?: LifecycleNote;
  /** While it is being retired: nothing new may start from it. */
  retiring?: RetirementMark;
};

/** What the index of images by date holds of an image besides its keys, as `serverless.yml` has it: DynamoDB writes there only when one of these changes. */
export const listedAttributes = [
  'arn',
  'name',
  'version',
  'dateEnded',
  'state',
  'unannounced',
  'ancestry',
  'sourcePipelineName',
  'outputResources',
  'retryOf',
  'distributionOf',
  'revoked',
  'usage',
  'cost',
  'lifecycle',
] as const satisfies (keyof ImageRecord)[];

/** An image as lists of images have it. */
export type ListedImage = Pick<ImageRecord, 'pk' | 'sk' | 'type' | 'dateCreated' | (typeof listedAttributes)[number]>;

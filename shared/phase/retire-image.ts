// Does to one image what was decided: noted first, done AMI by AMI, then written into its record and told. Doing it twice is doing it once.
import type { Metrics } from '../aws/metrics.ts';
import type { Notices } from '../aws/notices.ts';
import { amiStatus, furthest, hasSeen, imageStatus } from '../build/lifecycle.ts';
import type { AmiFacts } from '../build/lifecycle-exclusion.ts';
import type { ListedImage, OutputAmi } from '../model/image-record.ts';
import {
  type AmiDecision,
  type ImageDecision,
  type LifecycleNote,
  type LifecycleResource,
  statusAfter,
} from '../model/lifecycle.ts';
import type { Images } from '../store/images.ts';
import type { Ledgers } from '../store/ledgers.ts';
import type { LifecycleRuns } from '../store/lifecycle-runs.ts';
import { announce } from './announce.ts';
import { foreign, type Looking, type Looks } from './lifecycle-facts.ts';
import { isoTime } from './timeline.ts';

export type RetiringImages = Looking & {
  images: Images;
  ledgers: Ledgers;
  runs: LifecycleRuns;
  notices: Notices;
  metrics: Metrics;
  now(): number;
};

/** Of whom the image is told that it did it. */
export type Doer = Pick<LifecycleNote, 'by'> & { policy: string; run: string };

/** Milliseconds from now at which a deprecation begins: EC2 refuses times that are past, and rounds to minutes. */
const shortly = 60_000;

/** Image Builder's limit of `state.reason`. */
const longestReason = 1024;

/** Answers what went wrong, each with the AMI it went wrong on; what can be done is done all the same. */
export async function retireImage(
  retiring: RetiringImages,
  image: ListedImage,
  decision: ImageDecision & Required<Pick<ImageDecision, 'action'>>,
  look: Looks,
  { by, policy, run }: Doer,
): Promise<string[]> {
  const { images, runs, metrics, now } = retiring;
  const resource: LifecycleResource = { ...decision, run, state: 'IN_PROGRESS' };
  await runs.note(policy, resource);
  const problems: string[] = [];
  const failed = new Map<string, string>();
  const stays: string[] = [];
  const facts = ({ ami, region, account }: AmiDecision) => {
    const output = image.outputResources.amis.find(
      (one) => one.image === ami && one.region === region && one.accountId === account,
    );
    const seen = output && look(output);
    return seen && 'facts' in seen ? seen.facts : undefined;
  };
  for (const one of decision.amis) {
    try {
      stays.push(...(await act(retiring, image.arn, one, facts(one))));
    } catch (error) {
      const said = (error as Error).message;
      failed.set(keyOf(one), said);
      problems.push(said);
    }
  }
  const { action } = decision;
  const touched = decision.amis.some((one) => one.action !== undefined);
  const amis = image.outputResources.amis.map((ami): OutputAmi => {
    const own = decision.amis.find((one) => keyOf(one) === `${ami.accountId}/${ami.region}/${ami.image}`);
    const seen = look(ami);
    const before = 'problem' in seen ? (ami.state?.status ?? 'AVAILABLE') : amiStatus(seen.facts, now());
    const said = own && failed.get(keyOf(own));
    const done = own?.action !== undefined && said === undefined;
    const reason = (said ?? own?.reason)?.slice(0, longestReason);
    return { ...ami, state: { status: done ? statusAfter[own.action!] : before, ...(reason && { reason }) } };
  });
  const reached = imageStatus(amis.map(({ state }) => state!.status));
  const recordOnly = !touched && action !== 'AVAILABLE' && action !== 'DELETE';
  const after = recordOnly ? statusAfter[action] : reached;
  const status = action === 'AVAILABLE' ? after : furthest(decision.status, after);
  const reason = [`${action} by ${by}: ${decision.reason}`, ...stays, ...problems].join('. ').slice(0, longestReason);
  const record = await images.retire(image.arn, {
    ...{ from: decision.status, status, amis, reason },
    ...(problems.length === 0 && { lifecycle: { action, at: isoTime(retiring), by, run } }),
  });
  if (status !== decision.status) metrics.count(counted[status]);
  await runs.note(policy, { ...resource, state: problems.length > 0 ? 'FAILED' : 'SUCCESS' });
  if (record) await announce(retiring, record);
  return problems;
}

const keyOf = ({ account, region, ami }: AmiDecision) => `${account}/${region}/${ami}`;

const counted = {
  AVAILABLE: 'ImagesRestored',
  DEPRECATED: 'ImagesDeprecated',
  DISABLED: 'ImagesDisabled',
  DELETED: 'ImagesDeleted',
} as const;

/** Answers what stays on purpose: snapshots that another AMI is made of, too. */
async function act(
  retiring: RetiringImages,
  image: string,
  one: AmiDecision,
  facts: AmiFacts | undefined,
): Promise<string[]> {
  if (one.action === undefined) return [];
  const amis = retiring.retiring(one.region, foreign(retiring, one.account));
  const seen = hasSeen(one.action, amiStatus(facts, retiring.now()));
  if (seen && one.action !== 'DELETE') return [];
  switch (one.action) {
    case 'DEPRECATE':
      await amis.deprecate(one.ami, new Date(retiring.now() + shortly));
      return [];
    case 'DISABLE':
      await amis.disable(one.ami);
      return [];
    case 'AVAILABLE':
      if (facts?.state === 'disabled') await amis.enable(one.ami);
      if (facts?.deprecationTime) await amis.undeprecate(one.ami);
      return [];
    case 'DELETE':
      if (!seen) await amis.deregister(one.ami, one.snapshots.length > 0);
      return finishDeletion(retiring, image, one);
  }
}

/** What is left to do once an AMI is deregistered: again, where that was broken off. */
async function finishDeletion(retiring: RetiringImages, image: string, one: AmiDecision): Promise<string[]> {
  const amis = retiring.retiring(one.region, foreign(retiring, one.account));
  const stays: string[] = [];
  for (const id of await amis.snapshotsLeft(one.snapshots))
    if ((await amis.deleteSnapshot(id)) === 'in use')
      stays.push(`snapshot ${id} in ${one.region} stays, since another AMI is made of it`);
  const ledger = await retiring.ledgers.find(image);
  for (const [key, { id, region }] of Object.entries(ledger?.entries ?? {}))
    if (id === one.ami && region === one.region)
      await retiring.ledgers.retire(image, key, { at: isoTime(retiring), snapshotsKept: one.snapshots.length === 0 });
  return stays;
}

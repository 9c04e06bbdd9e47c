// What becomes of an image and each of its AMIs when it retires: one decision each, with its reason. Nothing that is used is touched.
import type { ImageRecord, OutputAmi } from '../model/image-record.ts';
import { isUnderWay } from '../model/image-record.ts';
import {
  type AmiDecision,
  type ImageAction,
  type ImageDecision,
  type LifecycleAction,
  statusAfter,
} from '../model/lifecycle.ts';
import { imageTag, stackTag } from '../model/tags.ts';
import { type AmiFacts, exclusion, imageExclusion } from './lifecycle-exclusion.ts';
import { type Due, retirable } from './lifecycle-selection.ts';

/** What a look at EC2 told of an AMI: undefined facts where there is none of this id, a problem where EC2 could not be asked. */
export type Look = { facts: AmiFacts | undefined; uses: string[] } | { problem: string };

export type Case = {
  image: Pick<ImageRecord, 'arn' | 'state' | 'outputResources' | 'lifecycle'>;
  /** Rules that are due, the mildest first. */
  due: Due[];
  /** Why none is, where none is. */
  otherwise: string;
  look(ami: OutputAmi): Look;
  /** What uses the image as a whole: channels, images that are made of it. */
  uses: string[];
  stackId: string;
  /** Epoch milliseconds. */
  now: number;
  /** By a person: not bound to one action a day. */
  byHand?: boolean;
};

/** Milliseconds between two actions of policies on one image: a day, of which a daily run may come a little early. */
const pause = 20 * 60 * 60_000;
/** Milliseconds ahead of now up to which a deprecation counts as done: EC2 rounds to minutes (API reference, EnableImageDeprecation). */
const soon = 3 * 60_000;

const ranks = ['AVAILABLE', 'DEPRECATED', 'DISABLED', 'DELETED'] as const;
type Status = (typeof ranks)[number];
/** How far a status is along the way; -1 for one that is not on it. */
const rank = (status: string) => ranks.indexOf(status as Status);
const rankAfter = (action: ImageAction) => rank(statusAfter[action]);

/** Whether something of this status needs no more of an action. */
export function hasSeen(action: ImageAction, status: string): boolean {
  return action === 'AVAILABLE' ? status === 'AVAILABLE' : rank(status) >= rankAfter(action);
}

/** How far an AMI is retired. */
export function amiStatus(facts: AmiFacts | undefined, now: number): Status {
  if (!facts) return 'DELETED';
  if (facts.state === 'disabled') return 'DISABLED';
  return facts.deprecationTime && Date.parse(facts.deprecationTime) <= now + soon ? 'DEPRECATED' : 'AVAILABLE';
}

/** An image is as far retired as the AMI of it that is least. */
export function imageStatus(amis: Status[]): Status {
  return ranks[Math.min(...amis.map(rank), rank('DELETED'))]!;
}

/** What an image of status `from` is once so much is `reached`: a rule takes nothing back, as where it was only marked before. */
export const furthest = (from: string, reached: Status): Status => ranks[Math.max(rank(from), rank(reached))]!;

/** At most one action for an image, the mildest that is due and not done; AMIs that a rule spares, or something uses, have none. */
export function decide(one: Case): ImageDecision {
  const { image, due, uses, now, byHand = false } = one;
  const { status } = image.state;
  const none = (reason: string, amis: AmiDecision[] = []): ImageDecision => ({
    image: image.arn,
    status,
    reason,
    amis,
  });
  if (isUnderWay(status)) return none('its build is under way');
  if (!retirable.includes(status)) return none(`it is ${status}: it has no AMI, and fills no place`);
  if (due.length === 0) return none(one.otherwise);
  if (uses.length > 0) return none(`it is used: ${uses.join(', ')}`);
  const last = image.lifecycle;
  if (!byHand && last && now < Date.parse(last.at) + pause)
    return none(`${last.action} was done on ${last.at}, and an image sees one action a day`);
  const looks = image.outputResources.amis.map((ami) => ({ ami, look: one.look(ami) }));
  const tags = looks.flatMap(({ look }) => ('problem' in look || !look.facts ? [] : [look.facts.tags]));
  let spared: ImageDecision | undefined;
  for (const { detail, because } of due) {
    const excluded = imageExclusion(detail, tags);
    if (excluded) {
      spared ??= none(excluded);
      continue;
    }
    const { type: action, includeResources } = detail.action;
    const decided = looks.map(({ ami, look }) => judge(one, ami, look, { detail, because }));
    const touched = includeResources?.amis === true;
    const after = decided.map(({ decision, before }) => (decision.action ? statusAfter[action] : before));
    const reached = touched ? imageStatus(after) : statusAfter[action];
    const amis = decided.map(({ decision }) => decision);
    const acts = amis.some((ami) => ami.action !== undefined);
    const partly = acts && !hasSeen(action, reached);
    if (acts || rank(reached) > rank(status))
      return { image: image.arn, status, action, ...(partly && { partly }), reason: because, amis };
    spared = none(amis.find(({ reason }) => reason)?.reason ?? 'nothing is left to do', amis);
  }
  return spared!;
}

/** What a rule that is due does to one AMI, and how far that is retired now. */
function judge({ stackId, image, now }: Case, ami: OutputAmi, look: Look, { detail, because }: Due) {
  const { type: action, includeResources } = detail.action;
  const place = { region: ami.region, account: ami.accountId, ami: ami.image, snapshots: [] as string[] };
  const answer = (reason: string, before: Status, more: Partial<AmiDecision> = {}) => ({
    before,
    decision: { ...place, reason, ...more } satisfies AmiDecision as AmiDecision,
  });
  if ('problem' in look) return answer(look.problem, 'AVAILABLE');
  const { facts, uses } = look;
  const before = amiStatus(facts, now);
  if (!facts) return answer('EC2 does not know it any more', 'DELETED');
  if (!includeResources?.amis) return answer('the policy is about the image only (includeResources.amis)', before);
  if (facts.tags[stackTag] !== stackId || facts.tags[imageTag] !== image.arn)
    return answer('it does not bear the tags of this stack and this image: it is not touched', before);
  if (hasSeen(action, before)) return answer(`it is ${before} already`, before);
  const excluded = exclusion(detail, ami, facts, now);
  if (excluded) return answer(excluded, before, { excluded: true });
  if (uses.length > 0) return answer(`it is used: ${uses.join(', ')}`, before);
  if (action === 'DELETE' && facts.deregistrationProtection)
    return answer(
      `it is protected against deregistration (${facts.deregistrationProtection}): take the protection off first, if it is to go`,
      before,
    );
  if (facts.state !== 'available' && facts.state !== 'disabled') return answer(`it is ${facts.state}`, before);
  const snapshots = includeResources.snapshots && action === 'DELETE' ? facts.snapshots : [];
  return answer(because, before, { action, snapshots });
}

/** What taking back a retirement does: disabled AMIs are enabled, deprecations ended. What is deleted stays so. */
export function restore({ image, look, now }: Pick<Case, 'image' | 'look' | 'now'>, because: string): ImageDecision {
  const { status } = image.state;
  const none = (reason: string): ImageDecision => ({ image: image.arn, status, reason, amis: [] });
  if (status === 'DELETED') return none('it is DELETED: deregistered AMIs do not come back');
  if (!retirable.includes(status)) return none(`it is ${status}: only retired images can be restored`);
  const amis = image.outputResources.amis.map((ami): AmiDecision => {
    const place = { region: ami.region, account: ami.accountId, ami: ami.image, snapshots: [] };
    const seen = look(ami);
    if ('problem' in seen) return { ...place, reason: seen.problem };
    if (!seen.facts) return { ...place, reason: 'EC2 does not know it any more' };
    if (amiStatus(seen.facts, now) === 'AVAILABLE' && !seen.facts.deprecationTime)
      return { ...place, reason: 'it is AVAILABLE already' };
    return { ...place, action: 'AVAILABLE', reason: because };
  });
  if (status === 'AVAILABLE' && amis.every(({ action }) => action === undefined))
    return none('it is AVAILABLE already');
  return { image: image.arn, status, action: 'AVAILABLE', reason: because, amis };
}

/** A rule as a person asks for it, for one image. */
export function byHand(action: LifecycleAction, snapshots: boolean, because: string): Due {
  const includeResources = { amis: true, snapshots: action === 'DELETE' && snapshots };
  return { detail: { action: { type: action, includeResources }, filter: { type: 'COUNT', value: 1 } }, because };
}

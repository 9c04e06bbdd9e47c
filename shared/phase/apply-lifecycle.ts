// Applies lifecycle policies, and what a person asks for one image: everything is decided before anything is done.
import { randomUUID } from 'node:crypto';
import { byHand, decide, restore } from '../build/lifecycle.ts';
import { excludedAccounts } from '../build/lifecycle-exclusion.ts';
import { isSelected, retirable, standings } from '../build/lifecycle-selection.ts';
import { NotFoundError } from '../errors.ts';
import type { ListedImage } from '../model/image-record.ts';
import type { ImageAction, LifecycleReport, LifecycleRequest } from '../model/lifecycle.ts';
import type { LifecyclePolicy } from '../model/lifecycle-policy-schema.ts';
import type { LifecyclePolicies, LifecyclePolicyRecord } from '../store/lifecycle-policies.ts';
import { imageUses, type UsingImages } from './image-uses.ts';
import { carryOut, type Decide, isActing } from './lifecycle-acts.ts';
import { type Looks, lookAt } from './lifecycle-facts.ts';
import { beginRun, noCounts, type RunOf } from './lifecycle-run.ts';
import type { Marking } from './mark-retiring.ts';
import type { Lambda } from './phase.ts';
import { type Broken, leftOver, resumeRetirement } from './resume-retirement.ts';
import type { RetiringImages } from './retire-image.ts';

export type Applying = RetiringImages &
  UsingImages &
  Marking & { policies: Pick<LifecyclePolicies, 'find' | 'names'>; stackId: string };

/** Where what people do to images is kept, beside the runs of policies: no policy has this name. */
const byPeople = '*';

/** A policy that cannot be applied does not keep the others from it. */
export async function applyLifecycle(
  applying: Applying,
  request: LifecycleRequest,
  lambda: Lambda,
): Promise<LifecycleReport[]> {
  if ('image' in request) return [await updateImage(applying, request, lambda)];
  if ('policy' in request) {
    const { policy: name, dryRun, trigger } = request;
    const record = await applying.policies.find(name);
    if (record) return [await applyPolicy(applying, record, { policy: record.name, dryRun, trigger }, lambda)];
    throw new NotFoundError(`There is no lifecycle policy ${name}: register it with \`image-builder apply\`.`);
  }
  await finishByHand(applying, lambda);
  const reports: LifecycleReport[] = [];
  for (const name of await applying.policies.names()) {
    const record = await applying.policies.find(name);
    if (!record || record.policy.schedule !== undefined) continue;
    const of = { policy: record.name, dryRun: false, trigger: 'rule' as const };
    reports.push(await applyPolicy(applying, record, of, lambda).catch((error: Error) => failed(applying, of, error)));
  }
  // Nobody reads what the rule is answered, and it would be too long for some.
  return reports.map((report) => ({ ...report, decisions: [] }));
}

function failed({ metrics }: Applying, { policy, dryRun }: RunOf, error: Error): LifecycleReport {
  metrics.count('LifecycleFailures');
  return { policy, dryRun, counts: noCounts(), decisions: [], problems: [error.message] };
}

async function every({ images }: Applying): Promise<ListedImage[]> {
  const all: ListedImage[] = [];
  for await (const image of images.all()) all.push(image);
  return all;
}

async function applyPolicy(
  applying: Applying,
  { name, policy }: LifecyclePolicyRecord,
  of: RunOf,
  lambda: Lambda,
): Promise<LifecycleReport> {
  const { dryRun, trigger } = of;
  if (policy.status === 'DISABLED' && trigger !== 'manual')
    return { policy: name, dryRun, counts: noCounts(), decisions: [], problems: [], skipped: 'it is DISABLED' };
  const run = await beginRun(applying, of);
  const all = await every(applying);
  const { chosen, look: first } = await selectedBy(applying, policy, all);
  const standing = standings(policy, chosen, applying.now(), (image) => isGone(image, first));
  const decideNow: Decide = (image, look, used) =>
    decide({
      ...{ due: [], otherwise: 'no rule of the policy is about it' },
      ...standing.get(image.arn),
      ...{ image, look, uses: used.get(image.arn) ?? [], stackId: applying.stackId, now: applying.now() },
    });
  const by = `policy ${name}`;
  const sharedWith = excludedAccounts(policy.policyDetails);
  const going = { policy: name, by, run: run.id, until: lambda.until };
  const again = dryRun
    ? await leftOver(applying, name, all)
    : await resumeRetirement(applying, { ...going, all, sharedWith, decide: () => decideNow, finished: run.try });
  const selected = all.filter(({ arn }) => standing.has(arn) && !again.has(arn));
  const due = selected.filter(({ arn }) => standing.get(arn)?.due.length);
  const used = await imageUses(applying, all, due);
  // Who uses an AMI, or shares it, is asked only where something would be done to it.
  const wouldAct = new Set(due.filter((image) => isActing(decideNow(image, first, used))));
  const second = await lookAt(applying, [...wouldAct], { sharedWith, uses: true });
  const decisions = selected.map((image) => decideNow(image, wouldAct.has(image) ? second : first, used));
  if (dryRun) return run.end([...again.values(), ...decisions]);
  const work = { run, decisions, all, decide: decideNow, sharedWith, by, policy: name };
  return run.end([...again.values(), ...(await carryOut(applying, work, lambda))]);
}

type Chosen = { chosen: ListedImage[]; look: Looks };

/** With a look at their AMIs: tags are those that the AMIs of an image bear, and an image whose AMIs are gone fills no place. */
async function selectedBy(applying: Applying, policy: LifecyclePolicy, all: ListedImage[]): Promise<Chosen> {
  const there = all.filter(({ state }) => retirable.includes(state.status));
  if (!policy.resourceSelection.tagMap) {
    const chosen = there.filter((image) => isSelected(policy, image, () => []));
    return { chosen, look: await lookAt(applying, chosen) };
  }
  const look = await lookAt(applying, there);
  const tagsOf = (image: ListedImage) =>
    image.outputResources.amis.flatMap((ami) => {
      const seen = look(ami);
      return 'facts' in seen && seen.facts ? [seen.facts.tags] : [];
    });
  return { chosen: there.filter((image) => isSelected(policy, image, () => tagsOf(image))), look };
}

/** Not where a region does not answer. */
const isGone = ({ outputResources: { amis } }: ListedImage, look: Looks): boolean =>
  amis.every((ami) => {
    const seen = look(ami);
    return 'facts' in seen && seen.facts === undefined;
  });

/** The same guards hold, but for the pause between two actions. */
async function updateImage(
  applying: Applying,
  { image: arn, action, reason = 'asked for', snapshots, dryRun }: Extract<LifecycleRequest, { image: string }>,
  lambda: Lambda,
): Promise<LifecycleReport> {
  const run = await beginRun(applying, { policy: byPeople, dryRun, trigger: 'manual' });
  const by = 'hand';
  const decideNow = asked(applying, action, snapshots, reason);
  const all = await every(applying);
  if (!dryRun) {
    const broken = brokenByHand(applying, all, { run: run.id, until: lambda.until }, run.try);
    const again = (await resumeRetirement(applying, { ...broken, only: arn })).get(arn);
    if (again?.action === action) return run.end([again]);
  }
  const image = await applying.images.read(arn);
  const used = await imageUses(applying, all, [image]);
  const decisions = [decideNow(image, await lookAt(applying, [image], { uses: true }), used)];
  if (dryRun) return run.end(decisions);
  const work = { run, decisions, all, decide: decideNow, sharedWith: [], by, policy: byPeople };
  return run.end(await carryOut(applying, work, lambda));
}

/** What people asked for and was broken off, where nobody asks again: the metric tells what fails. */
async function finishByHand(applying: Applying, { until }: Lambda): Promise<void> {
  const all = await every(applying);
  const finished: Broken['finished'] = async (_, work) => {
    const problems = await work().catch((error: Error) => [error.message]);
    if (problems.length > 0) applying.metrics.count('LifecycleFailures');
  };
  await resumeRetirement(applying, brokenByHand(applying, all, { run: randomUUID(), until }, finished));
}

const brokenByHand = (
  applying: Applying,
  all: ListedImage[],
  { run, until }: Pick<Broken, 'run' | 'until'>,
  finished: Broken['finished'],
): Broken => ({
  ...{ policy: byPeople, by: 'hand', run, until, all, finished, sharedWith: [] },
  decide: ({ action = 'DELETE', amis, reason }) =>
    asked(
      applying,
      action,
      amis.some(({ snapshots }) => snapshots.length > 0),
      reason,
    ),
});

const asked =
  (applying: Applying, action: ImageAction, snapshots: boolean, reason: string): Decide =>
  (image, look, used) => {
    const { stackId } = applying;
    const known = { image, look, uses: used.get(image.arn) ?? [], stackId, now: applying.now() };
    if (action === 'AVAILABLE') return restore(known, reason);
    return decide({ ...known, due: [byHand(action, snapshots, reason)], otherwise: '', byHand: true });
  };

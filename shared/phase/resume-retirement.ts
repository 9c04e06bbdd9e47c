// Ends what a run has begun and not finished, since it was killed or something failed: an image of which something is done is done with first, before anything is decided anew.
import { amiStatus, hasSeen } from '../build/lifecycle.ts';
import { isUnderWay, type ListedImage } from '../model/image-record.ts';
import type { AmiDecision, ImageDecision, LifecycleResource } from '../model/lifecycle.ts';
import { announce } from './announce.ts';
import { imageUses, refreshed, type UsingImages } from './image-uses.ts';
import { type Acting, type Decide, timeOfImage } from './lifecycle-acts.ts';
import { type Looks, lookAt } from './lifecycle-facts.ts';
import { type Marking, whileMarked } from './mark-retiring.ts';
import { type RetiringImages, retireImage } from './retire-image.ts';
import { isoTime } from './timeline.ts';

export type Broken = {
  policy: string;
  by: string;
  sharedWith: string[];
  /** The one that is going on now, and when (epoch milliseconds) it can no longer act. */
  run: string;
  until: number;
  /** The image that is asked for: a person is not told of others, which the daily rule sees to. All where left out. */
  only?: string;
  /** Every image that is known; those that are finished here are replaced in it. */
  all: ListedImage[];
  decide(resource: LifecycleResource): Decide;
  /** Told of each image that is finished, and of what went wrong. */
  finished(decision: Acting, work: () => Promise<string[]>): Promise<void>;
};

/** Runs that are looked at for one that was killed. */
const fewRuns = 50;
/** Milliseconds that a function of ours runs at most. */
const longest = 15 * 60_000;

/** Answers what was gone on with, by image: it is this run's now, which has done with the image what can be done. */
export async function resumeRetirement(
  retiring: RetiringImages & UsingImages & Marking,
  broken: Broken,
): Promise<Map<string, Acting>> {
  const { runs } = retiring;
  const { policy, all } = broken;
  for (const { arn, state, unannounced } of all) {
    if (!unannounced || isUnderWay(state.status)) continue;
    const image = await retiring.images.find(arn);
    if (image) await announce(retiring, image);
  }
  const resumed = new Map<string, Acting>();
  for (const resource of await runs.unfinished(policy)) {
    if (broken.only !== undefined && broken.only !== resource.image) continue;
    if (retiring.now() + timeOfImage > broken.until) break;
    const came = await finish(retiring, broken, resource);
    if (came === 'nothing') await runs.note(policy, { ...resource, state: 'ENDED' });
    else if (came !== 'left') resumed.set(came.image, came);
  }
  for (const run of await runs.newest(policy, fewRuns)) {
    const killed = run.status === 'IN_PROGRESS' && retiring.now() >= Date.parse(run.time) + longest;
    if (run.id === broken.run || !killed) continue;
    const told = 'It was broken off; the next run went on.';
    await runs.end(policy, { ...run, status: 'FAILED', ended: isoTime(retiring), problems: [...run.problems, told] });
  }
  return resumed;
}

/** What resumeRetirement would go on with though no rule is about it: snapshots that are left of images that are DELETED. */
export async function leftOver(
  { runs }: Pick<RetiringImages, 'runs'>,
  policy: string,
  all: ListedImage[],
): Promise<Map<string, ImageDecision>> {
  const gone = new Set(all.filter(({ state }) => state.status === 'DELETED').map(({ arn }) => arn));
  const left = (await runs.unfinished(policy)).filter(({ image }) => gone.has(image));
  return new Map(
    left.map(({ image, action, reason, amis }) => [
      image,
      { image, status: 'DELETED', ...(action && { action }), reason, amis },
    ]),
  );
}

/** `left`: another run is at the image. `nothing`: all or none of it was done, and the rules decide anew. */
type Came = 'nothing' | 'left' | Acting;

async function finish(
  retiring: RetiringImages & UsingImages & Marking,
  broken: Broken,
  resource: LifecycleResource,
): Promise<Came> {
  if (!(await retiring.images.find(resource.image))) return 'nothing';
  let came: Came = 'left';
  await whileMarked(retiring, [resource.image], { run: broken.run, until: broken.until }, async (marked) => {
    if (marked.size > 0) came = await finishMarked(retiring, broken, resource);
  });
  return came;
}

/** What has seen its action stays so; what has not is done where it still may be. */
async function finishMarked(
  retiring: RetiringImages & UsingImages,
  broken: Broken,
  resource: LifecycleResource,
): Promise<Came> {
  const { policy, by, all, decide, finished } = broken;
  const { action } = resource;
  const image = await retiring.images.read(resource.image);
  if (action === undefined || image.lifecycle?.run === resource.run) return 'nothing';
  const look = await lookAt(retiring, [image], { uses: true, sharedWith: broken.sharedWith });
  const fresh = await refreshed(retiring, all, [image.arn]);
  const used = await imageUses(retiring, fresh.all, [image], fresh.starts);
  const now = decide(resource)(image, look, used);
  const done = resource.amis.filter((one) => one.action !== undefined && wasDone(retiring, image, one, look));
  if (done.length === 0) return 'nothing';
  const amis = resource.amis.map((one): AmiDecision => {
    if (done.includes(one)) return one;
    const again = now.amis.find(({ ami, region }) => ami === one.ami && region === one.region);
    return again?.action === action ? again : withoutAction(again ?? one);
  });
  const { image: arn, reason } = resource;
  const decision: Acting = { image: arn, status: image.state.status, action, reason, amis };
  await finished(decision, () => retireImage(retiring, image, decision, look, { by, policy, run: broken.run }));
  const index = all.findIndex(({ arn }) => arn === image.arn);
  if (index >= 0) all[index] = await retiring.images.read(image.arn);
  return decision;
}

const withoutAction = ({ action: _, ...one }: AmiDecision): AmiDecision => one;

function wasDone({ now }: RetiringImages, image: ListedImage, one: AmiDecision, look: Looks): boolean {
  const output = image.outputResources.amis.find(({ image: id, region }) => id === one.ami && region === one.region);
  const seen = output && look(output);
  return seen !== undefined && 'facts' in seen && hasSeen(one.action!, amiStatus(seen.facts, now()));
}

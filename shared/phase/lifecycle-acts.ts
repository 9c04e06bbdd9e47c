// Does what was decided about many images, some at a time, each looked at once more just before.
import type { ListedImage } from '../model/image-record.ts';
import { type ImageAction, type ImageDecision, imageActions } from '../model/lifecycle.ts';
import { imageUses, refreshed, type UsingImages } from './image-uses.ts';
import { type Looks, lookAt } from './lifecycle-facts.ts';
import type { Running } from './lifecycle-run.ts';
import { type Marking, whileMarked } from './mark-retiring.ts';
import type { Lambda } from './phase.ts';
import { type RetiringImages, retireImage } from './retire-image.ts';

export type Acting = ImageDecision & { action: ImageAction };
export const isActing = (decision: ImageDecision): decision is Acting => decision.action !== undefined;

/** Decides about one image by what is known at the moment. */
export type Decide = (image: ListedImage, look: Looks, used: Map<string, string[]>) => ImageDecision;

export type Work = {
  run: Running;
  decisions: ImageDecision[];
  /** Every image that is known. */
  all: ListedImage[];
  decide: Decide;
  /** Accounts of which it matters whether an AMI is shared with them. */
  sharedWith: string[];
  by: string;
  policy: string;
};

/** Images that are looked at once more, and then acted on, at a time. */
const batchSize = 20;
/** Milliseconds in which a batch is looked at, and those in which one image is done: 45 AMIs, 15 regions in 3 accounts, are 135 calls of EC2. */
const timeOfLook = 60_000;
export const timeOfImage = 90_000;

/** Deprecates, then disables, then deletes; what is no longer so is not done. Answers the decisions as they then were. */
export async function carryOut(
  retiring: RetiringImages & UsingImages & Marking,
  { run, decisions, all, decide, sharedWith, by, policy }: Work,
  { until }: Lambda,
): Promise<ImageDecision[]> {
  const order = (one: Acting) => imageActions.indexOf(one.action);
  const acting = decisions.filter(isActing).sort((a, b) => order(a) - order(b));
  const final = new Map(decisions.map((decision) => [decision.image, decision]));
  for (let start = 0; start < acting.length; start += batchSize) {
    if (retiring.now() + timeOfLook + timeOfImage > until) {
      run.pause(acting.length - start);
      break;
    }
    let left = 0;
    const batch = acting.slice(start, start + batchSize);
    const arns = batch.map(({ image }) => image);
    await whileMarked(retiring, arns, { run: run.id, until }, async (marked) => {
      // All of this after the marks: whoever has begun to use an image before is seen, whoever does so later sees the mark.
      const images = await Promise.all(arns.map((arn) => retiring.images.read(arn)));
      const look = await lookAt(retiring, images, { sharedWith, uses: true });
      const { all: now, starts } = await refreshed(retiring, all, arns);
      const used = await imageUses(retiring, now, images, starts);
      for (const [index, before] of batch.entries()) {
        const image = images[index]!;
        if (!marked.has(image.arn)) {
          await run.try(before, async () => [
            `${image.arn}: another run is retiring it at this moment, so this one has left it alone. The next run, or the same call again, sees to it.`,
          ]);
          continue;
        }
        if (retiring.now() + timeOfImage > until) {
          left++;
          continue;
        }
        const decision = decide(image, look, used);
        final.set(image.arn, decision);
        if (isActing(decision) && decision.action === before.action)
          await run.try(decision, () => retireImage(retiring, image, decision, look, { by, policy, run: run.id }));
      }
    });
    if (left > 0) {
      run.pause(acting.length - start - batch.length + left);
      break;
    }
  }
  return decisions.map(({ image }) => final.get(image)!);
}

// Marks images while they are looked at and retired, and takes the marks back whatever becomes of that.

import { atOnce } from '../at-once.ts';
import type { Retirements } from '../store/retirements.ts';

export type Marking = { retirements: Pick<Retirements, 'mark' | 'unmark'>; now(): number };

const together = 8;

/** `work` is told which of the images this run has marked: the others are those of another run. `until`: as in RetirementMark. */
export async function whileMarked(
  { retirements, now }: Marking,
  images: string[],
  mark: { run: string; until: number },
  work: (marked: Set<string>) => Promise<void>,
): Promise<void> {
  const marked = new Set<string>();
  try {
    await atOnce(together, images, async (image) => {
      if (await retirements.mark(image, mark, now())) marked.add(image);
    });
    await work(marked);
  } finally {
    await atOnce(together, marked, (image) => retirements.unmark(image, mark.run));
  }
}

// What several runs of one measurement come to: machine noise is shown, not averaged away.

export type Sample = { min: number; median: number; max: number; runs: number };

export function sample(values: number[]): Sample {
  if (values.length === 0) throw new Error('There is no value to sum up');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = sorted.length % 2 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { min: sorted[0]!, median, max: sorted.at(-1)!, runs: sorted.length };
}

/** `median (min–max)`, or the one value where all are the same. */
export function sampleText({ min, median, max }: Sample, digits = 1): string {
  const [low, middle, high] = [min, median, max].map((value) => value.toFixed(digits));
  return low === high ? middle! : `${middle} (${low}–${high})`;
}

// What the bucket of RunInstances alone allows a crowd: arithmetic of the table, with the stretches of one build that has no others beside it.
import { awsLimits } from '../../local/throttling/aws-buckets.ts';
import type { ImageRecord } from '../../shared/model/image-record.ts';

/** Milliseconds of a build: from its start to its end, and from when its tester is launched to its end. */
export type Stretches = { whole: number; afterTester: number };

export function stretchesOf(image: ImageRecord): Stretches {
  const end = Date.parse(image.dateEnded!);
  const tester = image.timeline.LaunchTester;
  if (!tester) throw new Error(`${image.arn} has had no tester`);
  return { whole: end - Date.parse(image.dateCreated), afterTester: end - Date.parse(tester.started) };
}

/** The least milliseconds for so many builds of a builder and a tester that start evenly `within`: the later of what the last builder and the last tester leave. */
export function bound(builds: number, within: number, { whole, afterTester }: Stretches): number {
  const { size, perSecond } = awsLimits.ec2!('RunInstances', false)!.call;
  const launched = (calls: number) => (Math.max(0, calls - size) / perSecond) * 1000;
  const lastStart = (within / builds) * (builds - 1);
  return Math.max(lastStart + whole, launched(builds) + whole, launched(2 * builds) + afterTester);
}

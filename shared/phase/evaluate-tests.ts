// The verdict: counts what the tests said, and fails the build when one of them failed.
import { commandStateOf } from '../build/plan.ts';
import { failedTests, testSummary } from '../build/tests.ts';
import { NotFoundError, TestFailedError } from '../errors.ts';
import type { Plans } from '../store/plans.ts';
import { type Announcer, advance } from './announce.ts';
import { inState, isoTime } from './timeline.ts';

export type Evaluating = Announcer & { plans: Plans; now(): number };

export async function evaluateTests(evaluating: Evaluating, { image }: { image: string }): Promise<void> {
  const { images, plans } = evaluating;
  const state = 'EvaluateTests';
  await inState(evaluating, image, { state }, async () => {
    const plan = await plans.read(image);
    if (plan.imageTestsEnabled) {
      const results = await plans.results(image, 'test');
      if (results.length < plan.test.length)
        throw new NotFoundError(
          `${plan.test.length} test commands of ${image} ran, but ${results.length} left a result.`,
        );
      const summary = testSummary(results.map((result, index) => ({ ...result, ...plan.test[index] })));
      await images.tested(image, summary, { key: state, ended: isoTime(evaluating) });
      if (summary.failed > 0) throw new TestFailedError(failedTests(summary));
    } else {
      const off = `Tests are turned off (imageTestsConfiguration): ${commandStateOf.test} did not run.`;
      await images.note(image, [plan.source?.copied ? 'A distribution runs no tests.' : off]);
      await images.finish(image, state, { ended: isoTime(evaluating) });
    }
    await advance(evaluating, image, 'DISTRIBUTING');
  });
}

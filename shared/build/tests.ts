// The verdict over the tests: every test ran, this decides.
import type { TestSummary } from '../model/image-record.ts';

type Tested = { label: string; component?: string; status: 'success' | 'failed'; reason?: string };

/** Counts the tests of components; our own steps are not tests. */
export function testSummary(commands: Tested[]): TestSummary {
  const results = commands
    .filter(({ component }) => component)
    .map(({ label, status, reason }) => ({
      component: label,
      status: status === 'success' ? ('passed' as const) : ('failed' as const),
      ...(reason && { reason }),
    }));
  const failed = results.filter(({ status }) => status === 'failed').length;
  return { total: results.length, passed: results.length - failed, failed, results };
}

/** The reason a failed verdict gives: every failed test by name. */
export const failedTests = ({ results, failed, total }: TestSummary) =>
  `${failed} of ${total} tests failed. ${results.flatMap(({ reason }) => reason ?? []).join(' ')}`;

// `sweep`: calls the stack's sweep, and shows its report.
import { processOutput } from '../output.ts';
import { isClean, sweepLines } from '../report/sweep-report.ts';
import { type StackOptions, withStack } from '../session.ts';

export type SweepOptions = StackOptions & { dryRun?: boolean; output: 'text' | 'json' };

/** Exit code 0 where nothing needs a person. */
export async function sweep(options: SweepOptions): Promise<number> {
  const output = processOutput('json');
  const report = await withStack(options, output, ({ stack }) => stack.sweep({ dryRun: options.dryRun === true }));
  if (options.output === 'json') output.json(report);
  else sweepLines(report).forEach(output.out);
  return isClean(report) ? 0 : 1;
}

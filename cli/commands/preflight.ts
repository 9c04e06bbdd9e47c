// `preflight`: has the stack check what a pipeline's distribution names, as a build would first of all.
import { processOutput } from '../output.ts';
import { pipelineName } from '../pipeline/name.ts';
import { preflightLines } from '../report/preflight-report.ts';
import { type StackOptions, withStack } from '../session.ts';

export type PreflightOptions = StackOptions & { output: 'text' | 'json' };

/** Exit code 1 where a setting would fail. */
export async function preflight(reference: string, options: PreflightOptions): Promise<number> {
  const output = processOutput('json');
  const imagePipelineName = pipelineName(reference);
  const report = await withStack(options, output, ({ stack }) => stack.preflight({ imagePipelineName }));
  if (options.output === 'json') output.json(report);
  else preflightLines(report).forEach(output.out);
  return report.problems.length > 0 ? 1 : 0;
}

// `pipelines runs`: what became of every request to build a pipeline.
import { processOutput } from '../output.ts';
import { pipelineName } from '../pipeline/name.ts';
import { columns } from '../report/columns.ts';
import { type StackOptions, withStack } from '../session.ts';
import { printable } from '../terminal-text.ts';

export type RunsOptions = StackOptions & { limit: number; output: 'text' | 'json' };

export async function listRuns(reference: string, { limit, ...options }: RunsOptions): Promise<number> {
  const output = processOutput('json');
  const name = pipelineName(reference);
  const runs = await withStack(options, output, ({ stack }) => stack.newestRuns(name, limit));
  if (options.output === 'json') output.json(runs);
  else if (runs.length === 0) output.out(`The pipeline ${printable(name)} has no runs yet.`);
  else {
    const rows = runs.map(({ time, trigger, outcome, imageBuildVersionArn = '', reason = '' }) => {
      const image = imageBuildVersionArn.replace(/^.*:image\//, '');
      return [time, trigger, outcome, image, printable(reason)];
    });
    columns(rows).forEach(output.out);
  }
  return 0;
}

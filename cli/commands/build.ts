// `build`: registers a pipeline file, starts a build and follows it to its end.
import type { PipelineDefinition } from '../../shared/model/pipeline-schema.ts';
import { problemText } from '../../shared/model/problem.ts';
import type { PutResourcesOutput } from '../../shared/model/put-resources.ts';
import { type Output, processOutput } from '../output.ts';
import { readBuildable } from '../pipeline/buildable.ts';
import { printableLines } from '../terminal-text.ts';
import { type FollowedOptions, followedBuild } from './followed-build.ts';

export type BuildOptions = FollowedOptions & { var: Record<string, string> };

/** Exit code 0 for AVAILABLE, 1 for any other end. */
export async function build(path: string, options: BuildOptions): Promise<number> {
  const { input, before, warnings } = await readBuildable(path, options.var);
  const { warn } = processOutput(options.output);
  for (const warning of warnings) printableLines(`warning: ${problemText(warning)}`).forEach(warn);
  return followedBuild({ ...options, accounts: accountsOf(input.pipeline) }, async (stack, output) => {
    if (before) await stack.putResources(before);
    const answer = await stack.putResources(input);
    for (const warning of answer.warnings ?? []) printableLines(`warning: ${warning}`).forEach(warn);
    registered(answer, input.pipeline.name, output);
    return { imagePipelineName: input.pipeline.name, contentHash: answer.contentHash! };
  });
}

/** A local cloud that is started for the build has what the pipeline's target accounts need. */
function accountsOf({ distributionConfiguration }: PipelineDefinition): string[] {
  if (typeof distributionConfiguration === 'string') return [];
  const { distributions } = distributionConfiguration;
  return [...new Set(distributions.flatMap(({ amiDistributionConfiguration: ami }) => ami.targetAccountIds ?? []))];
}

function registered({ change, components }: PutResourcesOutput, name: string, output: Output): void {
  output.say(`pipeline ${name} ${change}`);
  for (const component of components)
    output.say(`component ${component.componentBuildVersionArn.replace(/^.*:component\//, '')} ${component.change}`);
}

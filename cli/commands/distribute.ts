// `distribute`: copies an AMI, or an image, to regions and publishes it there as a new image, without a build.
import type { Stack } from '../aws/stack.ts';
import { CommandError } from '../command-error.ts';
import { printable } from '../terminal-text.ts';
import { findImage } from './find-image.ts';
import { type FollowedOptions, followedBuild } from './followed-build.ts';

export type DistributeOptions = FollowedOptions & { to: string[]; pipeline?: string };

/** Exit code 0 for AVAILABLE, 1 for any other end, 2 where the input is not right. */
export async function distribute(source: string, { to: regions, pipeline, ...options }: DistributeOptions) {
  return followedBuild(options, async (stack, output) => {
    const named = pipeline ?? (source.startsWith('ami-') ? await pipelineOf(stack, source) : undefined);
    const from = source.startsWith('ami-') ? source : (await findImage(stack, source)).arn;
    output.say(`distribution of ${from} to ${regions.join(', ')}`);
    return { distribution: { source: from, regions }, ...(named && { imagePipelineName: named }) };
  });
}

/** The pipeline of the image whose output an AMI is. */
async function pipelineOf(stack: Stack, ami: string): Promise<string> {
  for await (const { outputResources, sourcePipelineName } of stack.newestImages())
    if (outputResources.amis.some(({ image }) => image === ami)) return sourcePipelineName;
  throw new CommandError(
    `AMI ${printable(ami)} is no output of an image of this stack: name with --pipeline the pipeline whose names, tags and permissions its copies are to have.`,
    { exitCode: 2 },
  );
}

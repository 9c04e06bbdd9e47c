// `retry`: tests and publishes the AMI that a failed image kept, without building it again.
import { findImage } from './find-image.ts';
import { type FollowedOptions, followedBuild } from './followed-build.ts';

/** Exit code 0 for AVAILABLE, 1 for any other end, 2 where there is nothing to go on from. */
export async function retry(reference: string, options: FollowedOptions): Promise<number> {
  return followedBuild(options, async (stack, output) => {
    const { arn, sourcePipelineName } = await findImage(stack, reference);
    output.say(`retry of ${arn}, by pipeline ${sourcePipelineName} as it is registered now`);
    return { retryOf: arn };
  });
}

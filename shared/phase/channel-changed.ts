// What follows a channel that has another image: pipelines whose parent is its parameter are built on that.
import { channelParameter } from '../model/channel.ts';
import type { ChannelChanged } from '../model/start-build.ts';
import { parameterName, parentSources } from '../software/parent-family.ts';
import { eachPipeline, type Following, unlessGone } from './image-ended.ts';
import type { Lambda } from './phase.ts';
import { requestBuild } from './request-build.ts';
import { resolvePipeline } from './resolve-pipeline.ts';

/** Parents are read in the home region: a channel that is not there builds nothing. Idempotent for each change. */
export async function channelChanged(
  following: Following,
  { name, channel, at, amis }: ChannelChanged,
  lambda: Pick<Lambda, 'until'>,
): Promise<void> {
  if (!amis.some(({ region }) => region === following.home.region)) return;
  const parameter = channelParameter(name, channel);
  const source = `ssm:${parameterName(parameter)}` as const;
  await eachPipeline(following, await following.updateSubjects.concerned(`parent-image#${source}`), async (record) => {
    const resolved = await resolvePipeline(following, record).catch(unlessGone);
    const sources = resolved ? parentSources(resolved.pipeline.imageRecipe.parentImage) : [];
    if (!sources.includes(source)) return;
    const request = {
      imagePipelineName: record.pipeline.name,
      clientToken: `channel ${parameter} ${at}`,
      trigger: 'dependency' as const,
      reasons: [`the channel ${channel} of ${name} has another image`],
    };
    await requestBuild(following, request, lambda);
  });
}

// Which pipelines build on the images of which: the edges of the cascade.
import { parseArn } from '../model/arns.ts';
import { channelParameter } from '../model/channel.ts';
import { normalisedName } from '../model/names.ts';
import { parseParentImage } from '../model/parent-image.ts';
import type { Pipeline } from '../model/pipeline-schema.ts';
import { parseVersion, versionSortKey, versionSortKeyPrefix } from '../model/versions.ts';
import { parameterName, parentSources } from '../software/parent-family.ts';

type Made = { name: string; version: string; build?: number };

/** True when the parent image of the pipeline may be this image; without a build number: one of its builds to come. */
export function buildsOn(pipeline: Pipeline, { name, version, build }: Made): boolean {
  const parent = parseParentImage(pipeline.imageRecipe.parentImage);
  if (parent?.kind !== 'image' || normalisedName(parent.name) !== normalisedName(name)) return false;
  // A parent of one build never changes.
  if (parent.version.build !== undefined) return false;
  const number = parseVersion(version);
  return number !== undefined && versionSortKey(number, build ?? 1).startsWith(versionSortKeyPrefix(parent.version));
}

/** Name, version and build of the image that an ARN names. */
export function madeBy(imageArn: string): Made {
  const { name, version = '', build } = parseArn(imageArn)!;
  return { name, version, ...(build !== undefined && { build }) };
}

/** True when the parent image of the pipeline is the channel that the other one publishes to. */
function takesChannelOf({ imageRecipe: { parentImage } }: Pipeline, from: Pipeline): boolean {
  const { channel } = from.distributionConfiguration;
  if (channel === undefined) return false;
  const source = `ssm:${parameterName(channelParameter(from.imageRecipe.name, channel))}` as const;
  return parentSources(parentImage).includes(source);
}

/**
 * The names of a circle of pipelines that `pipeline` would close, beginning and ending with it: each builds on the one
 * before, so that a build of one would start builds without end. Undefined when there is none.
 */
export function circle(pipeline: Pipeline, others: Pipeline[]): string[] | undefined {
  const all = [pipeline, ...others.filter(({ name }) => normalisedName(name) !== normalisedName(pipeline.name))];
  const makes = ({ imageRecipe }: Pipeline) => ({ name: imageRecipe.name, version: imageRecipe.semanticVersion });
  const seen = new Set<Pipeline>();
  const search = (from: Pipeline, chain: string[]): string[] | undefined => {
    for (const next of all.filter((other) => buildsOn(other, makes(from)) || takesChannelOf(other, from))) {
      if (next === pipeline) return [...chain, pipeline.name];
      if (seen.has(next)) continue;
      seen.add(next);
      const found = search(next, [...chain, next.name]);
      if (found) return found;
    }
    return undefined;
  };
  return search(pipeline, [pipeline.name]);
}

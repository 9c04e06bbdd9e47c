// Image Builder's ARNs, written and read; ours look like AWS's, so that tags and policies keep their shape.
import { isName, normalisedName } from './names.ts';
import { parseVersionReference } from './versions.ts';

export type Home = { partition: string; region: string; accountId: string };

export type ArnParts = Home & {
  type: 'image' | 'component' | 'image-pipeline';
  name: string;
  /** `1.0.0` or a reference such as `x.x.x`; absent for pipelines. */
  version?: string;
  build?: number;
};

/** `arn:<partition>:imagebuilder:<region>:<account>:image/<normalised name>/<version>/<build>` */
export function imageArn(home: Home, name: string, version: string, build: number): string {
  return `${prefix(home)}:image/${normalisedName(name)}/${version}/${build}`;
}

/** `…:component/<normalised name>/<version>/<build>` */
export function componentArn(home: Home, name: string, version: string, build: number): string {
  return `${prefix(home)}:component/${normalisedName(name)}/${version}/${build}`;
}

/** `…:image-pipeline/<normalised name>` */
export function imagePipelineArn(home: Home, name: string): string {
  return `${prefix(home)}:image-pipeline/${normalisedName(name)}`;
}

const arnPattern =
  /^arn:(aws[a-z-]*):imagebuilder:([a-z0-9-]+):([0-9]{12}):(?:(image-pipeline)\/([^/]+)|(image|component)\/([^/]+)\/([^/]+)(?:\/([^/]+))?)$/;

/** Reads the ARN of an image, a component (versions may be references) or a pipeline. Undefined for anything else. */
export function parseArn(text: string): ArnParts | undefined {
  const match = arnPattern.exec(text);
  if (!match) return undefined;
  const [, partition, region, accountId, pipeline, pipelineName, type, name, version, build] = match;
  const home = { partition: partition!, region: region!, accountId: accountId! };
  if (pipeline) return isName(pipelineName!) ? { ...home, type: 'image-pipeline', name: pipelineName! } : undefined;
  const reference = parseVersionReference(build === undefined ? version! : `${version}/${build}`);
  if (!reference || !isName(name!)) return undefined;
  return {
    ...home,
    type: type as 'image' | 'component',
    name: name!,
    version: version!,
    ...(reference.build !== undefined && { build: reference.build }),
  };
}

function prefix({ partition, region, accountId }: Home): string {
  return `arn:${partition}:imagebuilder:${region}:${accountId}`;
}

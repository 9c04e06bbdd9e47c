// Image Builder's ARNs, written and read; ours look like AWS's, so that tags and policies keep their shape.
import { isName, normalisedName } from './names.ts';
import { parseVersionReference } from './versions.ts';

export type Home = { partition: string; region: string; accountId: string };

/** The kinds of resources that a stack registers, as ARNs name them. */
export const resourceTypes = [
  'component',
  'image-recipe',
  'infrastructure-configuration',
  'distribution-configuration',
  'image-pipeline',
  'lifecycle-policy',
] as const;

export type ResourceType = (typeof resourceTypes)[number];

export type ArnParts = Home & {
  type: ResourceType | 'image';
  name: string;
  /** `1.0.0` or a reference such as `x.x.x`; absent for what has no versions. */
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

/** `…:<type>/<normalised name>[/<version>[/<build>]]`; `version` may hold the build number. */
export function resourceArn(home: Home, type: ResourceType, name: string, version?: string): string {
  return `${prefix(home)}:${type}/${normalisedName(name)}${version === undefined ? '' : `/${version}`}`;
}

const arnPattern = /^arn:(aws[a-z-]*):imagebuilder:([a-z0-9-]+):([0-9]{12}):(.+)$/;

/** Reads the ARN of an image or of a registered resource (versions may be references). Undefined for anything else. */
export function parseArn(text: string): ArnParts | undefined {
  const match = arnPattern.exec(text);
  const resource = match && parseResource(match[4]!);
  return resource ? { partition: match[1]!, region: match[2]!, accountId: match[3]!, ...resource } : undefined;
}

/** Parts an ARN's resource may have after its type, e.g. name, version, build. */
const mostParts: Record<ArnParts['type'], [number, number]> = {
  image: [2, 3],
  component: [2, 3],
  'image-recipe': [2, 2],
  'infrastructure-configuration': [1, 1],
  'distribution-configuration': [1, 1],
  'image-pipeline': [1, 1],
  'lifecycle-policy': [1, 1],
};

/** Reads `component/nginx/1.x.x`, `image-pipeline/web`: an ARN's part after the account. Undefined for anything else. */
export function parseResource(text: string): Omit<ArnParts, keyof Home> | undefined {
  const [type = '', ...parts] = text.split('/');
  if (!Object.hasOwn(mostParts, type)) return undefined;
  const [least, most] = mostParts[type as ArnParts['type']];
  const [name = '', version] = parts;
  if (parts.length < least || parts.length > most || !isName(name)) return undefined;
  if (version === undefined) return { type: type as ArnParts['type'], name };
  const reference = parseVersionReference(parts.slice(1).join('/'));
  if (!reference) return undefined;
  return { type: type as ArnParts['type'], name, version, ...(reference.build && { build: reference.build }) };
}

/** Whether what an ARN names is Amazon's own, which Image Builder alone has. */
export function isAmazonsArn(text: string): boolean {
  return /^arn:aws[a-z-]*:imagebuilder:[a-z0-9-]+:aws:/.test(text);
}

function prefix({ partition, region, accountId }: Home): string {
  return `arn:${partition}:imagebuilder:${region}:${accountId}`;
}

/** Whether an ARN is that of an image build version, `…:image/web/1.0.0/3`; false for text that is no ARN. */
export const isImageBuildVersion = (arn: ArnParts | undefined): arn is ArnParts & { build: number } =>
  arn?.type === 'image' && arn.build !== undefined;

// What a pipeline file may point at: a parent image and components.
import * as z from 'zod';
import { parseArn } from './arns.ts';
import { isName } from './names.ts';
import { parseVersionReference, type VersionReference } from './versions.ts';

export type NameAndVersion = { name: string; version: VersionReference };

export type ParentImage =
  | { kind: 'ami'; imageId: string }
  | { kind: 'ssm'; parameter: string }
  | ({ kind: 'image' } & NameAndVersion);

export type ComponentReference = { kind: 'path'; path: string } | ({ kind: 'registered' } & NameAndVersion);

const amiPattern = /^ami-(?:[0-9a-f]{8}|[0-9a-f]{17})$/;
// Parameter Store: names of letters, digits and _.-/, at most 1011 characters; or the ARN of a parameter.
const parameterPattern =
  /^(?:[A-Za-z0-9_.\-/]{1,1011}|arn:aws[a-z-]*:ssm:[a-z0-9-]+:[0-9]{0,12}:parameter\/[A-Za-z0-9_.\-/]+)$/;

/** Reads an AMI id, `ssm:<parameter name or ARN>`, an image ARN or `name/x.x.x`. Undefined for anything else. */
export function parseParentImage(text: string): ParentImage | undefined {
  if (amiPattern.test(text)) return { kind: 'ami', imageId: text };
  if (text.startsWith('ssm:')) {
    const parameter = text.slice('ssm:'.length);
    return parameterPattern.test(parameter) ? { kind: 'ssm', parameter } : undefined;
  }
  const arn = parseArn(text);
  if (arn) {
    const version = arn.type === 'image' && parseVersionReference(versionOf(arn));
    return version ? { kind: 'image', name: arn.name, version } : undefined;
  }
  const registered = parseNameAndVersion(text);
  return registered && { kind: 'image', ...registered };
}

/** Reads a path to a document (contains `/`, ends in .yml or .yaml) or a registered `name/x.x.x`. Undefined for anything else. */
export function parseComponentReference(text: string): ComponentReference | undefined {
  if (/^[^\0]*\/[^/\0]+\.ya?ml$/i.test(text)) return { kind: 'path', path: text };
  const registered = parseNameAndVersion(text);
  return registered && { kind: 'registered', ...registered };
}

function parseNameAndVersion(text: string): NameAndVersion | undefined {
  const slash = text.indexOf('/');
  if (slash < 0 || !isName(text.slice(0, slash))) return undefined;
  const version = parseVersionReference(text.slice(slash + 1));
  return version && { name: text.slice(0, slash), version };
}

function versionOf(arn: { version?: string; build?: number }): string {
  return arn.build === undefined ? `${arn.version}` : `${arn.version}/${arn.build}`;
}

export const parentImageSchema = z
  .string()
  .refine(
    (text) => parseParentImage(text) !== undefined,
    'expected an AMI id (ami- and 8 or 17 hexadecimal digits), ssm:<parameter name>, an image ARN or name/x.x.x of an image built here',
  );

export const componentReferenceSchema = z
  .string()
  .refine(
    (text) => parseComponentReference(text) !== undefined,
    'expected a path to a component document (containing / and ending in .yml or .yaml) or a registered component, name/x.x.x',
  );

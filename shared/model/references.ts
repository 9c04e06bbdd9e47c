// What a pipeline file may point at: components, recipes and configurations that are registered, by name or by ARN.
import * as z from 'zod/mini';
import { type Home, isAmazonsArn, parseArn, type ResourceType } from './arns.ts';
import { isName } from './names.ts';
import { parseVersionReference, type VersionReference } from './versions.ts';

export type NameAndVersion = { name: string; version: VersionReference };

/** `home` is there when the reference is an ARN: it must be that of the stack. */
export type ComponentReference =
  | { kind: 'path'; path: string }
  | ({ kind: 'registered'; home?: Home } & NameAndVersion);

/** Reads a path to a document (contains `/`, ends in .yml or .yaml), a registered `name/x.x.x` or a component's ARN. Undefined for anything else. */
export function parseComponentReference(text: string): ComponentReference | undefined {
  if (/^[^\0]*\/[^/\0]+\.ya?ml$/i.test(text)) return { kind: 'path', path: text };
  const registered = parseVersioned('component', text);
  return registered && { kind: 'registered', ...registered };
}

/** Reads `name/x.x.x` or the ARN of a resource of this type that has versions. Undefined for anything else. */
export function parseVersioned(
  type: ResourceType | 'image',
  text: string,
): (NameAndVersion & { home?: Home }) | undefined {
  const arn = parseArn(text);
  if (!arn) return parseNameAndVersion(text);
  if (arn.type !== type || arn.version === undefined) return undefined;
  const version = parseVersionReference(arn.build === undefined ? arn.version : `${arn.version}/${arn.build}`);
  const { partition, region, accountId } = arn;
  return version && { name: arn.name, version, home: { partition, region, accountId } };
}

function parseNameAndVersion(text: string): NameAndVersion | undefined {
  const slash = text.indexOf('/');
  if (slash < 0 || !isName(text.slice(0, slash))) return undefined;
  const version = parseVersionReference(text.slice(slash + 1));
  return version && { name: text.slice(0, slash), version };
}

// Patterns for editors, which know nothing of the refinements beside them.
const wildcards = '(?:x\\.x\\.x|[0-9]+\\.x\\.x|[0-9]+\\.[0-9]+\\.x|[0-9]+\\.[0-9]+\\.[0-9]+(?:/[0-9]+)?)$';
const arn = '^arn:aws[a-z-]*:imagebuilder:';
/** `name/x.x.x` */
export const versionedPattern = `^[-_A-Za-z0-9][-_A-Za-z0-9 ]+/${wildcards}`;

export const componentReferenceSchema = z
  .string()
  .check(({ value: text, issues }) => {
    if (parseComponentReference(text) !== undefined) return;
    const message = isAmazonsArn(text)
      ? "expected a component of this account: Amazon's are to be had in Image Builder only (the catalogue in components/ has some of the same name)"
      : 'expected a path to a component document (containing / and ending in .yml or .yaml), a registered component, name/x.x.x, or its ARN';
    issues.push({ code: 'custom', message, input: text });
  })
  .register(z.globalRegistry, { pattern: `/[^/]+\\.[yY][aA]?[mM][lL]$|${versionedPattern}|${arn}` });

export const imageRecipeReferenceSchema = z
  .string()
  .check(
    z.refine((text) => {
      const parsed = parseVersioned('image-recipe', text);
      return parsed !== undefined && parsed.version.build === undefined;
    }, 'expected a recipe (a map), a registered one as name/1.x.x, or its ARN'),
  )
  .register(z.globalRegistry, { pattern: `${versionedPattern}|${arn}` });

/** A configuration by name or by ARN; `what` says which in the error. */
export function configurationReferenceSchema(type: ResourceType, what: string) {
  return z
    .string()
    .check(
      z.refine(
        (text) => isName(text) || parseArn(text)?.type === type,
        `expected ${what} (a map), the name of a registered one, or its ARN`,
      ),
    )
    .register(z.globalRegistry, { pattern: `^[-_A-Za-z0-9][-_A-Za-z0-9 ]{1,126}[-_A-Za-z0-9]$|${arn}` });
}

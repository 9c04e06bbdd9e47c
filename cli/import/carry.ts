// Carries one resource over: resolves its values, puts them under our keys, and takes out what has no place here, telling each.
import type { Finding } from '../../shared/model/check.ts';
import { pathText } from '../../shared/model/check.ts';
import type { ImportFinding } from './finding.ts';
import { type Resolve, Unresolved } from './intrinsics.ts';
import { isMap, type Template, type TemplateResource } from './template.ts';

export type Carrying = {
  template: Template;
  resolve: Resolve;
  findings: ImportFinding[];
};

/** Our value, with the path in the template from which each of its parts came. */
export type Carried = { value: Record<string, unknown>; tell: Tell };

export type Tell = (path: (string | number)[], kind: ImportFinding['kind'], why: string) => void;

/** Keys below these are the user's own words. */
const verbatim = new Set(['amiTags', 'resourceTags', 'tags', 'imageTags', 'tagMap']);

/** The properties of a resource with our keys (lower first letter), unresolved ones left out and told. */
export function carried({ template, resolve, findings }: Carrying, resource: TemplateResource): Carried {
  const tell: Tell = (path, kind, why) => {
    const place = ['Resources', resource.logicalId, 'Properties', ...path];
    findings.push({
      resource: resource.logicalId,
      ...(path.length > 0 && { property: pathText(path) }),
      ...{ kind, why, line: template.lineOf(path.length > 0 ? place : place.slice(0, 2)) },
    });
  };
  const walk = (value: unknown, path: (string | number)[], own: boolean): unknown => {
    if (isFunction(value)) {
      try {
        return walk(resolve(value), path, own);
      } catch (error) {
        if (!(error instanceof Unresolved)) throw error;
        tell(path, 'left out', error.message);
        return undefined;
      }
    }
    if (Array.isArray(value))
      return value.map((item, index) => walk(item, [...path, index], own)).filter((item) => item !== undefined);
    if (!isMap(value)) return value;
    const entries = Object.entries(value).map(([key, inner]) => {
      const ours = own ? key : lowerFirst(key);
      return [ours, walk(inner, [...path, key], own || verbatim.has(ours))] as const;
    });
    return Object.fromEntries(entries.filter(([, inner]) => inner !== undefined));
  };
  return { value: walk(resource.properties, [], false) as Record<string, unknown>, tell };
}

const isFunction = (value: unknown) =>
  isMap(value) && Object.keys(value).length === 1 && /^(?:Ref|Fn::.+)$/.test(Object.keys(value)[0]!);

const lowerFirst = (key: string) => key.slice(0, 1).toLowerCase() + key.slice(1);

const upperFirst = (key: string) => key.slice(0, 1).toUpperCase() + key.slice(1);

/**
 * Takes out of `value` what `judge` objects to, until it does not any more; each thing is told with the reason.
 * What is required and missing cannot be taken out: then it is told, and the value stays as it is. So is all of a policy
 * that deletes (`whole`): without one of its exceptions it would delete more.
 */
export function fitted(
  { value, tell }: Carried,
  judge: (value: Record<string, unknown>) => Finding[],
  whole = false,
): Record<string, unknown> {
  for (;;) {
    const findings = judge(value);
    if (findings.some((finding) => converted(value, finding))) continue;
    const removable = findings.filter((finding) => !whole && finding.at !== 'missing' && remove(value, finding.path));
    for (const { path, at, message } of removable)
      tell(theirs(path), 'left out', at === 'key' ? 'there is no such setting here' : message);
    if (removable.length > 0) continue;
    for (const { path, message } of findings) tell(theirs(path), 'left out', `${message}: ${completed(message)}`);
    return value;
  }
}

/** What to do about a value that is required. */
function completed(message: string): string {
  const unknown = / found "\{(region|account)\}"$/.exec(message)?.[1];
  if (!unknown) return 'the file must be completed by hand';
  return unknown === 'region' ? 'give it with --parameter AWS::Region=…' : 'give it with --parameter AWS::AccountId=…';
}

const theirs = (path: readonly PropertyKey[]) =>
  path.map((part) => (typeof part === 'number' ? part : upperFirst(String(part))));

/** CloudFormation takes "true" and "8" for true and 8, and one text for a list of one. */
function converted(value: unknown, { path, expectedType }: Finding): boolean {
  const text = parentOf(value, path)?.[path.at(-1)!];
  if (typeof text !== 'string') return false;
  const meant =
    expectedType === 'boolean' && /^(?:true|false)$/.test(text)
      ? text === 'true'
      : /^(?:int|number)$/.test(expectedType ?? '') && /^[0-9]{1,15}$/.test(text)
        ? Number(text)
        : expectedType === 'array'
          ? [text]
          : undefined;
  if (meant === undefined) return false;
  parentOf(value, path)![path.at(-1)!] = meant;
  return true;
}

function parentOf(value: unknown, path: readonly PropertyKey[]): Record<PropertyKey, unknown> | undefined {
  const parent = path
    .slice(0, -1)
    .reduce<unknown>((inner, part) => (inner as Record<PropertyKey, unknown> | undefined)?.[part], value);
  return typeof parent === 'object' && parent !== null ? (parent as Record<PropertyKey, unknown>) : undefined;
}

/** Keys without which there is no resource: a wrong value stays where its author can see it. */
const kept = new Set(['name', 'semanticVersion', 'parentImage', 'component', 'region', 'imageRecipe', 'data']);

function remove(value: unknown, path: readonly PropertyKey[]): boolean {
  const parent = parentOf(value, path);
  const last = path.at(-1);
  if (last === undefined || kept.has(String(last)) || !parent) return false;
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else if (Object.hasOwn(parent, last)) delete parent[last];
  else return false;
  return true;
}

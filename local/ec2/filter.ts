// The Filter parameter of the Describe operations: names AND-ed, values OR-ed, with the wildcards * and ?.
import { AwsError, type Input } from '../service.ts';
import { list, required, structures } from './input.ts';

/** For each filter name the values that a thing has under it. */
export type FilterValues<Thing> = Record<string, (thing: Thing) => (string | undefined)[]>;

export function filtered<Thing>(
  things: Thing[],
  input: Input,
  values: FilterValues<Thing>,
  tagsOf?: (thing: Thing) => Record<string, string>,
): Thing[] {
  const tests = structures(input, 'Filter').map((filter) => {
    const name = required(filter, 'Name');
    const wanted = list(filter, 'Value').map(pattern);
    const of = valuesOf(name, values, tagsOf);
    return (thing: Thing) => of(thing).some((value) => value !== undefined && wanted.some((one) => one.test(value)));
  });
  return things.filter((thing) => tests.every((test) => test(thing)));
}

function valuesOf<Thing>(name: string, values: FilterValues<Thing>, tagsOf?: (thing: Thing) => Record<string, string>) {
  if (tagsOf && name === 'tag-key') return (thing: Thing) => Object.keys(tagsOf(thing));
  if (tagsOf && name.startsWith('tag:')) return (thing: Thing) => [tagsOf(thing)[name.slice(4)]];
  const known = values[name];
  if (known) return known;
  throw new AwsError(
    'InvalidParameterValue',
    `The filter '${name}' is invalid (or not one that the local cloud knows)`,
  );
}

function pattern(text: string): RegExp {
  const source = text.replace(/\\([*?\\])|[*?]|[$()+.[\\\]^{|}]/g, (match, escaped: string | undefined) => {
    if (escaped) return `\\${escaped}`;
    if (match === '*') return '.*';
    return match === '?' ? '.' : `\\${match}`;
  });
  return new RegExp(`^${source}$`, 's');
}

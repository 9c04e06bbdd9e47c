// A YAML file that says what is to be registered: its text to a checked value, or to every problem it has, each with its place.
import type { Finding } from './check.ts';
import { type Problem, problemAt } from './problem.ts';
import { substituteVariables } from './variables.ts';
import { type Place, pathKey, readYaml, type YamlTree } from './yaml-tree.ts';

/** What is known of the data of a file: the output, or at least one finding. */
export type Judge<Output> = (data: unknown) => { output?: Output | undefined; findings: Finding[] };

export type CheckedFile<Output> = {
  output?: Output;
  problems: Problem[];
  /** A problem at a path of this file (`['imageRecipe', 'components', 0, 'component']`), for checks that need a disk. */
  problemAt(path: PropertyKey[], message: string): Problem;
};

export type Reading = {
  /** The name in problems. */
  file: string;
  /** The values of `--var name=value`. */
  vars?: Record<string, string>;
  /** What the file should hold, for a file that is empty. */
  expected: string;
};

const largestFile = 256 * 1024;
const mostProblems = 100;

/** Reads a file. Total: any text gives an output or at least one problem, never an exception. */
export function readCheckedFile<Output>(
  text: string,
  { file, vars = {}, expected }: Reading,
  judge: Judge<Output>,
): CheckedFile<Output> {
  const at = (message: string, offset = 0, end?: number) => problemAt(file, text, offset, message, end);
  const refused = (problem: Problem): CheckedFile<Output> => ({
    problems: [problem],
    problemAt: (_, message) => at(message),
  });

  const empty = () => refused(at(`${expected}, found an empty file`));
  if (text.trim() === '') return empty();
  if (text.length > largestFile) {
    return refused(at(`expected at most ${largestFile} characters, found ${text.length}: is this a pipeline file?`));
  }
  const binary = text.search(/(?![\t\n\r])[\p{Cc}\ufffd]/u);
  if (binary >= 0) return refused(at('expected text, found a control character or bytes that are not UTF-8', binary));

  const tree = readYaml(text);
  const pointAt = (path: PropertyKey[], message: string) => {
    const { offset, end } = placeOf(tree, { path, at: 'value', message });
    return at(message, offset, end);
  };
  if (tree.faults.length > 0) {
    return { problems: tree.faults.map(({ offset, end, message }) => at(message, offset, end)), problemAt: pointAt };
  }

  // Nothing but comments, or a document that is null.
  if (tree.data === null || tree.data === undefined) return empty();

  const { data, whole, faults } = substituteVariables(tree, vars);
  const problems = faults.map(({ path, message, reference }) => {
    const { offset, end } = placeOf(tree, { path, at: 'value', message });
    const within = reference ? text.slice(offset, end).indexOf(reference) : -1;
    return within < 0 ? at(message, offset, end) : at(message, offset + within, offset + within + reference!.length);
  });
  const result = checkWithTexts(judge, data, tree, whole);
  // Finding a line takes as long as the file: no more are located than are shown.
  for (const finding of result.findings.slice(0, mostProblems)) {
    const { offset, end } = placeOf(tree, finding);
    problems.push(at(finding.message, offset, end));
  }

  problems.sort((a, b) => a.line - b.line || a.column - b.column);
  const more = problems.length - mostProblems + Math.max(0, result.findings.length - mostProblems);
  if (more > 0) problems.splice(mostProblems, problems.length, at(`and ${more} more problems`));
  return { ...(problems.length === 0 && { output: result.output! }), problems, problemAt: pointAt };
}

/**
 * YAML reads `1.10` as a number and `{{ vars.size }}` stays a text whatever its value; where the schema wants the other,
 * the source of the scalar is what the author wrote, so it is taken and the check repeated.
 */
function checkWithTexts<Output>(judge: Judge<Output>, data: unknown, tree: YamlTree, whole: Set<string>) {
  const result = judge(data);
  let changed = false;
  for (const { path, expectedType } of result.findings) {
    const key = pathKey(path);
    const place = tree.values.get(key);
    const value =
      expectedType && place && converted(expectedType, place.plain, whole.has(key) ? textAt(data, path) : undefined);
    if (value !== undefined) changed = setAt(data, path, value) || changed;
  }
  return changed ? judge(data) : result;
}

function converted(expectedType: string, plain: string | undefined, substituted: string | undefined): unknown {
  if (expectedType === 'string')
    return plain !== undefined && plain !== '' && !/^(?:~|null)$/i.test(plain) ? plain : undefined;
  if (substituted === undefined) return undefined;
  if ((expectedType === 'number' || expectedType === 'int') && /^-?[0-9]{1,15}$/.test(substituted))
    return Number(substituted);
  if (expectedType === 'boolean' && /^(?:true|false)$/.test(substituted)) return substituted === 'true';
  return undefined;
}

// A missing key is pointed at through the nearest parent that stands in the file.
function placeOf(tree: YamlTree, { path, at }: Finding): Place {
  const whole = pathKey(path);
  const exact = at === 'key' ? tree.keys.get(whole) : (tree.values.get(whole) ?? tree.keys.get(whole));
  if (exact) return exact;
  for (let length = path.length - 1; length > 0; length--) {
    const parent = pathKey(path.slice(0, length));
    const place = tree.keys.get(parent) ?? tree.values.get(parent);
    if (place) return place;
  }
  return { offset: 0, end: 1 };
}

function textAt(data: unknown, path: readonly PropertyKey[]): string | undefined {
  const value = path.reduce<unknown>(
    (inner, part) => (inner as Record<PropertyKey, unknown> | undefined)?.[part],
    data,
  );
  return typeof value === 'string' ? value : undefined;
}

function setAt(data: unknown, path: readonly PropertyKey[], value: unknown): boolean {
  const parent = path
    .slice(0, -1)
    .reduce<unknown>((inner, part) => (inner as Record<PropertyKey, unknown> | undefined)?.[part], data);
  if (typeof parent !== 'object' || parent === null) return false;
  (parent as Record<PropertyKey, unknown>)[path.at(-1)!] = value;
  return true;
}

// `{{ vars.name }}` in the texts of a pipeline file: declared with defaults in the file, overridden on the command line.
import { variableNamePattern } from './pipeline-schema.ts';
import { suggestion } from './suggestion.ts';
import { type Path, pathKey, type YamlTree } from './yaml-tree.ts';

export type VariableFault = {
  path: Path;
  message: string /** The reference itself, to point at within its text. */;
  reference?: string;
};

export type Substitution = {
  data: unknown;
  /** Paths (pathKey) of texts that were one reference and nothing else: numbers and booleans may come from those. */
  whole: Set<string>;
  faults: VariableFault[];
};

const referencePattern = /\{\{\s*vars\b([^{}]*)\}\}/g;
const largestResult = 1024 * 1024;
/** Faults that are told: a file of references could have tens of thousands. */
const mostFaults = 100;
const mostNames = 10;
const mostCandidates = 200;

/**
 * Replaces every reference outside `vars`, once: a value that contains a reference is not expanded again.
 * The effective values stand in the result's `vars`.
 */
export function substituteVariables(tree: YamlTree, given: Record<string, string>): Substitution {
  const result: Substitution = { data: tree.data, whole: new Set(), faults: [] };
  if (typeof tree.data !== 'object' || tree.data === null || Array.isArray(tree.data)) return result;
  const declared = declaredVariables(tree, given, result.faults);
  let grown = 0;

  const text = (source: string, path: Path): string => {
    if (source.replace(referencePattern, '').length === 0 && source.match(referencePattern)?.length === 1)
      result.whole.add(pathKey(path));
    return source.replace(referencePattern, (reference: string, rest: string) => {
      const name = rest.trim().replace(/^\./, '');
      const value = declared.get(name);
      if (value !== undefined) {
        grown += value.length;
        return grown > largestResult ? '' : value;
      }
      if (!declared.has(name) && result.faults.length < mostFaults)
        result.faults.push({ path, reference, message: undeclared(reference, name, [...declared.keys()]) });
      return reference;
    });
  };

  const walk = (value: unknown, path: Path): unknown => {
    if (typeof value === 'string') return text(value, path);
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, index]));
    if (typeof value !== 'object' || value === null) return value;
    return mapValues(value, (key, inner) => walk(inner, [...path, key]));
  };

  const data = mapValues(tree.data, (key, value) => (key === 'vars' ? value : walk(value, [key])));
  const { vars } = tree.data as { vars?: unknown };
  if (isMap(vars)) data.vars = mapValues(vars, (key, value) => declared.get(key) ?? value ?? '');
  if (grown > largestResult)
    result.faults.push({ path: ['vars'], message: `expected variables that add at most ${largestResult} characters` });
  result.data = data;
  return result;
}

// A variable without a default and without a value has undefined, so that its references are not reported as undeclared too.
function declaredVariables(
  tree: YamlTree,
  given: Record<string, string>,
  faults: VariableFault[],
): Map<string, string | undefined> {
  const { vars } = tree.data as { vars?: unknown };
  const declared = new Map<string, string | undefined>();
  for (const [name, value] of Object.entries(isMap(vars) ? vars : {})) {
    const path = ['vars', name];
    if (typeof value === 'string') declared.set(name, value);
    else if (typeof value === 'number' || typeof value === 'boolean')
      declared.set(name, tree.values.get(pathKey(path))?.plain ?? String(value));
    else declared.set(name, undefined);
    if (value === null && !Object.hasOwn(given, name)) {
      faults.push({ path, message: `the variable ${name} has no default: give it a value with --var ${name}=…` });
      continue;
    }
    if (typeof value === 'string' && value.match(referencePattern)) {
      faults.push({ path, message: 'expected a plain value: a variable cannot refer to variables' });
    }
  }
  for (const [name, value] of Object.entries(given)) {
    if (declared.has(name)) declared.set(name, value);
    else faults.push({ path: isMap(vars) ? ['vars'] : [], message: undeclaredOption(name, [...declared.keys()]) });
  }
  return declared;
}

function undeclared(reference: string, name: string, declared: string[]): string {
  if (!variableNamePattern.test(name)) return `expected {{ vars.<name> }}, found ${reference.slice(0, 60)}`;
  return `the variable ${name} is not declared in vars${hint(name, declared)}`;
}

function undeclaredOption(name: string, declared: string[]): string {
  return `--var ${name}: the variable is not declared in vars${hint(name, declared)}`;
}

function hint(name: string, declared: string[]): string {
  const near = suggestion(name, declared.slice(0, mostCandidates));
  if (near) return `: did you mean ${near}?`;
  if (declared.length === 0) return '';
  const more = declared.length > mostNames ? ` and ${declared.length - mostNames} more` : '';
  return ` (declared: ${declared.slice(0, mostNames).join(', ')}${more})`;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mapValues(map: object, change: (key: string, value: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(key, value)]));
}

// CloudFormation's DefinitionSubstitutions: `${name}` in any string of the definition.
import type { Json } from './definition.ts';

export function substitute(value: Json, substitutions: Record<string, string>, missing: (name: string) => void): Json {
  if (typeof value === 'string')
    return value.replaceAll(/\$\{([^}]*)\}/g, (whole, name: string) => {
      if (Object.hasOwn(substitutions, name)) return substitutions[name] ?? whole;
      missing(name);
      return whole;
    });
  if (Array.isArray(value)) return value.map((item) => substitute(item, substitutions, missing));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, substitute(inner, substitutions, missing)]),
  );
}

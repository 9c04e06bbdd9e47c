// The parts of a CloudFormation template that the checks of the package look at.
export type Resource = {
  Type: string;
  Properties: Record<string, unknown>;
};

export type Template = { Resources: Record<string, Resource> };

export type Definition = Record<string, unknown>;

export function resourcesOf(template: Template, type: string): [string, Resource][] {
  return Object.entries(template.Resources).filter(([, { Type }]) => Type === type);
}

/** The logical id that a `Ref` or `Fn::GetAtt` names. */
export function target(value: unknown): string | undefined {
  const { Ref, 'Fn::GetAtt': attribute } = (value ?? {}) as { Ref?: string; 'Fn::GetAtt'?: string[] };
  return Ref ?? attribute?.[0];
}

/** Paths of every null, which CloudFormation would drop without a word. */
export function nulls(value: unknown, path = '$'): string[] {
  if (value === null) return [path];
  if (typeof value !== 'object') return [];
  return Object.entries(value as object).flatMap(([key, inner]) => nulls(inner, `${path}.${key}`));
}

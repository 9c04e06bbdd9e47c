// Ref and the Fn::… functions of CloudFormation, as far as they are supported; any other is refused by name.
import type { Properties, Value } from './stack.ts';

/** What the functions look things up in. */
export type Lookup = {
  /** A pseudo parameter, a parameter or a resource; throws for an unknown name. */
  ref(name: string): Value | undefined;
  attribute(logicalId: string, attribute: string): Value;
  condition(name: string): boolean;
};

/** The value with every function worked out; `undefined` stands for AWS::NoValue, which takes its property or item away. */
export function resolveValue(value: Value, lookup: Lookup): Value | undefined {
  if (Array.isArray(value)) return value.map((item) => resolveValue(item, lookup)).filter((item) => item !== undefined);
  if (value === null || typeof value !== 'object') return refuseDynamic(value);
  const keys = Object.keys(value);
  const key = keys.find((name) => name === 'Ref' || name.startsWith('Fn::'));
  if (key !== undefined && (keys.length === 1 || key !== 'Ref')) {
    const evaluate = Object.hasOwn(functions, key) ? functions[key] : undefined;
    if (!evaluate) throw new Error(`${key} is not supported: only ${Object.keys(functions).join(', ')} are`);
    if (keys.length > 1) throw new Error(`${key} stands beside other keys (${keys.join(', ')})`);
    return evaluate(value[key] as Value, lookup);
  }
  const resolved: Properties = {};
  for (const [name, inner] of Object.entries(value)) {
    const item = resolveValue(inner, lookup);
    if (item !== undefined) resolved[name] = item;
  }
  return resolved;
}

export function resolveCondition(value: Value | undefined, lookup: Lookup): boolean {
  const [key, operand] = single(value, 'a condition');
  const operands = () => list(operand, key).map((inner) => resolveCondition(inner, lookup));
  if (key === 'Condition') return lookup.condition(text(operand, 'Condition'));
  if (key === 'Fn::And') return operands().every(Boolean);
  if (key === 'Fn::Or') return operands().some(Boolean);
  if (key === 'Fn::Not') return !operands()[0];
  if (key === 'Fn::Equals') {
    const [left, right] = list(operand, key).map((inner) => resolveValue(inner, lookup));
    return JSON.stringify(left) === JSON.stringify(right);
  }
  throw new Error(`${key} is not supported in a condition: only Condition, Fn::And, Fn::Or, Fn::Not, Fn::Equals are`);
}

const functions: Record<string, (operand: Value, lookup: Lookup) => Value | undefined> = {
  Ref: (operand, lookup) => lookup.ref(text(operand, 'Ref')),
  'Fn::GetAtt'(operand, lookup) {
    const parts = typeof operand === 'string' ? operand.split('.') : list(operand, 'Fn::GetAtt');
    const [logicalId, ...attribute] = parts.map((part) => text(resolveValue(part, lookup), 'Fn::GetAtt'));
    return lookup.attribute(logicalId ?? '', attribute.join('.'));
  },
  'Fn::Sub'(operand, lookup) {
    const [template, own = {}] = Array.isArray(operand) ? operand : [operand];
    if (own === null || typeof own !== 'object' || Array.isArray(own))
      throw new Error('Fn::Sub: its second item is a map of variables');
    return text(template, 'Fn::Sub').replaceAll(/\$\{([^}]*)\}/g, (_, expression: string) => {
      const name = expression.trim();
      if (name.startsWith('!')) return `\${${name.slice(1)}}`;
      if (Object.hasOwn(own, name)) return text(resolveValue(own[name] ?? null, lookup), `Fn::Sub \${${name}}`);
      const [logicalId = '', ...attribute] = name.split('.');
      const value = attribute.length > 0 ? lookup.attribute(logicalId, attribute.join('.')) : lookup.ref(name);
      return text(value, `Fn::Sub \${${name}}`);
    });
  },
  'Fn::Join'(operand, lookup) {
    const [separator, items] = list(operand, 'Fn::Join');
    const parts = list(resolveValue(items ?? null, lookup), 'Fn::Join');
    return parts.map((part) => text(part, 'Fn::Join')).join(text(separator, 'Fn::Join'));
  },
  'Fn::Select'(operand, lookup) {
    const [index, items] = list(operand, 'Fn::Select');
    const from = list(resolveValue(items ?? null, lookup), 'Fn::Select');
    const chosen = from[Number(resolveValue(index ?? null, lookup))];
    if (chosen === undefined) throw new Error(`Fn::Select: there is no item ${index} among ${from.length}`);
    return chosen;
  },
  'Fn::Split'(operand, lookup) {
    const [separator, source] = list(operand, 'Fn::Split');
    return text(resolveValue(source ?? null, lookup), 'Fn::Split').split(text(separator, 'Fn::Split'));
  },
  'Fn::If'(operand, lookup) {
    const [name, yes, no] = list(operand, 'Fn::If');
    if (no === undefined) throw new Error('Fn::If: a condition and two values expected');
    return resolveValue((lookup.condition(text(name, 'Fn::If')) ? yes : no) ?? null, lookup);
  },
};

function single(value: Value | undefined, what: string): [string, Value] {
  const entries = value !== null && typeof value === 'object' && !Array.isArray(value) ? Object.entries(value) : [];
  const [entry] = entries;
  if (entry && entries.length === 1) return entry;
  throw new Error(`${what} is expected where the template has ${JSON.stringify(value)}`);
}

function list(value: Value | undefined, where: string): Value[] {
  if (Array.isArray(value)) return value;
  throw new Error(`${where}: a list is expected where the template has ${JSON.stringify(value)}`);
}

function text(value: Value | undefined, where: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Error(`${where}: a text is expected where the template has ${JSON.stringify(value)}`);
}

function refuseDynamic(value: Value): Value {
  if (typeof value === 'string' && value.includes('{{resolve:'))
    throw new Error(`dynamic references are not supported: ${value}`);
  return value;
}

// The JSON Schemas of pipeline files and lifecycle policies, for editors: made from the schemas that judge the files, and loosened where YAML and variables allow more.
import * as z from 'zod/mini';
import { describedKeys } from './key-descriptions.ts';
import { lifecyclePolicySchema } from './lifecycle-policy-schema.ts';
import { nameSchema } from './names.ts';
import { pipelineDefinitionSchema } from './pipeline-schema.ts';

type Node = Record<string, unknown>;

/** A text that is one reference to a variable may stand for a number, a boolean or a text of any form. */
const variable = { type: 'string', pattern: '\\{\\{\\s*vars\\.[A-Za-z][A-Za-z0-9_-]{0,127}\\s*\\}\\}' };

/** Draft 7, which every YAML language server knows. */
export function pipelineJsonSchema(): Node {
  const schema = z.toJSONSchema(pipelineDefinitionSchema, { io: 'input', target: 'draft-7' }) as Node;
  const { properties, ...rest } = loosened(schema) as Node & { properties: Node };
  return {
    ...rest,
    title: 'Pipeline of Serverless Image Builder',
    definitions: { variable },
    // The variables themselves are never references.
    properties: { ...properties, vars: vars() },
  };
}

/** Draft 7. Variables are of pipeline files; here they mean nothing. */
export function lifecyclePolicyJsonSchema(): Node {
  const file = z.strictObject({
    ...{ name: nameSchema, description: z.optional(z.string().check(z.minLength(1), z.maxLength(1024))) },
    ...lifecyclePolicySchema.shape,
  });
  const schema = z.toJSONSchema(file, { io: 'input', target: 'draft-7' }) as Node;
  return { ...schema, title: 'Lifecycle policy of Serverless Image Builder' };
}

/** A value without text is one that must be given on the command line. */
function vars(): Node {
  return {
    type: 'object',
    description: describedKeys.vars,
    propertyNames: { pattern: '^[A-Za-z][A-Za-z0-9_-]{0,127}$' },
    additionalProperties: { type: ['string', 'number', 'boolean', 'null'] },
  };
}

function loosened(node: unknown, key?: string): unknown {
  if (Array.isArray(node)) return node.map((inner) => loosened(inner));
  if (typeof node !== 'object' || node === null) return node;
  const { properties, items, anyOf, additionalProperties, ...rest } = node as Node;
  const description = key === undefined ? undefined : describedKeys[key];
  const inner: Node = {
    ...rest,
    ...(isMap(properties) && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, loosened(one, name)])),
    }),
    ...(items !== undefined && { items: loosened(items) }),
    ...(Array.isArray(anyOf) && { anyOf: anyOf.map((one) => loosened(one)) }),
    ...(additionalProperties !== undefined && { additionalProperties: loosened(additionalProperties) }),
  };
  const leaf =
    ['string', 'number', 'integer', 'boolean'].includes(String(inner.type)) || 'enum' in inner || 'const' in inner;
  const value = leaf ? loosenedLeaf(inner) : inner;
  return description ? { description, ...value } : value;
}

// A scalar without quotes is taken as it is written where a text is wanted: `Port: 8080`.
function loosenedLeaf(leaf: Node): Node {
  const free =
    leaf.type === 'string' && leaf.pattern === undefined && leaf.enum === undefined && leaf.const === undefined;
  if (free) return { ...leaf, type: ['string', 'number', 'boolean'] };
  const { default: preset, ...strict } = leaf;
  return { anyOf: [strict, { $ref: '#/definitions/variable' }], ...(preset !== undefined && { default: preset }) };
}

function isMap(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

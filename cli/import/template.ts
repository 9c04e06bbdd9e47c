// A CloudFormation template with the places of its values; short forms of functions (!Ref) become the long ones.

import { locate } from '../../shared/component/excerpt.ts';
import { type Problem, problemAt } from '../../shared/model/problem.ts';
import { pathKey, readYaml, type YamlTree } from '../../shared/model/yaml-tree.ts';

export type TemplateResource = {
  logicalId: string;
  type: string;
  properties: Record<string, unknown>;
  condition?: string;
};

export type Template = {
  /** Of Image Builder. */
  resources: TemplateResource[];
  /** How many others the template has. */
  others: number;
  parameters: Record<string, { Default?: unknown; Type?: unknown }>;
  /** The line of a value, or of the nearest thing around it that has a place. */
  lineOf(path: (string | number)[]): number;
};

const prefix = 'AWS::ImageBuilder::';

/** Total: either the template or at least one problem. */
export function readTemplate(text: string, file: string): { template?: Template; problems: Problem[] } {
  const tree = readYaml(text, longForm);
  const at = (message: string, offset = 0, end?: number) => problemAt(file, text, offset, message, end);
  if (tree.faults.length > 0)
    return { problems: tree.faults.map(({ offset, end, message }) => at(message, offset, end)) };
  const { Resources, Parameters } = map(tree.data);
  if (!isMap(Resources)) return { problems: [at('expected a CloudFormation template, found no map of Resources')] };
  const all = Object.entries(Resources).map(([logicalId, resource]) => {
    const { Type, Properties, Condition } = map(resource);
    return {
      logicalId,
      type: String(Type),
      properties: map(Properties),
      ...(typeof Condition === 'string' && { condition: Condition }),
    };
  });
  const resources = all.filter(({ type }) => type.startsWith(prefix));
  if (resources.length === 0)
    return { problems: [at(`expected resources of type ${prefix}…, found none among ${all.length}`)] };
  return {
    template: {
      resources,
      others: all.length - resources.length,
      parameters: map(Parameters) as Template['parameters'],
      lineOf: (path) => locate(text, offsetOf(tree, path)).line,
    },
    problems: [],
  };
}

function offsetOf(tree: YamlTree, path: (string | number)[]): number {
  for (let length = path.length; length > 0; length--) {
    const key = pathKey(path.slice(0, length));
    const place = tree.keys.get(key) ?? tree.values.get(key);
    if (place) return place.offset;
  }
  return 0;
}

/** `!GetAtt Recipe.Arn` is `{ 'Fn::GetAtt': ['Recipe', 'Arn'] }`, `!Ref` and `!Condition` have no `Fn::`. */
function longForm(tag: string, value: unknown): unknown {
  const name = tag.slice(1);
  if (name === 'Ref' || name === 'Condition') return { [name]: value };
  if (name === 'GetAtt' && typeof value === 'string') {
    const [logicalId, ...attribute] = value.split('.');
    return { 'Fn::GetAtt': [logicalId, attribute.join('.')] };
  }
  return { [`Fn::${name}`]: value };
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const map = (value: unknown): Record<string, unknown> => (isMap(value) ? value : {});

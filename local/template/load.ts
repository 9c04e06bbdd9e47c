// Resolves a CloudFormation template into a stack: names first, then properties; whatever is unknown is an error that names its resource.
import { order } from './order.ts';
import { Resolution, type Section } from './resolution.ts';
import type { Place, Properties, ResolvedResource, ResolvedStack, Value } from './stack.ts';

const sections = [
  'AWSTemplateFormatVersion',
  'Description',
  'Metadata',
  'Parameters',
  'Conditions',
  'Resources',
  'Outputs',
];

/** Throws an Error that lists every problem, each with the resource or output it is in. */
export function resolveTemplate(template: object, place: Place, given: Record<string, string> = {}): ResolvedStack {
  const parts = template as Record<string, Section<Value>>;
  const problems = Object.entries(parts)
    .filter(([section, content]) => !sections.includes(section) && Object.keys(content ?? {}).length > 0)
    .map(([section]) => `section ${section}: not supported`);
  const stack = new Resolution(parts, place, given);
  const attempt = <Result>(where: string, work: () => Result): Result | undefined => {
    try {
      return work();
    } catch (error) {
      problems.push(`${where}: ${(error as Error).message}`);
      return undefined;
    }
  };
  const resources = stack.logicalIds().flatMap((logicalId) => {
    const where = `resource '${logicalId}' (${stack.typeOf(logicalId)})`;
    return attempt(where, () => stack.resource(logicalId)) ?? [];
  });
  const outputs = Object.entries((parts.Outputs ?? {}) as Section<Properties>).flatMap(([key, output]) => {
    const resolved = attempt(`output '${key}'`, () => stack.output(output));
    return resolved ? [{ key, ...resolved }] : [];
  });
  problems.push(...sameNames(resources));
  const ordered = attempt('the stack', () => order(resources, (logicalId) => stack.dependencies(logicalId)));
  if (problems.length > 0) throw new Error(`the template cannot be run here:\n  ${problems.join('\n  ')}`);
  return {
    stackName: place.stackName,
    stackId: stack.stackId,
    parameters: stack.parameters(),
    resources: ordered ?? [],
    outputs,
  };
}

/** CloudFormation fails on the second resource of a name; YAML anchors that copy RoleName are the usual way there. */
function sameNames(resources: ResolvedResource[]): string[] {
  const first = new Map<string, string>();
  return resources.flatMap(({ type, name, logicalId }) => {
    const key = `${type} ${name}`;
    const known = first.get(key);
    const shared = type === 'AWS::Lambda::Version';
    if (known === undefined || shared) first.set(key, logicalId);
    const what = `resource '${logicalId}' (${type}): its name '${name}' is also that of '${known}'`;
    return known === undefined || shared ? [] : [what];
  });
}

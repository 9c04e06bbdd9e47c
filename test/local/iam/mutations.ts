// Every policy of a stack with one thing taken out: a statement, an action, a resource or a condition.
import type { Properties, ResolvedResource, ResolvedStack, Value } from '../../../local/template/stack.ts';

export type Mutation = {
  /** `<logical id> <Sid>: without <what>`. */
  name: string;
  kind: 'statement' | 'action' | 'resource' | 'condition';
  /** The role or the policy that is changed. */
  of: ResolvedResource;
  /** That one as it is then. */
  changed: ResolvedResource;
  /** What the changed statement is about, with wildcards. */
  actions: string[];
  stack: ResolvedStack;
};

export function mutations(stack: ResolvedStack): Mutation[] {
  return stack.resources.flatMap((of, index) =>
    pathsOf(of).flatMap((path) => {
      const document = at(of.properties, path) as Properties;
      const statements = [document.Statement].flat() as Properties[];
      return statements.flatMap((statement, place) =>
        variants(statement).map(({ kind, what, changed }): Mutation => {
          const Statement = statements.flatMap((one, other) => (other === place ? changed : one));
          const properties = replaced(of.properties, path, { ...document, Statement }) as Properties;
          const after = { ...of, properties };
          const sid = statement.Sid ?? path.at(-1);
          return {
            ...{ kind, of, changed: after, name: `${of.logicalId} ${sid}: without ${what}` },
            actions: [statement.Action ?? '*'].flat().map(String),
            stack: { ...stack, resources: stack.resources.with(index, after) },
          };
        }),
      );
    }),
  );
}

type Variant = { kind: Mutation['kind']; what: string; changed: Properties[] };

function variants(statement: Properties): Variant[] {
  const lists = (['Action', 'Resource'] as const).flatMap((element): Variant[] => {
    const all = [...new Set([statement[element] ?? []].flat())];
    if (all.length < 2) return [];
    const kind = element === 'Action' ? 'action' : 'resource';
    return all.map((one) => ({
      kind,
      what: String(one),
      changed: [{ ...statement, [element]: all.filter((other) => other !== one) }],
    }));
  });
  const conditions = Object.entries((statement.Condition ?? {}) as Record<string, Properties>).flatMap(
    ([operator, keys]) =>
      Object.keys(keys).flatMap((key): Variant[] => {
        const { [key]: wanted, ...others } = keys;
        const Condition = { ...(statement.Condition as Properties), [operator]: others };
        const values = [...new Set([wanted].flat() as Value[])];
        const fewer = values.map((one): Variant => {
          const left = { ...keys, [key]: values.filter((other) => other !== one) };
          const narrowed = { ...statement, Condition: { ...(statement.Condition as Properties), [operator]: left } };
          return { kind: 'resource', what: `${key} ${one}`, changed: [narrowed] };
        });
        return [
          { kind: 'condition', what: `${operator} ${key}`, changed: [{ ...statement, Condition }] },
          ...(values.length > 1 ? fewer : []),
        ];
      }),
  );
  return [{ kind: 'statement', what: 'it', changed: [] }, ...lists, ...conditions];
}

/** Where the policy documents of a resource are. */
function pathsOf({ type, properties }: ResolvedResource): (string | number)[][] {
  if (type === 'AWS::IAM::Role') {
    const policies = (properties.Policies ?? []) as Value[];
    return [['AssumeRolePolicyDocument'], ...policies.map((_, index) => ['Policies', index, 'PolicyDocument'])];
  }
  // The bucket of the packages belongs to the packager.
  return properties.PolicyDocument === undefined || type === 'AWS::S3::BucketPolicy' ? [] : [['PolicyDocument']];
}

const at = (value: unknown, path: (string | number)[]): unknown =>
  path.reduce<unknown>((inner, step) => (inner as Record<string | number, unknown>)[step], value);

function replaced(value: unknown, [step, ...path]: (string | number)[], by: unknown): unknown {
  if (step === undefined) return by;
  const inner = replaced((value as Record<string | number, unknown>)[step], path, by);
  if (Array.isArray(value)) return value.with(Number(step), inner);
  return { ...(value as object), [step]: inner };
}

/** The stack with one of its permissions for services left out. */
export function withoutPermissions(stack: ResolvedStack): { name: string; stack: ResolvedStack }[] {
  return stack.resources
    .filter(({ type }) => type === 'AWS::Lambda::Permission')
    .map((permission) => ({
      name: permission.logicalId,
      stack: { ...stack, resources: stack.resources.filter((one) => one !== permission) },
    }));
}

// Reads a policy document once, so that what IAM would refuse (or, worse, ignore) is refused when a stack is loaded.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
import { fieldsOf, readTests, type Test } from './condition.ts';

export type Listed = { patterns: string[]; not: boolean };

export type Statement = {
  sid?: string;
  effect: 'Allow' | 'Deny';
  actions: Listed;
  /** Absent in a trust policy, which is about the role that it belongs to. */
  resources?: Listed;
  /** In policies of resources: `aws arn:…`, `service events.amazonaws.com`, or `*`. */
  principals?: Listed;
  tests: Test[];
};

export type Policy = { name: string; statements: Statement[] };

const elements = ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'];
const principalElements = ['Principal', 'NotPrincipal'];

/** `of` says whether principals are named in it: an identity's policy has none. Throws an Error that names policy and statement. */
export function readPolicy(name: string, document: unknown, of: 'identity' | 'resource' | 'role' = 'identity'): Policy {
  const { Version, Statement, Id: _id, ...others } = fieldsOf(document, `policy ${name}`);
  const [other] = Object.keys(others);
  if (other !== undefined) throw new Error(`policy ${name}: element ${other} is not known`);
  // The older version, which is also the default, takes policy variables literally.
  if (
    Version !== '2012-10-17' &&
    (Version ?? '2008-10-17') === '2008-10-17' &&
    !JSON.stringify(document).includes('${')
  )
    return readPolicy(name, { ...(document as object), Version: '2012-10-17' }, of);
  if (Version !== '2012-10-17') throw new Error(`policy ${name}: Version must be 2012-10-17, not ${Version}`);
  const statements = [Statement].flat().map((statement, index) => {
    const fields = fieldsOf(statement, `policy ${name}, statement ${index + 1}`);
    try {
      return readStatement(fields, of);
    } catch (error) {
      throw new Error(`policy ${name}, statement ${fields.Sid ?? index + 1}: ${(error as Error).message}`);
    }
  });
  return { name, statements };
}

function readStatement(fields: Record<string, unknown>, of: 'identity' | 'resource' | 'role'): Statement {
  const known = of === 'identity' ? elements : [...elements, ...principalElements];
  const unknown = Object.keys(fields).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`element ${unknown} is not known here`);
  const { Sid, Effect, Condition } = fields;
  if (Effect !== 'Allow' && Effect !== 'Deny') throw new Error(`Effect must be Allow or Deny, not ${Effect}`);
  const actions = listed(fields, 'Action');
  const wrong = actions.patterns.find((action) => !/^(\*|[a-z0-9-]+:[A-Za-z0-9*?]+)$/.test(action));
  if (wrong !== undefined) throw new Error(`'${wrong}' is no action`);
  return {
    ...(Sid !== undefined && { sid: String(Sid) }),
    effect: Effect,
    actions,
    ...(of !== 'role' && { resources: listed(fields, 'Resource') }),
    ...(of !== 'identity' && { principals: principalsOf(fields) }),
    tests: readTests(Condition),
  };
}

function listed(fields: Record<string, unknown>, element: string): Listed {
  const [given, denied] = [fields[element], fields[`Not${element}`]];
  if ((given === undefined) === (denied === undefined)) throw new Error(`either ${element} or Not${element} is needed`);
  const patterns = [given ?? denied].flat();
  const wrong = patterns.find((pattern) => typeof pattern !== 'string' || pattern === '');
  if (wrong !== undefined || patterns.length === 0) throw new Error(`${element}: texts are expected`);
  return { patterns: patterns as string[], not: given === undefined };
}

function principalsOf(fields: Record<string, unknown>): Listed {
  const { Principal, NotPrincipal } = fields;
  if ((Principal === undefined) === (NotPrincipal === undefined)) throw new Error('a Principal is needed');
  const named = Principal ?? NotPrincipal;
  const not = Principal === undefined;
  if (named === '*') return { patterns: ['*'], not };
  const patterns = Object.entries(fieldsOf(named, 'Principal')).flatMap(([kind, names]) => {
    if (kind !== 'AWS' && kind !== 'Service') throw new Error(`principals of kind ${kind} are not supported`);
    return [names].flat().map((name) => (name === '*' ? '*' : `${kind.toLowerCase()} ${name}`));
  });
  return { patterns, not };
}

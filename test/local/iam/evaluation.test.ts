// The evaluator against the cases of the IAM documentation.
import { describe, expect, test } from 'vitest';
import { readTests } from '../../../local/iam/condition.ts';
import { evaluate } from '../../../local/iam/evaluation.ts';
import { readPolicy } from '../../../local/iam/policy.ts';
import { allow, asked, cases, deny, type Request, when } from './cases.ts';

function requestOf({ context = {}, ...request }: Partial<Request>) {
  const { action, resource } = { ...asked, ...request };
  const listed = Object.entries(context).map(([key, value]): [string, string[]] => [key.toLowerCase(), [value].flat()]);
  return { action, resource, context: new Map(listed), principal: 'aws arn:aws:iam::000000000000:role/r' };
}

const policyOf = (statement: object | object[]) => readPolicy('p', { Version: '2012-10-17', Statement: statement });
test.each(cases)('%s', (_what, statement, request, allowed) => {
  expect(evaluate(requestOf(request), { identity: [policyOf(statement)] }).allowed).toBe(allowed);
});

describe('a permissions boundary', () => {
  const request = requestOf({});
  const boundary = policyOf(allow());
  const because = (verdict: ReturnType<typeof evaluate>) => ('because' in verdict ? verdict.because : '');

  test('allows nothing by itself', () => {
    expect(because(evaluate(request, { identity: [], boundary }))).toBe(
      'because no identity-based policy allows the s3:GetObject action',
    );
  });
  test('limits what a role may do', () => {
    const narrow = policyOf(allow({ Action: 's3:PutObject' }));
    expect(evaluate(request, { identity: [policyOf(allow())], boundary }).allowed).toBe(true);
    expect(because(evaluate(request, { identity: [policyOf(allow())], boundary: narrow }))).toBe(
      'because no permissions boundary allows the s3:GetObject action',
    );
  });
  test('can deny', () => {
    const denying = policyOf([allow(), deny({ Action: 's3:GetObject' })]);
    expect(because(evaluate(request, { identity: [policyOf(allow())], boundary: denying }))).toBe(
      'with an explicit deny in a permissions boundary',
    );
  });
});

describe("a resource's policy", () => {
  const resourcePolicy = (Principal: unknown, more: object = {}) => {
    const Statement = { Effect: 'Allow', Principal, Action: 's3:GetObject', Resource: '*', ...more };
    return [readPolicy('r', { Version: '2012-10-17', Statement }, 'resource')];
  };
  const request = requestOf({});
  const role = 'arn:aws:iam::000000000000:role/r';

  test('lets in a role of the same account without a policy of its own', () => {
    expect(evaluate(request, { identity: [], resource: resourcePolicy({ AWS: role }) }).allowed).toBe(true);
    expect(evaluate(request, { identity: [], resource: resourcePolicy('*') }).allowed).toBe(true);
    expect(evaluate(request, { identity: [], resource: resourcePolicy({ AWS: `${role}x` }) }).allowed).toBe(false);
  });
  test('leaves it to IAM when it names the account', () => {
    const root = resourcePolicy({ AWS: 'arn:aws:iam::000000000000:root' });
    expect(evaluate(request, { identity: [], resource: root }).allowed).toBe(false);
  });
  test('can deny what the role may', () => {
    const resource = resourcePolicy('*', { Effect: 'Deny' });
    const verdict = evaluate(request, { identity: [policyOf(allow())], resource });
    expect(verdict).toEqual({ allowed: false, because: 'with an explicit deny in a resource-based policy' });
  });
  test('lets in a service, by its source', () => {
    const service = { ...requestOf({ context: { 'aws:SourceArn': 'arn:aws:events:r:1:rule/a' } }) };
    const asService = { ...service, principal: 'service events.amazonaws.com' };
    const from = (SourceArn: string) =>
      resourcePolicy({ Service: 'events.amazonaws.com' }, { Condition: { ArnLike: { 'aws:SourceArn': SourceArn } } });
    expect(evaluate(asService, { identity: [], resource: from('arn:aws:events:r:1:rule/a') }).allowed).toBe(true);
    expect(evaluate(asService, { identity: [], resource: from('arn:aws:events:r:1:rule/b') })).toEqual({
      allowed: false,
      because: 'because no resource-based policy allows the s3:GetObject action',
    });
  });
});

describe('what is refused when a policy is read', () => {
  const problems: [string, object, string][] = [
    ['an unknown operator', when('StringEqual', 'k', 'v'), 'condition operator StringEqual is not known'],
    ['Null with a suffix', when('NullIfExists', 'k', 'true'), 'condition operator NullIfExists is not known'],
    ['an unknown quantifier', when('ForSomeValues:StringEquals', 'k', 'v'), 'ForSomeValues:StringEquals is not known'],
    ['an element that IAM does not know', allow({ Conditions: {} }), 'element Conditions is not known here'],
    ['a principal in a policy of a role', allow({ Principal: '*' }), 'element Principal is not known here'],
    ['an effect', { ...allow(), Effect: 'allow' }, 'Effect must be Allow or Deny, not allow'],
    ['no action', { Effect: 'Allow', Resource: '*' }, 'either Action or NotAction is needed'],
    ['both actions', allow({ NotAction: 's3:x' }), 'either Action or NotAction is needed'],
    ['an action without a service', allow({ Action: 'GetObject' }), "'GetObject' is no action"],
    ['no resource', { Effect: 'Allow', Action: 's3:*' }, 'either Resource or NotResource is needed'],
    ['an empty list', allow({ Action: [] }), 'Action: texts are expected'],
    ['a number that is none', when('NumericLessThan', 'k', 'x'), "NumericLessThan of k: 'x' is no value for it"],
    ['a date that is none', when('DateLessThan', 'k', 'soon'), "DateLessThan of k: 'soon' is no value for it"],
    ['an address that is none', when('IpAddress', 'k', '300.1.1.1/8'), "IpAddress of k: '300.1.1.1/8' is no value"],
    ['a truth that is none', when('Bool', 'k', 'yes'), "Bool of k: 'yes' is no value for it"],
    ['several values without a quantifier', when('StringLike', 'aws:TagKeys', 'k'), 'write ForAllValues:StringLike or'],
  ];
  test.each(problems)('%s', (_what, statement, said) => {
    expect(() => policyOf({ Sid: 'S', ...statement })).toThrow(said);
    expect(() => policyOf({ Sid: 'S', ...statement })).toThrow('policy p, statement S: ');
  });
  test('the older version, which takes variables literally', () => {
    const Statement = allow({ Resource: '${aws:username}' });
    expect(() => readPolicy('p', { Version: '2008-10-17', Statement })).toThrow('Version must be 2012-10-17');
    expect(() => readPolicy('p', { Statement })).toThrow('Version must be 2012-10-17');
    expect(readPolicy('p', { Statement: allow() }).statements).toHaveLength(1);
  });
  test('tests are read once, with their operator', () => {
    expect(readTests({ 'ForAnyValue:StringLikeIfExists': { 'aws:TagKeys': 'a' } })).toEqual([
      { key: 'aws:tagkeys', operator: 'StringLike', quantifier: 'ForAnyValue', ifExists: true, values: ['a'] },
    ]);
  });
});

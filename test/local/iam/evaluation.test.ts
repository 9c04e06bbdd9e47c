// The evaluator against the cases of the IAM documentation.
import { describe, expect, test } from 'vitest';
import { readTests } from '../../../local/iam/condition.ts';
import { evaluate } from '../../../local/iam/evaluation.ts';
import { readPolicy } from '../../../local/iam/policy.ts';

type Case = [what: string, statement: object | object[], request: Partial<Request>, allowed: boolean];
type Request = { action: string; resource: string; context: Record<string, string | string[]> };

const asked: Request = { action: 's3:GetObject', resource: 'arn:aws:s3:::bucket/key', context: {} };

function requestOf({ context = {}, ...request }: Partial<Request>) {
  const { action, resource } = { ...asked, ...request };
  const listed = Object.entries(context).map(([key, value]): [string, string[]] => [key.toLowerCase(), [value].flat()]);
  return { action, resource, context: new Map(listed), principal: 'aws arn:aws:iam::000000000000:role/r' };
}

const policyOf = (statement: object | object[]) => readPolicy('p', { Version: '2012-10-17', Statement: statement });
const allow = (more: object = {}) => ({ Effect: 'Allow', Action: 's3:*', Resource: '*', ...more });
const deny = (more: object = {}) => ({ Effect: 'Deny', Action: '*', Resource: '*', ...more });
const when = (operator: string, key: string, value: unknown) => allow({ Condition: { [operator]: { [key]: value } } });

const cases: Case[] = [
  ['nothing is allowed by itself', allow({ Action: 's3:PutObject' }), {}, false],
  ['an allow', allow(), {}, true],
  ['an explicit deny wins', [allow(), deny()], {}, false],
  ['a deny of something else does not', [allow(), deny({ Action: 's3:PutObject' })], {}, true],
  ['actions do not care for case', allow({ Action: 'S3:getobject'.replace('S3', 's3') }), {}, true],
  ['* in an action', allow({ Action: 's3:Get*' }), {}, true],
  ['? in an action', allow({ Action: 's3:GetObjec?' }), {}, true],
  ['? is one character', allow({ Action: 's3:GetObject?' }), {}, false],
  ['every action', allow({ Action: '*' }), {}, true],
  ['another service', allow({ Action: 'ec2:*' }), {}, false],
  ['NotAction allows the others', { Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }, {}, true],
  ['NotAction leaves out', { Effect: 'Allow', NotAction: 's3:*', Resource: '*' }, {}, false],
  ['a deny with NotAction', [allow(), { Effect: 'Deny', NotAction: 's3:GetObject', Resource: '*' }], {}, true],
  ['resources care for case', allow({ Resource: 'arn:aws:s3:::BUCKET/key' }), {}, false],
  ['* in a resource', allow({ Resource: 'arn:aws:s3:::bucket/*' }), {}, true],
  ['? in a resource', allow({ Resource: 'arn:aws:s3:::bucket/ke?' }), {}, true],
  ['a dot is a dot', allow({ Resource: 'arn:aws:s3:::bucket.key' }), {}, false],
  ['one of several resources', allow({ Resource: ['arn:aws:s3:::other', 'arn:aws:s3:::bucket/key'] }), {}, true],
  ['NotResource allows the others', { Effect: 'Allow', Action: '*', NotResource: 'arn:aws:s3:::other' }, {}, true],
  ['NotResource leaves out', { Effect: 'Allow', Action: '*', NotResource: 'arn:aws:s3:::bucket/*' }, {}, false],
  [
    'a deny with NotResource',
    [allow(), { Effect: 'Deny', Action: '*', NotResource: 'arn:aws:s3:::other/*' }],
    {},
    false,
  ],
  [
    'a variable in a resource',
    allow({ Resource: 'arn:aws:s3:::${aws:username}/*' }),
    {
      context: { 'aws:username': 'bucket' },
    },
    true,
  ],
  ['a variable without a value matches nothing', allow({ Resource: 'arn:aws:s3:::${aws:username}/*' }), {}, false],
  ['a variable with a default', allow({ Resource: "arn:aws:s3:::${aws:username, 'bucket'}/*" }), {}, true],
  [
    'a variable with several values matches nothing',
    allow({ Resource: 'arn:aws:s3:::${aws:TagKeys}/*' }),
    {
      context: { 'aws:TagKeys': ['bucket', 'other'] },
    },
    false,
  ],
  [
    'a wildcard in a value is taken literally',
    allow({ Resource: 'arn:aws:s3:::${aws:username}/*' }),
    {
      context: { 'aws:username': '*' },
    },
    false,
  ],
  ['${*} is an asterisk', allow({ Resource: 'arn:aws:s3:::a${*}' }), { resource: 'arn:aws:s3:::ab' }, false],
  ['${*} is an asterisk, matched', allow({ Resource: 'arn:aws:s3:::a${*}' }), { resource: 'arn:aws:s3:::a*' }, true],
  ['${?} is a question mark', allow({ Resource: 'arn:aws:s3:::a${?}' }), { resource: 'arn:aws:s3:::a?' }, true],
  ['${$} is a dollar', allow({ Resource: 'arn:aws:s3:::a${$}' }), { resource: 'arn:aws:s3:::a$' }, true],

  ['StringEquals', when('StringEquals', 'k', 'v'), { context: { k: 'v' } }, true],
  ['StringEquals cares for case', when('StringEquals', 'k', 'V'), { context: { k: 'v' } }, false],
  ['StringEquals knows no wildcards', when('StringEquals', 'k', 'v*'), { context: { k: 'vw' } }, false],
  ['a missing key does not equal', when('StringEquals', 'k', 'v'), {}, false],
  ['one of several values', when('StringEquals', 'k', ['u', 'v']), { context: { k: 'v' } }, true],
  ['key names do not care for case', when('StringEquals', 'AWS:K', 'v'), { context: { 'aws:k': 'v' } }, true],
  ['a variable in a value', when('StringEquals', 'k', '${aws:x}'), { context: { k: 'v', 'aws:x': 'v' } }, true],
  ['a variable without value in a value', when('StringEquals', 'k', '${aws:x}'), { context: { k: 'v' } }, false],
  ['StringNotEquals', when('StringNotEquals', 'k', 'v'), { context: { k: 'w' } }, true],
  ['StringNotEquals of none of several', when('StringNotEquals', 'k', ['v', 'w']), { context: { k: 'w' } }, false],
  ['a missing key is not equal', when('StringNotEquals', 'k', 'v'), {}, true],
  ['StringEqualsIgnoreCase', when('StringEqualsIgnoreCase', 'k', 'V'), { context: { k: 'v' } }, true],
  ['StringNotEqualsIgnoreCase', when('StringNotEqualsIgnoreCase', 'k', 'V'), { context: { k: 'v' } }, false],
  ['StringLike', when('StringLike', 'k', 'a*d'), { context: { k: 'abcd' } }, true],
  ['StringLike, one character', when('StringLike', 'k', 'a?'), { context: { k: 'abc' } }, false],
  ['StringNotLike', when('StringNotLike', 'k', 'a*'), { context: { k: 'abc' } }, false],
  ['StringNotLike without the key', when('StringNotLike', 'k', 'a*'), {}, true],
  ['StringEqualsIfExists without the key', when('StringEqualsIfExists', 'k', 'v'), {}, true],
  ['StringEqualsIfExists with another value', when('StringEqualsIfExists', 'k', 'v'), { context: { k: 'w' } }, false],
  ['ArnLike', when('ArnLike', 'k', 'arn:aws:sns:*:*:t*'), { context: { k: 'arn:aws:sns:r:1:topic' } }, true],
  [
    'ArnLike does not cross colons',
    when('ArnLike', 'k', 'arn:aws:sns:*:topic'),
    {
      context: { k: 'arn:aws:sns:r:1:topic' },
    },
    false,
  ],
  [
    'ArnEquals is ArnLike',
    when('ArnEquals', 'k', 'arn:aws:sns:*:1:topic'),
    {
      context: { k: 'arn:aws:sns:r:1:topic' },
    },
    true,
  ],
  ['ArnLike of what is no ARN', when('ArnLike', 'k', '*'), { context: { k: 'topic' } }, false],
  ['ArnNotEquals', when('ArnNotEquals', 'k', 'arn:aws:sns:r:1:t'), { context: { k: 'arn:aws:sns:r:1:u' } }, true],
  ['ArnNotLike without the key', when('ArnNotLike', 'k', 'arn:aws:sns:r:1:t'), {}, true],
  ['NumericEquals', when('NumericEquals', 'k', '10'), { context: { k: '10.0' } }, true],
  ['NumericNotEquals', when('NumericNotEquals', 'k', 10), { context: { k: '10' } }, false],
  ['NumericLessThan', when('NumericLessThan', 'k', '10'), { context: { k: '9' } }, true],
  ['NumericLessThanEquals', when('NumericLessThanEquals', 'k', '10'), { context: { k: '10' } }, true],
  ['NumericGreaterThan', when('NumericGreaterThan', 'k', '10'), { context: { k: '10' } }, false],
  ['NumericGreaterThanEquals', when('NumericGreaterThanEquals', 'k', '10'), { context: { k: '11' } }, true],
  ['a text is no number', when('NumericLessThan', 'k', '10'), { context: { k: 'x' } }, false],
  [
    'DateGreaterThan',
    when('DateGreaterThan', 'k', '2026-01-01T00:00:00Z'),
    { context: { k: '2026-01-02T00:00:00Z' } },
    true,
  ],
  [
    'DateLessThan',
    when('DateLessThan', 'k', '2026-01-01T00:00:00Z'),
    { context: { k: '2026-01-02T00:00:00Z' } },
    false,
  ],
  ['a date as epoch', when('DateEquals', 'k', '1767225600'), { context: { k: '2026-01-01T00:00:00Z' } }, true],
  [
    'DateLessThanEquals',
    when('DateLessThanEquals', 'k', '2026-01-01'),
    { context: { k: '2026-01-01T00:00:00Z' } },
    true,
  ],
  [
    'DateGreaterThanEquals',
    when('DateGreaterThanEquals', 'k', '2026-01-02'),
    { context: { k: '2026-01-01T00:00:00Z' } },
    false,
  ],
  ['DateNotEquals', when('DateNotEquals', 'k', '2026-01-02'), { context: { k: '2026-01-01T00:00:00Z' } }, true],
  ['Bool', when('Bool', 'k', 'true'), { context: { k: 'true' } }, true],
  ['Bool as YAML has it', when('Bool', 'k', true), { context: { k: 'true' } }, true],
  ['Bool, false', when('Bool', 'k', 'false'), { context: { k: 'true' } }, false],
  ['Bool without the key', when('Bool', 'k', 'false'), {}, false],
  ['BoolIfExists without the key', when('BoolIfExists', 'k', 'true'), {}, true],
  ['BinaryEquals', when('BinaryEquals', 'k', 'QQ=='), { context: { k: 'QQ==' } }, true],
  ['IpAddress', when('IpAddress', 'k', '203.0.113.0/24'), { context: { k: '203.0.113.9' } }, true],
  ['IpAddress outside', when('IpAddress', 'k', '203.0.113.0/24'), { context: { k: '203.0.114.9' } }, false],
  ['one address', when('IpAddress', 'k', '203.0.113.9'), { context: { k: '203.0.113.9' } }, true],
  ['IpAddress of version 6', when('IpAddress', 'k', '2001:db8::/32'), { context: { k: '2001:db8::1' } }, true],
  ['NotIpAddress', when('NotIpAddress', 'k', '203.0.113.0/24'), { context: { k: '203.0.114.9' } }, true],
  ['NotIpAddress without the key', when('NotIpAddress', 'k', '203.0.113.0/24'), {}, true],
  ['Null true: the key is missing', when('Null', 'k', 'true'), {}, true],
  ['Null true: the key is there', when('Null', 'k', 'true'), { context: { k: 'v' } }, false],
  ['Null false: the key is there', when('Null', 'k', false), { context: { k: 'v' } }, true],
  ['Null false: the key is missing', when('Null', 'k', 'false'), {}, false],

  ['ForAllValues', when('ForAllValues:StringEquals', 'k', ['a', 'b']), { context: { k: ['a', 'b'] } }, true],
  [
    'ForAllValues with one too many',
    when('ForAllValues:StringEquals', 'k', ['a']),
    { context: { k: ['a', 'b'] } },
    false,
  ],
  ['ForAllValues without the key is true', when('ForAllValues:StringEquals', 'k', ['a']), {}, true],
  ['ForAnyValue', when('ForAnyValue:StringEquals', 'k', ['a']), { context: { k: ['a', 'b'] } }, true],
  ['ForAnyValue of none', when('ForAnyValue:StringEquals', 'k', ['c']), { context: { k: ['a', 'b'] } }, false],
  ['ForAnyValue without the key is false', when('ForAnyValue:StringEquals', 'k', ['a']), {}, false],
  ['ForAllValues, negated', when('ForAllValues:StringNotEquals', 'k', ['a']), { context: { k: ['b', 'c'] } }, true],
  [
    'ForAllValues, negated, with one',
    when('ForAllValues:StringNotEquals', 'k', ['a']),
    { context: { k: ['a', 'c'] } },
    false,
  ],
  ['ForAnyValue, negated', when('ForAnyValue:StringNotEquals', 'k', ['a']), { context: { k: ['a', 'c'] } }, true],
  ['ForAnyValue, negated, without the key', when('ForAnyValue:StringNotEquals', 'k', ['a']), {}, false],
  ['ForAllValues:StringLike', when('ForAllValues:StringLike', 'k', ['wait#*']), { context: { k: ['wait#i-1'] } }, true],
  [
    'all operators must hold',
    allow({ Condition: { StringEquals: { k: 'v' }, Bool: { b: 'true' } } }),
    {
      context: { k: 'v', b: 'false' },
    },
    false,
  ],
  ['all keys must hold', allow({ Condition: { StringEquals: { k: 'v', l: 'w' } } }), { context: { k: 'v' } }, false],
  ['a deny whose condition does not hold', [allow(), deny({ Condition: { StringEquals: { k: 'v' } } })], {}, true],
  [
    'a deny with a negation and a missing key',
    [allow(), deny({ Condition: { StringNotEquals: { k: 'v' } } })],
    {},
    false,
  ],
];

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

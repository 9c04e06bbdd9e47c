// Whether a request is allowed: explicit deny, then the role's policies or the resource's, within the permissions boundary.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html (one account)
import { holds } from './condition.ts';
import { type Context, expand } from './pattern.ts';
import type { Listed, Policy, Statement } from './policy.ts';

export type AccessRequest = {
  /** `service:Operation`. */
  action: string;
  resource: string;
  context: Context;
  /** `aws <ARN of a role>` or `service <name>`, for the policies of resources. */
  principal: string;
  /** Its own policies allow it already: who names its account lets it in. */
  delegated?: boolean;
};

export type Policies = {
  identity: Policy[];
  boundary?: Policy;
  /** The resource's own. */
  resource?: Policy[];
};

export type Verdict = { allowed: true } | { allowed: false; because: string };

/** A `because` is worded as in AWS's messages. */
export function evaluate(request: AccessRequest, { identity, boundary, resource = [] }: Policies): Verdict {
  const kinds: [string, Policy[]][] = [
    ['an identity-based policy', identity],
    ['a permissions boundary', boundary ? [boundary] : []],
    ['a resource-based policy', resource],
  ];
  for (const [kind, policies] of kinds)
    if (says(policies, 'Deny', request)) return refused(`with an explicit deny in ${kind}`);
  const granted = says(identity, 'Allow', request) || says(resource, 'Allow', request);
  if (!granted) {
    const kind = request.principal.startsWith('service ') ? 'resource-based' : 'identity-based';
    return refused(`because no ${kind} policy allows the ${request.action} action`);
  }
  if (boundary && !says([boundary], 'Allow', request))
    return refused(`because no permissions boundary allows the ${request.action} action`);
  return { allowed: true };
}

const refused = (because: string): Verdict => ({ allowed: false, because });

const says = (policies: Policy[], effect: Statement['effect'], request: AccessRequest): boolean =>
  policies.some(({ statements }) =>
    statements.some((statement) => statement.effect === effect && applies(statement, request)),
  );

/** Whether a statement is about this request. */
export function applies({ actions, resources, principals, tests }: Statement, request: AccessRequest): boolean {
  const { action, resource, principal, context, delegated } = request;
  return (
    within(actions, (pattern) => actionMatches(pattern, action)) &&
    (resources === undefined || within(resources, (pattern) => expand(pattern, context)?.test(resource) ?? false)) &&
    (principals === undefined ||
      within(
        principals,
        (name) => name === '*' || name === principal || (delegated === true && isAccountOf(name, principal)),
      )) &&
    tests.every((test) => holds(test, context))
  );
}

/** An account is named by its id or its root. */
function isAccountOf(name: string, principal: string): boolean {
  const [, accountId] = /^aws (?:arn:aws[a-z-]*:iam::)?(\d{12})(?::root)?$/.exec(name) ?? [];
  return accountId !== undefined && /^aws arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(principal)?.[1] === accountId;
}

const within = ({ patterns, not }: Listed, matches: (pattern: string) => boolean) => patterns.some(matches) !== not;

// Actions do not care for case, and hold no variables.
function actionMatches(pattern: string, action: string): boolean {
  return expand(pattern.toLowerCase(), none)?.test(action.toLowerCase()) ?? false;
}

const none: Context = new Map();

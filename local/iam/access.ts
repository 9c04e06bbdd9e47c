// Who may do what: the policies of every loaded stack, asked for each call that is made in the name of a role.
import type { Clock } from '../clock.ts';
import type { ResolvedStack } from '../template/stack.ts';
import { type AccessRequest, evaluate } from './evaluation.ts';
import type { Facts, Need } from './need.ts';
import type { Policy } from './policy.ts';
import { type ResourcePolicy, type RolePolicies, stackPolicies } from './stack-policies.ts';

/** One decision, as it can be decided again: `principal` is a role's ARN. */
export type Decision = {
  principal: string;
  action: string;
  resource: string;
  context: Record<string, string[]>;
  allowed: boolean;
};

export type Refusal = { action: string; resource: string; because: string };

export type Access = {
  facts: Facts;
  /** Throws an Error that names the policy which cannot be evaluated. */
  addStack(stack: ResolvedStack): void;
  /** The first need that the role is refused, if any. `region` is that of the request. */
  refusal(roleArn: string, needs: Need[], region: string): Refusal | undefined;
  /** Whether a role that a loaded stack has lets a principal in; who calls in the name of a role needs its own permission besides. */
  letsIn(roleArn: string, principalArn: string, context: Record<string, string>): boolean;
  /** Whether a role may act on what another account has: its own policies and those of the resource must both say so. */
  admits(principalArn: string, need: Need): boolean;
  /**
   * Why a principal may not do something with a KMS key; undefined where it may. In its own account the key's policy, or a
   * grant, is enough, or a policy that leaves it to the account and the principal's own; in another one both must allow it.
   */
  refusalOfKey(principalArn: string, need: Need, key: KeyRights): string | undefined;
  /** Whether a service may take the role on behalf of a resource; a role that no loaded stack has cannot be judged, and trusts. */
  trusts(roleArn: string, service: string, sourceArn: string): boolean;
};

/** What a key says: its policy, and whether one of its grants allows what is asked. `region` is that of the request. */
export type KeyRights = { policy: Policy; granted: boolean; region: string };

export type AccessSettings = {
  clock: Clock;
  find: Facts['find'];
  /** Told of every decision. */
  decided?(decision: Decision): void;
};

export function access({ clock, find, decided }: AccessSettings): Access {
  const roles = new Map<string, RolePolicies>();
  const resourcePolicies: ResourcePolicy[] = [];
  const profiles = new Map<string, string>();
  const hashKeys = new Map<string, string>();
  const self: Access = {
    facts: { find, roleOf: (arn) => profiles.get(arn), hashKeyOf: (arn) => hashKeys.get(arn) },
    addStack(stack) {
      const read = stackPolicies(stack);
      for (const [arn, role] of read.roles) roles.set(arn, role);
      for (const [arn, role] of read.profiles) profiles.set(arn, role);
      for (const [arn, key] of read.hashKeys) hashKeys.set(arn, key);
      resourcePolicies.push(...read.resourcePolicies);
    },
    letsIn(roleArn, principalArn, context) {
      const role = roles.get(roleArn);
      if (!role) return false;
      const keys = { 'aws:PrincipalArn': principalArn, 'aws:PrincipalAccount': principalArn.split(':')[4], ...context };
      const request = { principal: principalArn, action: 'sts:AssumeRole', resource: roleArn, context: listed(keys) };
      return byResource(request, [role.trust]);
    },
    admits(principalArn, { action, resource, context }) {
      const role = roles.get(principalArn);
      const request = { principal: principalArn, action, resource, context: listed(context) };
      const allowed = role !== undefined && decide(request, role, []).allowed;
      return allowed && byResource(request, attached(resourcePolicies, resource));
    },
    refusalOfKey(principalArn, asked, { policy, granted, region }) {
      const { action, resource } = asked;
      const identity = principalArn.endsWith(':root') ? undefined : self.refusal(principalArn, [asked], region);
      const context = listed({ ...globalKeys(principalArn, region, clock.now()), ...asked.context });
      const request = accessRequest({ principal: principalArn, action, resource, context });
      const ofKey = (delegated: boolean) => evaluate({ ...request, delegated }, { identity: [], resource: [policy] });
      const [itself, account] = [ofKey(false), ofKey(true)];
      const denied = [identity?.because, account.allowed ? undefined : account.because].find((one) =>
        one?.includes('explicit deny'),
      );
      if (denied) return denied;
      const atHome = resource.split(':')[4] === principalArn.split(':')[4];
      if (atHome && (itself.allowed || granted)) return undefined;
      if (!account.allowed && !granted) return `because no resource-based policy allows the ${action} action`;
      return identity?.because;
    },
    trusts(roleArn, service, sourceArn) {
      const role = roles.get(roleArn);
      if (!role) return true;
      const context = new Map([
        ['aws:sourcearn', [sourceArn]],
        ['aws:sourceaccount', [sourceArn.split(':')[4] ?? '']],
      ]);
      const request = { action: 'sts:AssumeRole', resource: roleArn, context, principal: `service ${service}` };
      return evaluate(request, { identity: [], resource: [role.trust] }).allowed;
    },
    refusal(roleArn, needs, region) {
      const role = roles.get(roleArn);
      for (const { action, resource, context } of needs) {
        const all = { ...globalKeys(roleArn, region, clock.now()), ...context };
        const request = { principal: roleArn, action, resource, context: listed(all) };
        const verdict = role
          ? decide(request, role, resourcePolicies)
          : { allowed: false as const, because: `because no stack that is loaded here has the role ${roleArn}` };
        decided?.({ ...request, allowed: verdict.allowed });
        if (!verdict.allowed) return { action, resource, because: verdict.because };
      }
      return undefined;
    },
  };
  return self;
}

const byResource = (request: Omit<Decision, 'allowed'>, resource: ResourcePolicy['policy'][]) =>
  evaluate({ ...accessRequest(request), delegated: true }, { identity: [], resource }).allowed;

const accessRequest = ({ principal, action, resource, context }: Omit<Decision, 'allowed'>): AccessRequest => ({
  ...{ action, resource, principal: `aws ${principal}` },
  context: new Map(Object.entries(context).map(([key, values]) => [key.toLowerCase(), values])),
});

/** A recorded decision, decided (again). */
export function decide(
  decision: Omit<Decision, 'allowed'>,
  { identity, boundary }: Pick<RolePolicies, 'identity' | 'boundary'>,
  resourcePolicies: ResourcePolicy[],
) {
  return evaluate(accessRequest(decision), {
    identity,
    ...(boundary && { boundary }),
    resource: attached(resourcePolicies, decision.resource),
  });
}

/** The policies of one resource: what others say of it does not count. */
export const attached = (resourcePolicies: ResourcePolicy[], resource: string) =>
  resourcePolicies.flatMap(({ resources, policy }) =>
    resources.some((one) => one === resource || policyOfFunction(one, resource)) ? [policy] : [],
  );

// Lambda's permissions name a function, whichever region and account it is in.
const policyOfFunction = (pattern: string, resource: string) =>
  pattern.startsWith('arn:*:lambda:') && resource.endsWith(pattern.slice('arn:*:lambda:*:*'.length));

const globalKeys = (roleArn: string, region: string, now: number) => ({
  'aws:PrincipalArn': roleArn,
  'aws:PrincipalAccount': roleArn.split(':')[4],
  'aws:PrincipalType': roleArn.endsWith(':root') ? 'Account' : 'AssumedRole',
  'aws:RequestedRegion': region,
  'aws:CurrentTime': new Date(now).toISOString(),
  'aws:EpochTime': String(Math.floor(now / 1000)),
});

function listed(context: Need['context']): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(context).flatMap(([key, value]) => {
      const values = value === undefined ? [] : [value].flat();
      return values.length > 0 ? [[key, values]] : [];
    }),
  );
}

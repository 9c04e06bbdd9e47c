// The roles of the stack are sufficient (builds of every kind run under them), necessary (whatever is taken out is missed) and tight
// (forbidden acts are refused to all of them). Roles are taken from the packaged template: a new one is covered without a word here.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { describe, expect, test } from 'vitest';
import { realClock } from '../../../local/clock.ts';
import { parseTemplate } from '../../../local/cloudformation/template-text.ts';
import { access, attached, type Decision, decide } from '../../../local/iam/access.ts';
import { evaluate } from '../../../local/iam/evaluation.ts';
import { expand } from '../../../local/iam/pattern.ts';
import { type StackPolicies, stackPolicies } from '../../../local/iam/stack-policies.ts';
import { resolveTemplate } from '../../../local/template/load.ts';
import { missingPermissions } from '../../../local/template/permissions.ts';
import type { ResolvedStack } from '../../../local/template/stack.ts';
import { packaged } from '../../package/packaged.ts';
import { repository } from '../../source-files.ts';
import { type Act, forbiddenActs, targetAccount } from './forbidden-acts.ts';
import { type Mutation, mutations, withoutPermissions } from './mutations.ts';
import { record } from './recording.ts';

const place = {
  ...{ accountId: '000000000000', region: 'us-east-1', partition: 'aws', urlSuffix: 'amazonaws.com' },
  stackName: 'serverless-image-builder-local',
};

/** What nothing recorded misses, and why it is there. Better than a line here is a build that needs it, in scenes/. */
const explained: [name: RegExp, why: string][] = [
  [
    /^PublishImageRole SetParameters: without ssm:DeleteParameter$/,
    'for a new channel that one region has taken and another refuses for good, as no local region does: test/phase/channel-publishing.test.ts',
  ],
  [
    /^(PrepareImageRole LookAtParentImages|CheckDistributionRole LookAround): without ec2:GetEbsDefaultKmsKeyId$/,
    'asked where an account encrypts new volumes by default, which no local account does',
  ],
  [
    /^CheckDistributionRole ResolveParentImages: without arn:aws:ssm:us-east-1:000000000000:parameter\/images\/\*$/,
    'by default the parameters that may be published are those that may name parent images: the deployment sets them apart',
  ],
  [
    /^CheckDistributionRole LookAround: without ec2:DescribeLaunchTemplateVersions$/,
    'to count the versions of a template that has had 10,000: test/phase/check-distribution.test.ts',
  ],
  [
    /^ScheduleRole AssumeRolePolicyDocument: without (StringEquals aws:SourceAccount|ArnEquals aws:SourceArn)$/,
    'for whom Scheduler acts is said by Scheduler, not by a role: "the role of schedules" below tries others',
  ],
  [
    /^ScheduleRole KeepWhatFailed: without it$/,
    'needed for a run whose target refuses, which is refused too: test/local/scheduler shows where it goes',
  ],
  [
    /^SweepRole (PutLaunchTemplatesBack|PutParametersBack|EndOurExports|DeleteExportedFiles|FindWhatWasPublished)/,
    'what cleanup did not do: the same statements as those of CleanupRole, which "are the same" below compares',
  ],
  [
    /^(ExportImageRole ExportOurImages|PublishImageRole RetireImages): without aws:RequestedRegion eu-west-1$/,
    'for regions other than the home region, where no recorded build exports or retires its AMI',
  ],
  [/^PackageUpdateTopicPolicy /, 'for rules that the account makes itself, to tell of changed parameters'],
];

const { template } = await packaged();
const stack = deployedFor('eu-west-1', { Accounts: targetAccount });
const policies = stackPolicies(stack);
const acts = forbiddenActs(stack);
const every = mutations(stack);
const resourceNamed = (logicalId: string) => stack.resources.find((one) => one.logicalId === logicalId)!;

/** The stack as `--param regions=…` makes it. */
function deployedFor(regions: string, given: Record<string, string> = {}): ResolvedStack {
  const text = JSON.stringify(template)
    .replaceAll('{"Ref":"AWS::Region"},"*"', `{"Ref":"AWS::Region"},"${regions}"`)
    .replaceAll('{"Fn::Split":[",","*"]}', `{"Fn::Split":[",","${regions}"]}`);
  return resolveTemplate(JSON.parse(text), place, given);
}

/** distribution-role.yml as it is deployed beside the stack. */
function inTargetAccount(): ResolvedStack {
  const file = join(repository, 'distribution-role.yml');
  const given = { StackId: stack.stackId, EventBusArn: resourceNamed('EventBus').arn! };
  const there = { ...place, accountId: targetAccount, stackName: 'image-builder-distribution' };
  return resolveTemplate(parseTemplate(readFileSync(file, 'utf8'), file), there, given);
}

function allows({ needs, region }: Act, roleArn: string, { roles, resourcePolicies }: StackPolicies): boolean {
  if (needs.length === 0) throw new Error('an act that needs nothing cannot be refused');
  const global = { 'aws:PrincipalArn': [roleArn], 'aws:RequestedRegion': [region] };
  return needs.every(({ action, resource, context }) => {
    const listed = Object.entries(context).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, [value].flat()]],
    );
    const request = { principal: roleArn, action, resource, context: { ...global, ...Object.fromEntries(listed) } };
    return decide(request, roles.get(roleArn)!, resourcePolicies).allowed;
  });
}

describe('forbidden acts', () => {
  test.each(acts)('$what', (act) => {
    const may = [...policies.roles.values()].filter(({ arn }) => allows(act, arn, policies));
    expect(may.map(({ arn }) => arn)).toEqual(act.except ? [act.except] : []);
  });

  test('services come in for our own rules only', () => {
    for (const { logicalId, arn = '', type } of stack.resources)
      if (type === 'AWS::SQS::Queue' || type === 'AWS::Lambda::Function')
        expect(lets(policies, arn, 'arn:aws:events:us-east-1:000000000000:rule/other'), logicalId).toBe(false);
    const rule = resourceNamed('ExecutionEndedRule').arn!;
    expect(lets(policies, resourceNamed('CleanupLambdaFunction').arn!, rule)).toBe(true);
    expect(lets(policies, resourceNamed('StartDashbuildLambdaFunction').arn!, rule)).toBe(false);
  });
});

test('the role of schedules is taken for the group of the stack only', () => {
  const { arn: role = '' } = resourceNamed('ScheduleRole');
  const group = resourceNamed('ScheduleGroup').arn!;
  const rights = access({ clock: realClock, find: () => undefined });
  rights.addStack(stack);
  const taken = (source: string) => rights.trusts(role, 'scheduler.amazonaws.com', source);
  expect(taken(group)).toBe(true);
  for (const other of [
    group.replace(/[^/]+$/, 'default'),
    group.replace('000000000000', '111122223333'),
    group.replace('schedule-group', 'schedule'),
  ])
    expect(taken(other), other).toBe(false);
  expect(rights.trusts(role, 'events.amazonaws.com', group)).toBe(false);
});

/** Whether what a rule or topic sends comes in to a queue or function by its own policy. */
function lets({ resourcePolicies }: StackPolicies, resource: string, sender: string): boolean {
  const action = resource.startsWith('arn:aws:sqs:') ? 'sqs:SendMessage' : 'lambda:InvokeFunction';
  const context = new Map([['aws:sourcearn', [sender]]]);
  const principal = `service ${sender.split(':')[2]}.amazonaws.com`;
  const request = { principal, action, resource, context };
  return evaluate(request, { identity: [], resource: attached(resourcePolicies, resource) }).allowed;
}

test('what the sweep may put back and what cleanup may are the same', () => {
  const statements = (role: string) =>
    JSON.stringify(
      (resourceNamed(role).properties.Policies as { PolicyDocument: { Statement: { Sid: string }[] } }[])
        .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
        .filter(({ Sid }) => /Back$|Export|FindWhatWasPublished/.test(Sid)),
    );
  expect(statements('SweepRole')).toBe(statements('CleanupRole'));
});

describe('the roles', () => {
  test('fit into what IAM takes: 10,240 characters in all inline policies of a role', () => {
    for (const { logicalId, properties, type } of stack.resources)
      if (type === 'AWS::IAM::Role') expect(JSON.stringify(properties.Policies).length, logicalId).toBeLessThan(10_240);
  });

  test('are one for each function, and no function has the role of another', () => {
    const roles = stack.resources.flatMap(({ type, properties }) =>
      type === 'AWS::Lambda::Function' ? [properties.Role] : [],
    );
    expect(new Set(roles).size).toBe(roles.length);
  });

  test('all have the permissions boundary that is given, and no other', () => {
    const boundary = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'logs:*', Resource: '*' }] };
    const Boundary = {
      Type: 'AWS::IAM::ManagedPolicy',
      Properties: { ManagedPolicyName: 'boundary', PolicyDocument: boundary },
    };
    const limited = JSON.parse(JSON.stringify(template));
    limited.Resources.Boundary = Boundary;
    const arn = 'arn:aws:iam::000000000000:policy/boundary';
    const { roles } = stackPolicies(resolveTemplate(limited, place, { PermissionsBoundary: arn }));
    expect(roles.size).toBeGreaterThan(10);
    for (const role of roles.values()) {
      expect(role.boundary?.name).toBe('Boundary');
      const request = { principal: role.arn, action: 'states:SendTaskSuccess', resource: '*', context: {} };
      expect(decide(request, role, [])).toMatchObject({ allowed: false });
    }
    for (const role of policies.roles.values()) expect(role.boundary).toBeUndefined();
    expect(() =>
      stackPolicies(deployedFor('*', { PermissionsBoundary: 'arn:aws:iam::000000000000:policy/else' })),
    ).toThrow('PermissionsBoundary arn:aws:iam::000000000000:policy/else cannot be evaluated');
  });
});

describe('recorded builds', () => {
  let decisions: Decision[] = [];

  test('run under their roles: nothing is refused, and every role is used', async () => {
    const recording = await record({
      table: resourceNamed('Table').name,
      topic: resourceNamed('ImageTopic').name,
      packageUpdateTopic: resourceNamed('PackageUpdateTopic').name,
      deadLetterQueue: resourceNamed('DeadLetterQueue').name,
    });
    decisions = recording.decisions;
    expect(recording.statuses).toEqual({
      ...{ good: 'AVAILABLE', 'by-name': 'FAILED', 'by-parameter': 'FAILED', broken: 'FAILED' },
      ...{ retried: 'FAILED', distributed: 'AVAILABLE', targets: 'AVAILABLE' },
      ...{ 'late-exportimage': 'CANCELLED', 'late-putparameter': 'CANCELLED', 'late-channel': 'CANCELLED' },
      referring: 'FAILED',
      ...{ 'late-runinstances': 'CANCELLED', 'late-sendcommand': 'CANCELLED', 'late-createimage': 'CANCELLED' },
      keyless: 'FAILED',
      ...{ 'late-modifyimageattribute': 'CANCELLED', 'late-together': 'CANCELLED' },
      'stopped-in-export': 'CANCELLED',
      ...{ 'swept-in-test': 'CANCELLED', 'swept-in-publishing': 'CANCELLED' },
    });
    expect(recording.faults).toEqual([]);
    expect(decisions.filter(({ allowed }) => !allowed)).toEqual([]);
    const used = new Set(decisions.map(({ principal }) => principal));
    expect([...policies.roles.keys()].filter((arn) => !used.has(arn))).toEqual([]);
    console.log(`${decisions.length} decisions of ${used.size} roles, 0 refused`);
  }, 300_000);

  test('miss whatever is taken out of a policy', () => {
    const byRole = Map.groupBy(distinct(decisions), ({ principal }) => principal);
    const unnoticed = every.filter((mutation) => !noticed(mutation, byRole)).map(({ name }) => name);
    const why = (name: string) => explained.filter(([pattern]) => pattern.test(name));
    expect(unnoticed.filter((name) => why(name).length === 0)).toEqual([]);
    // What is noticed by now needs no explanation any more.
    expect(explained.filter(([pattern]) => !unnoticed.some((name) => pattern.test(name)))).toEqual([]);
    for (const { name, stack: mutated } of withoutPermissions(stack))
      expect(missingPermissions(mutated), name).not.toEqual([]);
    console.log(
      `${acts.length} forbidden acts × ${policies.roles.size} roles, ${every.length} mutations: ${every.length - unnoticed.length} noticed, ${unnoticed.length} explained`,
    );
    const docs = readFileSync(join(repository, 'docs/permissions.md'), 'utf8').replaceAll(/\s+/g, ' ');
    expect(docs).toContain(`of ${policies.roles.size} roles, none refused; ${acts.length} forbidden acts, all refused`);
    expect(docs).toContain(
      `of ${every.length} things taken out ${every.length - unnoticed.length} were missed, and ${unnoticed.length} are explained`,
    );
  }, 60_000);

  test.each(['distribution', 'distribution-lifecycle'])(
    'and the role %s in the target account misses whatever is taken out of it',
    (own) => {
      const role = `arn:aws:iam::${targetAccount}:role/serverless-image-builder-${own}`;
      const its = distinct(decisions.filter(({ principal }) => principal === role));
      // Its conditions, and whom it trusts: distribution-role.test.ts.
      const all = mutations(inTargetAccount()).filter(
        ({ of, kind, name }) => of.arn === role && kind !== 'condition' && !/OfTheStack/.test(name),
      );
      const missed = ({ actions, changed, stack: mutated }: Mutation) => {
        const without = stackPolicies({ ...mutated, resources: [changed] }).roles.get(role)!;
        return its.some((decision) => isAbout(actions, decision) && !decide(decision, without, []).allowed);
      };
      expect(all.filter((mutation) => !missed(mutation)).map(({ name }) => name)).toEqual([]);
      console.log(`${its.length} decisions of the role in the target account, ${all.length} mutations: all noticed`);
    },
  );

  test('are decided in microseconds', () => {
    const start = performance.now();
    for (const decision of decisions.filter(({ principal }) => policies.roles.has(principal)))
      expect(decide(decision, policies.roles.get(decision.principal)!, policies.resourcePolicies).allowed).toBe(true);
    const each = ((performance.now() - start) * 1000) / decisions.length;
    console.log(`${each.toFixed(1)} µs a decision`);
    expect(each).toBeLessThan(1000);
  });
});

/** A change of one resource leaves the policies of all others as they are. */
function noticed({ actions, changed, kind, stack: mutated }: Mutation, byRole: Map<string, Decision[]>): boolean {
  const { roles } = stackPolicies({ ...stack, resources: [changed] });
  const role = roles.get(changed.arn ?? '');
  // What was sent from elsewhere is let in, or what is sent from here is not any more.
  if (!role) return letsOthersIn(mutated) || missingPermissions(mutated).length > 0;
  const seen =
    kind === 'condition'
      ? acts.some((act) => act.except !== role.arn && allows(act, role.arn, { ...policies, roles }))
      : (byRole.get(role.arn) ?? []).some(
          (decision) => isAbout(actions, decision) && !decide(decision, role, policies.resourcePolicies).allowed,
        );
  return seen || missingPermissions(mutated).length > 0;
}

/** A statement decides about no other. */
const isAbout = (actions: string[], { action }: Decision) =>
  actions.some((one) => expand(one.toLowerCase(), new Map())?.test(action.toLowerCase()));

function letsOthersIn(mutated: ResolvedStack): boolean {
  const { resourcePolicies } = stackPolicies(mutated);
  const others = ['arn:aws:events:us-east-1:000000000000:rule/other', 'arn:aws:sns:us-east-1:000000000000:other'];
  return stack.resources.some(({ arn = '' }) =>
    others.some((other) => lets({ ...policies, resourcePolicies }, arn, other)),
  );
}

/** Without those that are decided alike: the time makes no difference here. */
function distinct(decisions: Decision[]): Decision[] {
  const key = ({ context: { 'aws:CurrentTime': _, 'aws:EpochTime': __, ...context }, ...decision }: Decision) =>
    JSON.stringify({ ...decision, context });
  return [...new Map(decisions.map((decision) => [key(decision), decision])).values()];
}

// Every step of publishing, struck in every way: refused, killed, and given up while it comes back late.
import type { FaultName } from './faults.ts';
import { random, sample } from './random.ts';
import type { Strike } from './strikes.ts';

export const regions =
  'us-east-1 us-east-2 us-west-1 us-west-2 ca-central-1 sa-east-1 eu-west-1 eu-west-2 eu-west-3 eu-central-1 eu-north-1 ap-south-1 ap-southeast-1 ap-southeast-2 ap-northeast-1'.split(
    ' ',
  );
export const accounts = ['222222222222', '333333333333'] as const;
const [one, two] = accounts;

/** A call by which publishing sets something: function, operation, region and account. `first`: the first of these calls that it is; `invocation`: of the function, that makes it. */
export type Step = { name: string; call: string; first: number; invocation: number };

const step = (name: string, call: string, first = 1, invocation = 1): Step => ({
  ...{ name, call: `publish-image ${call}`, first, invocation },
});

export const steps: Step[] = [
  step('launch permission', 'ec2.ModifyImageAttribute eu-west-1'),
  step('launch permission', 'ec2.ModifyImageAttribute ap-northeast-1'),
  step('launch template version', 'ec2.CreateLaunchTemplateVersion eu-west-1'),
  step('launch template version', `ec2.CreateLaunchTemplateVersion sa-east-1 of ${one}`),
  step('launch template default', 'ec2.ModifyLaunchTemplate us-west-2'),
  step('launch template default', `ec2.ModifyLaunchTemplate ap-northeast-1 of ${two}`),
  step('SSM parameter', 'ssm.PutParameter eu-central-1'),
  step('SSM parameter', `ssm.PutParameter us-east-1 of ${one}`),
  // The first of a region is the parameter's, and AWS takes that behind its answer: the function ends, and is called again.
  step('channel', 'ssm.PutParameter eu-west-1', 2, 2),
  step('channel', 'ssm.PutParameter ap-south-1', 2, 2),
];

/** How often the machine calls a function that is killed: once, and three times again (Retry of PublishImage). */
const tries = 4;

const invoked = ({ invocation }: Step, fault: FaultName): Strike => ({
  ...{ key: `states lambda.Invoke publish-image ${invocation}`, fault },
});

export type Way = { name: string; status: 'AVAILABLE' | 'FAILED'; strikes(step: Step): Strike[] };

const at = ({ call, first }: Step, fault: FaultName, later = 0): Strike => ({ key: `${call} ${first + later}`, fault });

export const ways: Way[] = [
  { name: 'refused', status: 'FAILED', strikes: (step) => [at(step, 'access denied')] },
  { name: 'killed before it, once', status: 'AVAILABLE', strikes: (step) => [at(step, 'killed before the call')] },
  { name: 'killed after it, once', status: 'AVAILABLE', strikes: (step) => [at(step, 'killed after the call')] },
  {
    name: 'killed before it, each time',
    status: 'FAILED',
    strikes: (step) => Array.from({ length: tries }, (_, later) => at(step, 'killed before the call', later)),
  },
  {
    name: 'late, while another publishes',
    status: 'AVAILABLE',
    strikes: (step) => [at(step, 'late in the call'), invoked(step, 'not waited for, and called again')],
  },
  {
    name: 'late, while cleanup is at it',
    status: 'FAILED',
    strikes: (step) => [at(step, 'late in the call'), invoked(step, 'not waited for, and given up')],
  },
];

export type Case = { step: Step; way: Way };

export const cases: Case[] = steps.flatMap((step) => ways.map((way) => ({ step, way })));

/** One case of each kind of step, each in another way. */
export function sampleOfSteps(seed: number): Case[] {
  const next = random(seed);
  const chosen = sample(ways, ways.length, next);
  const names = [...new Set(steps.map(({ name }) => name))];
  return names.map((name, index) => {
    const [step] = sample(
      steps.filter((one) => one.name === name),
      1,
      next,
    );
    return { step: step!, way: chosen[index % chosen.length]! };
  });
}

// A schedule as it is asked for and kept: checked whole, since what is not known here would silently not happen.
// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
import { AwsError, type Input } from '../service.ts';
import { readExpression } from './expression.ts';
import { checkZone } from './zone.ts';

export type ScheduleTarget = {
  Arn: string;
  RoleArn: string;
  Input?: string;
  DeadLetterConfig?: { Arn?: string };
  RetryPolicy?: { MaximumEventAgeInSeconds?: number; MaximumRetryAttempts?: number };
};

/** Times are epoch milliseconds. */
export type Schedule = {
  group: string;
  name: string;
  accountId: string;
  region: string;
  expression: string;
  timezone: string;
  state: 'ENABLED' | 'DISABLED';
  description?: string;
  startDate?: number;
  endDate?: number;
  /** Minutes; 0 is OFF. */
  window: number;
  afterCompletion: 'NONE' | 'DELETE';
  target: ScheduleTarget;
  created: number;
  modified: number;
  /** Of the last invocation that was made: the time for which it was. */
  lastDue?: number;
};

const known = [
  'ActionAfterCompletion',
  'ClientToken',
  'Description',
  'EndDate',
  'FlexibleTimeWindow',
  'GroupName',
  'Name',
  'ScheduleExpression',
  'ScheduleExpressionTimezone',
  'StartDate',
  'State',
  'Target',
];
const knownOfTarget = ['Arn', 'RoleArn', 'Input', 'DeadLetterConfig', 'RetryPolicy'];

export const namePattern = /^[0-9a-zA-Z-_.]{1,64}$/;
const rolePattern = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/;

/** Everything of a schedule but who has it and when it was made; throws ValidationException. */
export function readSettings(input: Input) {
  for (const key of Object.keys(input))
    if (!known.includes(key)) throw validation(`The local cloud does not have ${key}`);
  const { Target, FlexibleTimeWindow, ScheduleExpression, State = 'ENABLED' } = input;
  const { ScheduleExpressionTimezone: timezone = 'UTC', ActionAfterCompletion: afterCompletion = 'NONE' } = input;
  for (const [name, value] of Object.entries({ ScheduleExpression, FlexibleTimeWindow, Target }))
    if (value === undefined) throw validation(`${name} is required`);
  if (!['ENABLED', 'DISABLED'].includes(State)) throw validation(`State is ENABLED or DISABLED, not ${State}`);
  if (!['NONE', 'DELETE'].includes(afterCompletion))
    throw validation(`ActionAfterCompletion is NONE or DELETE, not ${afterCompletion}`);
  checkZone(String(timezone));
  readExpression(String(ScheduleExpression), timezone);
  return {
    expression: String(ScheduleExpression),
    timezone: String(timezone),
    state: State as Schedule['state'],
    window: readWindow(FlexibleTimeWindow),
    afterCompletion: afterCompletion as Schedule['afterCompletion'],
    target: readTarget(Target),
    ...(input.Description !== undefined && { description: String(input.Description) }),
    ...(input.StartDate !== undefined && { startDate: readTime('StartDate', input.StartDate) }),
    ...(input.EndDate !== undefined && { endDate: readTime('EndDate', input.EndDate) }),
  };
}

function readWindow({ Mode, MaximumWindowInMinutes: minutes }: Input): number {
  if (Mode === 'OFF') return 0;
  if (Mode !== 'FLEXIBLE') throw validation(`FlexibleTimeWindow.Mode is OFF or FLEXIBLE, not ${Mode}`);
  if (Number.isInteger(minutes) && minutes >= 1 && minutes <= 1440) return minutes;
  throw validation('FlexibleTimeWindow.MaximumWindowInMinutes is a number from 1 to 1440');
}

function readTarget(target: Input): ScheduleTarget {
  for (const key of Object.keys(target))
    if (!knownOfTarget.includes(key)) throw validation(`The local cloud does not have Target.${key}`);
  const [, , service = ''] = String(target.Arn).split(':');
  if (!['lambda', 'sqs', 'sns', 'states'].includes(service))
    throw validation(`The local cloud's schedules cannot call ${target.Arn}`);
  if (!rolePattern.test(String(target.RoleArn))) throw validation(`Target.RoleArn ${target.RoleArn} is no role`);
  const { MaximumRetryAttempts: attempts = 185, MaximumEventAgeInSeconds: age = 86_400 } = target.RetryPolicy ?? {};
  if (!(attempts >= 0 && attempts <= 185)) throw validation('RetryPolicy.MaximumRetryAttempts is from 0 to 185');
  if (!(age >= 60 && age <= 86_400)) throw validation('RetryPolicy.MaximumEventAgeInSeconds is from 60 to 86400');
  return target as ScheduleTarget;
}

function readTime(name: string, value: unknown): number {
  if (typeof value === 'number') return value * 1000;
  throw validation(`${name} is a time in seconds`);
}

export const validation = (message: string) => new AwsError('ValidationException', message);

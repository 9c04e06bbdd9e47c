// What the operations of EventBridge Scheduler need: the schedule or group, and the role that is passed.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridgescheduler.html
import type { Caller, Input } from '../../service.ts';
import { anywhere, type Need, type Needs, need } from '../need.ts';

const arn = (kind: string, name: string, { accountId, region }: Caller) =>
  `arn:aws:scheduler:${region}:${accountId}:${kind}/${name}`;

const onSchedule =
  (action: string) =>
  ({ Name, GroupName = 'default' }: Input, caller: Caller): Need[] => [
    need(`scheduler:${action}`, arn('schedule', `${GroupName}/${Name}`, caller)),
  ];

const passing =
  (action: string) =>
  (input: Input, caller: Caller): Need[] => [
    ...onSchedule(action)(input, caller),
    need('iam:PassRole', String(input.Target?.RoleArn), { 'iam:PassedToService': 'scheduler.amazonaws.com' }),
  ];

const onGroup =
  (action: string) =>
  ({ Name }: Input, caller: Caller): Need[] => [
    need(`scheduler:${action}`, arn('schedule-group', String(Name), caller)),
  ];

export const schedulerNeeds: Needs = {
  CreateSchedule: passing('CreateSchedule'),
  UpdateSchedule: passing('UpdateSchedule'),
  GetSchedule: onSchedule('GetSchedule'),
  DeleteSchedule: onSchedule('DeleteSchedule'),
  ListSchedules: anywhere('scheduler:ListSchedules'),
  CreateScheduleGroup: onGroup('CreateScheduleGroup'),
  GetScheduleGroup: onGroup('GetScheduleGroup'),
  DeleteScheduleGroup: onGroup('DeleteScheduleGroup'),
  ListScheduleGroups: anywhere('scheduler:ListScheduleGroups'),
};

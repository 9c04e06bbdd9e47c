// EventBridge Scheduler's API: schedules and their groups, kept over restarts, and the payloads that their targets get.
// https://docs.aws.amazon.com/scheduler/latest/APIReference/
import { join } from 'node:path';
import type { Cloud } from '../cloud.ts';
import { AwsError, type Caller, type Input, type RestAnswer, type RestRequest, type RestService } from '../service.ts';
import { readJson, writeJson } from '../state/json-file.ts';
import { clockwork, type Firing, key } from './clockwork.ts';
import { namePattern, readSettings, type Schedule, type ScheduleTarget, validation } from './schedule.ts';

export type Scheduler = {
  service: RestService;
  /** Makes a group from the properties of an AWS::Scheduler::ScheduleGroup, or finds it. */
  stackGroup(scope: Scope, name: string): void;
  /** Starts the schedules that an earlier run left. */
  recover(): void;
  stop(): void;
};

type Scope = Pick<Caller, 'accountId' | 'region'>;
type Group = Scope & { name: string; created: number };
type Kept = { groups: Group[]; schedules: (Schedule & { token?: string })[] };

export type Sender = {
  /** Calls the target with the role; throws an AwsError where the service would refuse. */
  send(target: ScheduleTarget, payload: string, source: { scheduleArn: string; groupArn: string }): unknown;
  /** Whether Scheduler may take the role at all. */
  mayAssume(roleArn: string, groupArn: string): boolean;
  /** Takes what could not be delivered to the target's dead-letter queue. */
  undelivered(target: ScheduleTarget, payload: string, attributes: Record<string, string>, error: unknown): void;
};

export function scheduler(cloud: Pick<Cloud, 'clock' | 'stateDirectory'>, sender: Sender): Scheduler {
  const file = join(cloud.stateDirectory, 'scheduler', 'schedules.json');
  const kept = readJson<Kept>(file, { groups: [], schedules: [] });
  const schedules = new Map(kept.schedules.map((schedule) => [key(schedule), schedule]));
  const groups = new Map(kept.groups.map((group) => [groupKey(group, group.name), group]));
  const save = () =>
    writeJson(file, { groups: [...groups.values()], schedules: [...schedules.values()] } satisfies Kept);
  const works = clockwork(cloud.clock, {
    fire(firing) {
      save();
      void deliver(sender, firing);
    },
    completed(schedule) {
      if (schedule.afterCompletion === 'NONE') return;
      schedules.delete(key(schedule));
      save();
    },
  });
  const groupOf = (scope: Scope, name: unknown): string => {
    const group = name === undefined || name === null ? 'default' : String(name);
    if (group !== 'default' && !groups.has(groupKey(scope, group)))
      throw absent(`Schedule group ${group} does not exist.`);
    return group;
  };
  const nameOf = ({ parameters: [name = ''] }: RestRequest): string => {
    if (!namePattern.test(name)) throw validation(`Name ${name} is not 1 to 64 of 0-9a-zA-Z-_.`);
    return name;
  };
  const find = ({ accountId, region }: Scope, group: string, name: string) => {
    const found = schedules.get(key({ accountId, region, group, name }));
    if (!found) throw absent(`Schedule ${name} does not exist.`);
    return found;
  };
  const write = (request: RestRequest, { accountId, region }: Caller, update: boolean): RestAnswer => {
    const [name, input] = [nameOf(request), bodyOf(request)];
    const group = groupOf({ accountId, region }, input.GroupName);
    const settings = readSettings(input);
    const before = schedules.get(key({ accountId, region, group, name }));
    if (update) find({ accountId, region }, group, name);
    else if (before) {
      if (before.token !== undefined && before.token === input.ClientToken) return json({ ScheduleArn: arnOf(before) });
      throw new AwsError('ConflictException', `Schedule ${name} already exists.`, 409);
    }
    const now = cloud.clock.now();
    const schedule = { group, name, accountId, region, ...settings, created: before?.created ?? now, modified: now };
    if (!sender.mayAssume(schedule.target.RoleArn, groupArnOf(schedule)))
      throw validation('The execution role you provide must allow AWS EventBridge Scheduler to assume the role.');
    const token = input.ClientToken === undefined ? {} : { token: String(input.ClientToken) };
    const made = { ...schedule, ...token };
    schedules.set(key(made), made);
    save();
    works.wind(made);
    return json({ ScheduleArn: arnOf(made) });
  };
  const inScope =
    ({ accountId, region }: Scope) =>
    (one: Scope) =>
      one.accountId === accountId && one.region === region;
  const stackGroup: Scheduler['stackGroup'] = ({ accountId, region }, name) => {
    if (groups.has(groupKey({ accountId, region }, name))) return;
    groups.set(groupKey({ accountId, region }, name), { accountId, region, name, created: cloud.clock.now() });
    save();
  };

  return {
    stackGroup,
    recover() {
      for (const schedule of schedules.values()) works.wind(schedule);
    },
    stop: works.stop,
    service: {
      signingName: 'scheduler',
      protocol: 'rest',
      routes: [
        {
          name: 'CreateSchedule',
          method: 'POST',
          path: /^\/schedules\/([^/]+)$/,
          operation: (request, caller) => write(request, caller, false),
        },
        {
          name: 'UpdateSchedule',
          method: 'PUT',
          path: /^\/schedules\/([^/]+)$/,
          operation: (request, caller) => write(request, caller, true),
        },
        {
          name: 'GetSchedule',
          method: 'GET',
          path: /^\/schedules\/([^/]+)$/,
          operation: (request, caller) =>
            json(described(find(caller, groupOf(caller, request.query.get('groupName')), nameOf(request)))),
        },
        {
          name: 'DeleteSchedule',
          method: 'DELETE',
          path: /^\/schedules\/([^/]+)$/,
          operation(request, caller) {
            const found = find(caller, groupOf(caller, request.query.get('groupName')), nameOf(request));
            works.halt(found);
            schedules.delete(key(found));
            save();
            return json({});
          },
        },
        {
          name: 'ListSchedules',
          method: 'GET',
          path: /^\/schedules\/?$/,
          operation(request, caller) {
            const group = request.query.get('ScheduleGroup');
            const prefix = request.query.get('NamePrefix') ?? '';
            const state = request.query.get('State');
            const found = [...schedules.values()]
              .filter(inScope(caller))
              .filter((one) => (group === null || one.group === group) && one.name.startsWith(prefix))
              .filter((one) => state === null || one.state === state);
            return json(page(found.sort(byName).map(summary), request, 'Schedules'));
          },
        },
        {
          name: 'CreateScheduleGroup',
          method: 'POST',
          path: /^\/schedule-groups\/([^/]+)$/,
          operation(request, caller) {
            const name = nameOf(request);
            if (name === 'default' || groups.has(groupKey(caller, name)))
              throw new AwsError('ConflictException', `Schedule group ${name} already exists.`, 409);
            stackGroup(caller, name);
            return json({ ScheduleGroupArn: groupArnOf({ ...caller, group: name }) });
          },
        },
        {
          name: 'GetScheduleGroup',
          method: 'GET',
          path: /^\/schedule-groups\/([^/]+)$/,
          operation(request, caller) {
            const name = groupOf(caller, nameOf(request));
            return json({ Arn: groupArnOf({ ...caller, group: name }), Name: name, State: 'ACTIVE' });
          },
        },
        {
          name: 'DeleteScheduleGroup',
          method: 'DELETE',
          path: /^\/schedule-groups\/([^/]+)$/,
          operation(request, caller) {
            const name = groupOf(caller, nameOf(request));
            if (name === 'default') throw validation('The default schedule group cannot be deleted.');
            for (const one of [...schedules.values()].filter(inScope(caller)).filter(({ group }) => group === name)) {
              works.halt(one);
              schedules.delete(key(one));
            }
            groups.delete(groupKey(caller, name));
            save();
            return json({});
          },
        },
        {
          name: 'ListScheduleGroups',
          method: 'GET',
          path: /^\/schedule-groups\/?$/,
          operation(request, caller) {
            const names = ['default', ...[...groups.values()].filter(inScope(caller)).map(({ name }) => name)].sort();
            const found = names
              .filter((name) => name.startsWith(request.query.get('NamePrefix') ?? ''))
              .map((name) => ({ Arn: groupArnOf({ ...caller, group: name }), Name: name, State: 'ACTIVE' }));
            return json(page(found, request, 'ScheduleGroups'));
          },
        },
      ],
    },
  };
}

async function deliver(sender: Sender, { schedule, due, executionId }: Firing): Promise<void> {
  const { target } = schedule;
  const values: Record<string, string> = {
    'schedule-arn': arnOf(schedule),
    'scheduled-time': timeText(due),
    'execution-id': executionId,
    'attempt-number': '1',
  };
  // https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
  const payload = (target.Input ?? '{}').replace(
    /<aws\.scheduler\.([a-z-]+)>/g,
    (whole, name) => values[name] ?? whole,
  );
  try {
    await sender.send(target, payload, { scheduleArn: arnOf(schedule), groupArn: groupArnOf(schedule) });
  } catch (error) {
    const attributes = {
      SCHEDULE_ARN: arnOf(schedule),
      TARGET_ARN: target.Arn,
      EXECUTION_ID: executionId,
      RETRY_ATTEMPTS: '0',
      ERROR_CODE: error instanceof AwsError ? error.code : 'InternalServerException',
      ERROR_MESSAGE: error instanceof Error ? error.message : String(error),
    };
    sender.undelivered(target, payload, attributes, error);
  }
}

const arnOf = ({ accountId, region, group, name }: Pick<Schedule, 'accountId' | 'region' | 'group' | 'name'>) =>
  `arn:aws:scheduler:${region}:${accountId}:schedule/${group}/${name}`;
const groupArnOf = ({ accountId, region, group }: Pick<Schedule, 'accountId' | 'region' | 'group'>) =>
  `arn:aws:scheduler:${region}:${accountId}:schedule-group/${group}`;
const groupKey = ({ accountId, region }: Scope, name: string) => `${accountId} ${region} ${name}`;

function described(schedule: Schedule): Input {
  const seconds = (time: number | undefined) => time && time / 1000;
  return {
    Arn: arnOf(schedule),
    GroupName: schedule.group,
    Name: schedule.name,
    ScheduleExpression: schedule.expression,
    ScheduleExpressionTimezone: schedule.timezone,
    State: schedule.state,
    Description: schedule.description,
    StartDate: seconds(schedule.startDate),
    EndDate: seconds(schedule.endDate),
    FlexibleTimeWindow:
      schedule.window === 0 ? { Mode: 'OFF' } : { Mode: 'FLEXIBLE', MaximumWindowInMinutes: schedule.window },
    ActionAfterCompletion: schedule.afterCompletion,
    Target: schedule.target,
    CreationDate: seconds(schedule.created),
    LastModificationDate: seconds(schedule.modified),
  };
}

function summary(schedule: Schedule): Input {
  const { Arn, GroupName, Name, State, CreationDate, LastModificationDate } = described(schedule);
  return { Arn, GroupName, Name, State, CreationDate, LastModificationDate, Target: { Arn: schedule.target.Arn } };
}

const pathOf = ({ group, name }: Schedule) => `${group}/${name}`;
const byName = (a: Schedule, b: Schedule) => (pathOf(a) < pathOf(b) ? -1 : 1);

function page(all: Input[], { query }: RestRequest, name: string): Input {
  const first = Number(query.get('NextToken') ?? 0);
  const most = Number(query.get('MaxResults') ?? 100);
  const next = first + most;
  return { [name]: all.slice(first, next), ...(next < all.length && { NextToken: String(next) }) };
}

function bodyOf({ body }: RestRequest): Input {
  try {
    return JSON.parse(body.toString() || '{}') as Input;
  } catch (cause) {
    throw validation(`Could not parse the request: ${(cause as Error).message}`);
  }
}

const timeText = (time: number) => new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
const json = (value: unknown): RestAnswer => ({ body: JSON.stringify(value) });
const absent = (message: string) => new AwsError('ResourceNotFoundException', message, 404);

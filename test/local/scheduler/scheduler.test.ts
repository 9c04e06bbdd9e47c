// EventBridge Scheduler of the local cloud through AWS's own client: schedules made, changed, fired, kept and refused.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateScheduleCommand,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  GetScheduleGroupCommand,
  ListScheduleGroupsCommand,
  ListSchedulesCommand,
  SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testClock } from '../../../local/clock.ts';
import { type Scheduler, type Sender, scheduler } from '../../../local/scheduler/service.ts';
import { AwsError } from '../../../local/service.ts';
import { openDoor } from '../door/open-door.ts';

const start = Date.parse('2026-03-28T00:00:00Z');
const hour = 3_600_000;
const home = { accountId: '000000000000', region: 'us-east-1' };
const RoleArn = 'arn:aws:iam::000000000000:role/schedules';
const Arn = 'arn:aws:lambda:us-east-1:000000000000:function:start-build';
const queue = 'arn:aws:sqs:us-east-1:000000000000:dead-letters';
const Input = JSON.stringify({
  at: '<aws.scheduler.scheduled-time>',
  of: '<aws.scheduler.schedule-arn>',
  keep: '<other>',
});

let directory: string;
let clock: ReturnType<typeof testClock>;
let sent: { at: string; payload: string }[];
let lost: { payload: string; attributes: Record<string, string> }[];
let refusal: AwsError | undefined;
let trusted: boolean;
let running: { service: Scheduler; client: SchedulerClient; close(): Promise<void> };

const sender: Sender = {
  mayAssume: () => trusted,
  send(_target, payload) {
    if (refusal) throw refusal;
    sent.push({ at: new Date(clock.now()).toISOString(), payload });
  },
  undelivered: (_target, payload, attributes) => void lost.push({ payload, attributes }),
};

async function open() {
  const service = scheduler({ clock, stateDirectory: directory }, sender);
  const door = await openDoor([service.service], directory);
  const client = new SchedulerClient(door.client({ region: home.region }));
  service.recover();
  running = {
    service,
    client,
    async close() {
      service.stop();
      client.destroy();
      await door.close();
    },
  };
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'scheduler-'));
  clock = testClock(start);
  [sent, lost, refusal, trusted] = [[], [], undefined, true];
  await open();
  running.service.stackGroup(home, 'pipelines');
});
afterEach(async () => {
  await running.close();
  rmSync(directory, { recursive: true });
});

type Changes = Partial<ConstructorParameters<typeof CreateScheduleCommand>[0]>;
const request = (changes: Changes = {}) => ({
  GroupName: 'pipelines',
  Name: 'web',
  ScheduleExpression: 'cron(30 2 * * ? *)',
  ScheduleExpressionTimezone: 'Europe/Berlin',
  FlexibleTimeWindow: { Mode: 'OFF' as const },
  Target: { Arn, RoleArn, Input, DeadLetterConfig: { Arn: queue } },
  ...changes,
});
const create = (changes?: Changes) => running.client.send(new CreateScheduleCommand(request(changes)));
const times = () => sent.map(({ at }) => at.slice(0, 16));
const scheduleArn = 'arn:aws:scheduler:us-east-1:000000000000:schedule/pipelines/web';

describe('a schedule', () => {
  it('fires by the clock of its zone, with the time in its payload; the hour that does not exist is left out', async () => {
    expect((await create()).ScheduleArn).toBe(scheduleArn);
    await clock.advance(4 * 24 * hour);
    expect(times()).toEqual(['2026-03-28T01:30', '2026-03-30T00:30', '2026-03-31T00:30']);
    expect(JSON.parse(sent[0]!.payload)).toEqual({ at: '2026-03-28T01:30:00Z', of: scheduleArn, keep: '<other>' });
  });
  it('is kept over a restart, and does not make up for what was due meanwhile', async () => {
    await create();
    await clock.advance(2 * hour);
    await running.close();
    await clock.advance(3 * 24 * hour);
    await open();
    await clock.advance(24 * hour);
    expect(times()).toEqual(['2026-03-28T01:30', '2026-04-01T00:30']);
  });
  it('of one time goes once it has fired, if it is to, and fires late when nothing ran at its time', async () => {
    const once = { ScheduleExpression: 'at(2026-03-28T12:00:00)', ScheduleExpressionTimezone: 'UTC' };
    await create({ ...once, ActionAfterCompletion: 'DELETE' });
    await create({ ...once, Name: 'kept' });
    await running.close();
    await clock.advance(20 * hour);
    await open();
    await clock.advance(1000);
    expect(sent.map(({ payload }) => JSON.parse(payload).at)).toEqual(['2026-03-28T12:00:00Z', '2026-03-28T12:00:00Z']);
    const { Schedules = [] } = await running.client.send(new ListSchedulesCommand({ GroupName: 'pipelines' }));
    expect(Schedules.map(({ Name }) => Name)).toEqual(['kept']);
    await clock.advance(24 * hour);
    expect(sent).toHaveLength(2);
  });
  it('with a rate fires at once, or from its start, until its end', async () => {
    await create({ Name: 'now', ScheduleExpression: 'rate(12 hours)' });
    const StartDate = new Date(start + 3 * hour);
    await create({
      Name: 'later',
      ScheduleExpression: 'rate(12 hours)',
      StartDate,
      EndDate: new Date(start + 16 * hour),
    });
    await clock.advance(30 * hour);
    const due = (name: string) =>
      sent.filter(({ payload }) => payload.includes(`/${name}"`)).map(({ at }) => (Date.parse(at) - start) / hour);
    expect(due('now')).toEqual([0, 12, 24]);
    expect(due('later')).toEqual([3, 15]);
  });
  it('fires somewhere in its flexible window, for the time that it was due', async () => {
    await create({
      ...{ ScheduleExpression: 'rate(1 day)', StartDate: new Date(start + hour) },
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 30 },
    });
    await clock.advance(10 * 24 * hour);
    const late = sent.map(({ at, payload }) => (Date.parse(at) - Date.parse(JSON.parse(payload).at)) / 60_000);
    expect(late).toHaveLength(10);
    for (const minutes of late) expect(minutes >= 0 && minutes < 30).toBe(true);
    expect(new Set(late).size).toBeGreaterThan(5);
  });
  it('that is changed is another: what is left out falls back to the default', async () => {
    await create({ Description: 'before', State: 'DISABLED' });
    await clock.advance(48 * hour);
    expect(sent).toEqual([]);
    const { ScheduleExpressionTimezone: _, ...changed } = request({ ScheduleExpression: 'cron(0 6 * * ? *)' });
    await running.client.send(new UpdateScheduleCommand(changed));
    const found = await running.client.send(new GetScheduleCommand({ GroupName: 'pipelines', Name: 'web' }));
    expect(found).toMatchObject({
      ...{ Arn: scheduleArn, State: 'ENABLED', ScheduleExpressionTimezone: 'UTC', ActionAfterCompletion: 'NONE' },
      ...{ CreationDate: new Date(start), LastModificationDate: new Date(start + 48 * hour) },
    });
    expect(found.Description).toBeUndefined();
    await clock.advance(24 * hour);
    expect(times()).toEqual(['2026-03-30T06:00']);
    await running.client.send(new DeleteScheduleCommand({ GroupName: 'pipelines', Name: 'web' }));
    await clock.advance(48 * hour);
    expect(sent).toHaveLength(1);
  });
  it('whose target refuses sends the payload to its queue', async () => {
    refusal = new AwsError('AccessDeniedException', 'no');
    await create({ ScheduleExpression: 'rate(1 day)' });
    await clock.advance(1000);
    expect(lost).toMatchObject([
      {
        attributes: {
          SCHEDULE_ARN: scheduleArn,
          TARGET_ARN: Arn,
          ERROR_CODE: 'AccessDeniedException',
          ERROR_MESSAGE: 'no',
        },
      },
    ]);
    expect(JSON.parse(lost[0]!.payload)).toMatchObject({ of: scheduleArn });
  });
});

describe('is refused', () => {
  it('a name that is taken, unless it is the same request again', async () => {
    await create({ ClientToken: 'once' });
    expect((await create({ ClientToken: 'once' })).ScheduleArn).toBe(scheduleArn);
    await expect(create()).rejects.toMatchObject({
      name: 'ConflictException',
      message: 'Schedule web already exists.',
    });
  });
  it('what is not there', async () => {
    const { client } = running;
    const key = { GroupName: 'pipelines', Name: 'nobody' };
    for (const command of [
      new GetScheduleCommand(key),
      new DeleteScheduleCommand(key),
      new UpdateScheduleCommand(request(key)),
    ])
      await expect(client.send(command as GetScheduleCommand)).rejects.toMatchObject({
        ...{ name: 'ResourceNotFoundException', message: 'Schedule nobody does not exist.' },
      });
    await expect(create({ GroupName: 'nowhere' })).rejects.toMatchObject({
      message: 'Schedule group nowhere does not exist.',
    });
  });
  it.each<[Changes, RegExp]>([
    [{ ScheduleExpression: 'cron(0 0 * * * *)' }, /Invalid Schedule Expression/],
    [{ ScheduleExpressionTimezone: 'Europe/Nowhere' }, /Invalid ScheduleExpressionTimezone: Europe\/Nowhere/],
    [{ FlexibleTimeWindow: { Mode: 'FLEXIBLE' } }, /MaximumWindowInMinutes is a number from 1 to 1440/],
    [{ Target: { Arn: 'arn:aws:ecs:us-east-1:1:cluster/c', RoleArn } }, /schedules cannot call arn:aws:ecs/],
    [{ Target: { Arn, RoleArn: 'nobody' } }, /Target.RoleArn nobody is no role/],
    [{ Target: { Arn, RoleArn, RetryPolicy: { MaximumRetryAttempts: 186 } } }, /MaximumRetryAttempts is from 0 to 185/],
    [{ KmsKeyArn: 'arn:aws:kms:us-east-1:000000000000:key/1' }, /The local cloud does not have KmsKeyArn/],
  ])('%j', async (changes, message) => {
    await expect(create(changes)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringMatching(message),
    });
  });
  it('a role that does not trust Scheduler', async () => {
    trusted = false;
    await expect(create()).rejects.toThrow('must allow AWS EventBridge Scheduler to assume the role');
  });
});

describe('groups', () => {
  it('are made, listed and deleted with their schedules', async () => {
    const { client } = running;
    await client.send(new CreateScheduleGroupCommand({ Name: 'more' }));
    await expect(client.send(new CreateScheduleGroupCommand({ Name: 'more' }))).rejects.toThrow('already exists');
    await create({ GroupName: 'more', Name: 'a', ScheduleExpression: 'rate(1 minute)' });
    await create({ GroupName: 'more', Name: 'b' });
    await create();
    const first = await client.send(new ListSchedulesCommand({ MaxResults: 2 }));
    const rest = await client.send(new ListSchedulesCommand({ MaxResults: 2, NextToken: first.NextToken }));
    const names = [...first.Schedules!, ...rest.Schedules!].map(({ GroupName, Name }) => `${GroupName}/${Name}`);
    expect(names).toEqual(['more/a', 'more/b', 'pipelines/web']);
    const { ScheduleGroups = [] } = await client.send(new ListScheduleGroupsCommand({}));
    expect(ScheduleGroups.map(({ Name }) => Name)).toEqual(['default', 'more', 'pipelines']);
    await client.send(new DeleteScheduleGroupCommand({ Name: 'more' }));
    await expect(client.send(new GetScheduleGroupCommand({ Name: 'more' }))).rejects.toThrow('does not exist');
    const before = sent.length;
    await clock.advance(hour);
    expect(sent).toHaveLength(before);
  });
});

// EventBridge Scheduler: the schedules of pipelines, in the group of the stack.
import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  GetScheduleCommand,
  SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { attempt, codeOf } from './fault.ts';

export type WantedSchedule = {
  /** At most 64 of `0-9A-Za-z-_.` */
  name: string;
  /** `cron(…)`, `rate(…)` or `at(yyyy-mm-ddThh:mm:ss)`. */
  expression: string;
  timezone: string;
  /** The phase of a rate: fires at this time and at whole intervals after it. */
  startDate?: Date;
  flexibleMinutes?: number;
  enabled: boolean;
  description?: string;
  /** The payload of the target; `<aws.scheduler.scheduled-time>` in it becomes the time. */
  input: object;
  /** A schedule of one time goes when it has fired. */
  once?: boolean;
};

/** As it stands, as far as pipelines ask. */
export type KnownSchedule = { expression: string; startDate?: Date };

export type Schedules = {
  find(name: string): Promise<KnownSchedule | undefined>;
  /** Makes it, or makes it over: nothing of what was there before stays. */
  put(schedule: WantedSchedule): Promise<void>;
  /** Makes it unless one of that name is there. */
  ensure(schedule: WantedSchedule): Promise<void>;
  /** True when there was one. */
  remove(name: string): Promise<boolean>;
};

export type ScheduleTarget = { groupName: string; functionArn: string; roleArn: string; deadLetterArn: string };

/** Hours for which Scheduler tries a target that does not answer; the next run of a daily schedule comes then. */
const triedFor = 24;

export function schedules({ groupName: GroupName, functionArn, roleArn, deadLetterArn }: ScheduleTarget): Schedules {
  const client = new SchedulerClient({});
  const request = (wanted: WantedSchedule): CreateScheduleCommandInput => ({
    GroupName,
    Name: wanted.name,
    ScheduleExpression: wanted.expression,
    ScheduleExpressionTimezone: wanted.timezone,
    State: wanted.enabled ? 'ENABLED' : 'DISABLED',
    FlexibleTimeWindow: wanted.flexibleMinutes
      ? { Mode: 'FLEXIBLE', MaximumWindowInMinutes: wanted.flexibleMinutes }
      : { Mode: 'OFF' },
    ActionAfterCompletion: wanted.once ? 'DELETE' : 'NONE',
    Target: {
      Arn: functionArn,
      RoleArn: roleArn,
      Input: JSON.stringify(wanted.input),
      DeadLetterConfig: { Arn: deadLetterArn },
      RetryPolicy: { MaximumEventAgeInSeconds: triedFor * 3600, MaximumRetryAttempts: 185 },
    },
    ...(wanted.description && { Description: wanted.description.slice(0, 512) }),
    ...(wanted.startDate && { StartDate: wanted.startDate }),
  });
  const create = async (wanted: WantedSchedule): Promise<boolean> => {
    try {
      await client.send(new CreateScheduleCommand(request(wanted)));
      return true;
    } catch (thrown) {
      if (codeOf(thrown) === 'ConflictException') return false;
      throw thrown;
    }
  };
  const unlessAbsent = async <T>(call: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await call();
    } catch (thrown) {
      if (codeOf(thrown) === 'ResourceNotFoundException') return undefined;
      throw thrown;
    }
  };
  const named = (verb: string, name: string) => `Tried to ${verb} schedule ${name} of group ${GroupName}`;
  return {
    find: (Name) =>
      attempt(named('read', Name), async () => {
        const found = await unlessAbsent(() => client.send(new GetScheduleCommand({ GroupName, Name })));
        if (!found) return undefined;
        const { ScheduleExpression: expression = '', StartDate: startDate } = found;
        return { expression, ...(startDate && { startDate }) };
      }),
    put: (wanted) =>
      attempt(named('write', wanted.name), async () => {
        if (await create(wanted)) return;
        await client.send(new UpdateScheduleCommand(request(wanted)));
      }),
    ensure: (wanted) => attempt(named('make', wanted.name), async () => void (await create(wanted))),
    remove: (Name) =>
      attempt(named('delete', Name), async () => {
        const request = { GroupName, Name };
        return (await unlessAbsent(() => client.send(new DeleteScheduleCommand(request)))) !== undefined;
      }),
  };
}

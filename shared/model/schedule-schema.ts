// When a pipeline builds by itself, and what happens when two of its builds would run at once. Image Builder's keys, but for `concurrency`.
import * as z from 'zod/mini';
import { readScheduleExpression } from './schedule-expression.ts';

/** Whether schedule, package updates and dependencies start builds; a start by hand always does. */
export const statusSchema = z._default(z.enum(['ENABLED', 'DISABLED']), 'ENABLED');

/** What happens to a request while a build of the pipeline is under way. */
export const concurrencySchema = z._default(z.enum(['queue', 'skip', 'parallel']), 'queue');

export const startConditions = ['EXPRESSION_MATCH_ONLY', 'EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE'] as const;

export const expressionSchema = z.string().check(
  z.superRefine((text, context) => {
    const read = readScheduleExpression(text);
    if ('problem' in read) context.addIssue({ code: 'custom', message: read.problem });
  }),
);

/** True for a name that this runtime's copy of the IANA time zone database has. */
export function isTimeZone(name: string): boolean {
  // Offsets such as +01:00 are time zones of JavaScript, not of Scheduler.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

export const timezoneSchema = z._default(
  z.string().check(z.refine(isTimeZone, 'expected a time zone of the IANA database such as Europe/Berlin')),
  'UTC',
);

const ownScheduleSchema = z.strictObject({
  scheduleExpression: expressionSchema,
  timezone: timezoneSchema,
  /** Minutes after the time within which the build may start (EventBridge Scheduler). */
  flexibleTimeWindowMinutes: z.optional(z.int().check(z.minimum(1), z.maximum(1440))),
  pipelineExecutionStartCondition: z._default(
    z.enum(startConditions),
    'EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE',
  ),
  autoDisablePolicy: z.optional(z.strictObject({ failureCount: z.int().check(z.minimum(1), z.maximum(10)) })),
});

const expected = 'expected a schedule (a map with scheduleExpression) or manual';

/** Absent: the weekly rule of the stack. `manual`: no schedule at all. */
export const scheduleSchema = z.optional(z.union([z.literal('manual', expected), ownScheduleSchema], expected));

export type Schedule = z.output<typeof ownScheduleSchema>;

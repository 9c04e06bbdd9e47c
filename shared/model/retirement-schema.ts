// How AMIs of a region come and go: how fast they are copied, when they are deprecated, who may end them.
import * as z from 'zod/mini';

/** Longest period until the deprecation of an AMI: EC2 takes dates up to 10 years ahead (EC2 API reference, EnableImageDeprecation). */
const most = { DAYS: 3650, WEEKS: 520, MONTHS: 119, YEARS: 9 };

/** Counted from the moment in which publishing begins. Image Builder's words for periods (LifecyclePolicy). */
export const deprecateAfterSchema = z
  .strictObject({ value: z.int().check(z.minimum(1)), unit: z.enum(['DAYS', 'WEEKS', 'MONTHS', 'YEARS']) })
  .check(
    z.superRefine(({ value, unit }, context) => {
      if (value <= most[unit]) return;
      const message = `expected at most ${most[unit]} ${unit}: EC2 takes dates up to 10 years ahead`;
      context.addIssue({ code: 'custom', path: ['value'], message });
    }),
  );

export type DeprecateAfter = z.output<typeof deprecateAfterSchema>;

/** Nobody can deregister the AMI until protection is switched off; with cooldown, until 24 hours after that (EC2 user guide, AMI deregistration protection). */
export const deregistrationProtectionSchema = z.strictObject({
  enabled: z.boolean(),
  withCooldown: z._default(z.boolean(), false),
});

/** Minutes in which EC2 copies each snapshot: steps of 15, up to 48 hours (EBS user guide, time-based copies). */
export const copyDurationSchema = z
  .int()
  .check(z.minimum(15), z.maximum(2880), z.multipleOf(15, 'expected steps of 15 minutes, 15 to 2880'));

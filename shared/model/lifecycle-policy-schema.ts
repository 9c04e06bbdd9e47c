// When images retire: Image Builder's lifecycle policy, with a schedule of its own and a retention that does not begin anew with each version.
import * as z from 'zod/mini';
import { accountIdSchema } from './account-schema.ts';
import { lifecycleActions } from './lifecycle.ts';
import { type Age, ageUnits, mayComeFirst } from './lifecycle-age.ts';
import { nameSchema } from './names.ts';
import { regionSchema } from './region-schema.ts';
import { expressionSchema, statusSchema, timezoneSchema } from './schedule-schema.ts';
import { tagsSchema } from './tags.ts';
import { parseVersionReference } from './versions.ts';

const unit = z.enum(ageUnits);

const actionSchema = z
  .strictObject({
    type: z.enum(lifecycleActions),
    /** What the action is done to beside the image itself. */
    includeResources: z.optional(
      z.strictObject({
        amis: z._default(z.boolean(), false),
        snapshots: z._default(z.boolean(), false),
        containers: z.optional(z.literal(false, 'expected no containers (container images are not built here)')),
      }),
    ),
  })
  .check(
    z.superRefine(({ type, includeResources: { amis = false, snapshots = false } = {} }, context) => {
      const issue = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
      if (type === 'DELETE' && !amis)
        issue(['includeResources'], 'expected includeResources with amis: true (an image is deleted with its AMIs)');
      else if (type !== 'DELETE' && snapshots)
        issue(['includeResources', 'snapshots'], 'expected snapshots with the action DELETE only');
    }),
  );

const filterSchema = z
  .strictObject({
    type: z.enum(['AGE', 'COUNT']),
    /** Of AGE the age from which an image is concerned, of COUNT the number of newest images that are not. */
    value: z.int().check(z.minimum(1), z.maximum(1000)),
    unit: z.optional(unit),
    /** Of AGE: so many of the newest images are not concerned, however old they are. */
    retainAtLeast: z.optional(z.int().check(z.minimum(1), z.maximum(10))),
  })
  .check(
    z.superRefine(({ type, unit: given, retainAtLeast }, context) => {
      const issue = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
      if (type === 'AGE' && given === undefined) issue('unit', `expected a unit with AGE: ${ageUnits.join(', ')}`);
      if (type === 'COUNT' && given !== undefined) issue('unit', 'expected no unit with COUNT');
      if (type === 'COUNT' && retainAtLeast !== undefined)
        issue('retainAtLeast', 'expected retainAtLeast with AGE only (value is what COUNT retains)');
    }),
  );

const exclusionSchema = z.strictObject({
  /** An image one of whose AMIs bears one of these tags. */
  tagMap: z.optional(tagsSchema(50)),
  amis: z.optional(
    z.strictObject({
      isPublic: z.optional(z.boolean()),
      regions: z.optional(z.array(regionSchema)),
      sharedAccounts: z.optional(z.array(accountIdSchema).check(z.minLength(1), z.maxLength(1536))),
      lastLaunched: z.optional(z.strictObject({ value: z.int().check(z.minimum(1), z.maximum(365)), unit })),
      /** Tags of which one is enough. */
      tagMap: z.optional(tagsSchema(50)),
    }),
  ),
});

const detailSchema = z.strictObject({
  action: actionSchema,
  filter: filterSchema,
  exclusionRules: z.optional(exclusionSchema),
});

const selectionSchema = z
  .strictObject({
    recipes: z.optional(
      z
        .array(
          z.strictObject({
            name: nameSchema,
            semanticVersion: z
              .string()
              .check(
                z.refine(
                  (text) => !text.includes('/') && parseVersionReference(text) !== undefined,
                  'expected a version such as 1.0.0, or with x at its end (x.x.x, 1.x.x)',
                ),
              ),
          }),
        )
        .check(z.minLength(1), z.maxLength(50)),
    ),
    /** Images one of whose AMIs bears one of these tags. */
    tagMap: z.optional(
      tagsSchema(50).check(z.refine((tags) => Object.keys(tags).length > 0, 'expected at least one tag')),
    ),
  })
  .check(
    z.refine(
      ({ recipes, tagMap }) => (recipes === undefined) !== (tagMap === undefined),
      'expected exactly one of recipes and tagMap',
    ),
  );

const ownScheduleSchema = z.strictObject({ scheduleExpression: expressionSchema, timezone: timezoneSchema });
const expectedSchedule = 'expected a schedule (a map with scheduleExpression) or manual';

export const lifecyclePolicySchema = z.strictObject({
  status: statusSchema,
  resourceType: z._default(
    z.literal('AMI_IMAGE', 'expected AMI_IMAGE (container images are not built here)'),
    'AMI_IMAGE',
  ),
  policyDetails: z.array(detailSchema).check(z.minLength(1), z.maxLength(3), z.superRefine(checkOrder)),
  resourceSelection: selectionSchema,
  /** Absent: the daily rule of the stack. `manual`: only by hand. */
  schedule: z.optional(z.union([z.literal('manual', expectedSchedule), ownScheduleSchema], expectedSchedule)),
  /** Whether COUNT and retainAtLeast count all images of a name, or those of each recipe version by itself as Image Builder does. */
  retainAcrossVersions: z._default(z.boolean(), true),
});

export type LifecyclePolicy = z.output<typeof lifecyclePolicySchema>;
export type LifecycleDetail = LifecyclePolicy['policyDetails'][number];

/** Each action once, and an image is concerned by the milder one first. */
function checkOrder(details: z.output<typeof detailSchema>[], context: z.core.$RefinementCtx): void {
  const issue = (path: PropertyKey[], message: string) => context.addIssue({ code: 'custom', path, message });
  for (const [index, { action, filter }] of details.entries()) {
    if (details.findIndex((other) => other.action.type === action.type) < index)
      issue([index, 'action', 'type'], 'expected each action once');
    for (const milder of details) {
      const { value, unit: of, type } = milder.filter;
      const earlier = lifecycleActions.indexOf(milder.action.type) < lifecycleActions.indexOf(action.type);
      if (!earlier || type !== filter.type || !isBefore(filter, milder.filter)) continue;
      issue(
        [index, 'filter', 'value'],
        `expected ${of ? `in any month more than ${value} ${of.toLowerCase()}` : `at least ${value}`}: images are to ${milder.action.type} before they ${action.type}`,
      );
    }
  }
}

type Filter = z.output<typeof filterSchema>;

/** Whether a filter concerns an image before (or, of ages, when) the milder one does. */
function isBefore(filter: Filter, milder: Filter): boolean {
  if (filter.type === 'COUNT') return filter.value < milder.value;
  return !!filter.unit && !!milder.unit && mayComeFirst(filter as Age, milder as Age);
}

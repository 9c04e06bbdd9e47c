// What delete-resources is called with and what it answers.
import * as z from 'zod/mini';
import { parseArn, parseResource, type ResourceType } from './arns.ts';

const expected =
  'expected what an ARN ends with (component/nginx/1.0.0/2, component/nginx/x.x.x, image-recipe/web/1.0.0, infrastructure-configuration/small, distribution-configuration/europe, image-pipeline/web, lifecycle-policy/retire), or the ARN; images are not deleted here';

export const deleteResourcesInputSchema = z.strictObject({
  /** Answers what would be deleted and what hinders it, and deletes nothing. */
  dryRun: z.optional(z.boolean()),
  /** A wildcard is every version that it fits. What is deleted together does not hinder each other. */
  resources: z
    .array(
      z.string().check(
        z.refine((text) => {
          const parsed = parseArn(text) ?? parseResource(text);
          return parsed !== undefined && parsed.type !== 'image';
        }, expected),
      ),
    )
    .check(z.minLength(1), z.maxLength(100)),
});

export type DeleteResourcesInput = z.output<typeof deleteResourcesInputSchema>;

export type DeleteResourcesOutput = {
  dryRun: boolean;
  deleted: { type: ResourceType; name: string; arn: string }[];
  /** Images of deleted pipelines: they and their AMIs stay. At most 100, newest first. */
  remaining: { arn: string; status: string; amis: { region: string; image: string }[] }[];
};

// Tags as AWS accepts them, without the keys that belong to AWS or to us.
import * as z from 'zod/mini';

/** Keys that every resource of a build carries: the stack that made it and the ARN of the image it belongs to. */
export const stackTag = 'serverless-image-builder:stack';
export const imageTag = 'serverless-image-builder:image';

// CreatedBy and Ec2ImageBuilderArn are reserved in Image Builder's amiTags.
const reserved = (key: string) =>
  /^aws:/i.test(key) ||
  key.startsWith('serverless-image-builder:') ||
  key === 'CreatedBy' ||
  key === 'Ec2ImageBuilderArn';

/** A map of at most `most` tags: keys of 1 to 128 characters, values of at most 256, none reserved. */
export function tagsSchema(most: number) {
  return z
    .record(
      z.string().check(
        z.minLength(1, 'expected a tag key of 1 to 128 characters'),
        z.maxLength(128, 'expected a tag key of 1 to 128 characters'),
        z.refine(
          (key) => !reserved(key),
          'expected a tag key that is not reserved (aws:…, serverless-image-builder:…, CreatedBy and Ec2ImageBuilderArn are)',
        ),
      ),
      z.string().check(z.maxLength(256, 'expected a tag value of at most 256 characters')),
    )
    .check(z.refine((tags) => Object.keys(tags).length <= most, `expected at most ${most} tags`));
}

/** Set once an image is published: nothing that carries it is ever released, whatever a ledger says. */
export const publishedTag = 'serverless-image-builder:published';

/** On a launch template: the name of the stack that may publish through it. Its owner sets it; roles hang on it. */
export const consentTag = 'serverless-image-builder:published-by';

/** The ledger entry a resource was made for, so that a lost answer can be found again and snapshots told apart. */
export const entryTag = 'serverless-image-builder:entry';

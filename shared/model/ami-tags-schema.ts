// Tags of AMIs in a pipeline file: Image Builder's dynamic tags, whose values say when, and as which build, an AMI was made.
import * as z from 'zod/mini';
import { tagReferenceProblem } from './ami-name.ts';
import { tagsSchema } from './tags.ts';

/** Values may hold the references of AMI names (Image Builder user guide, tag output resources). */
export const amiTagsSchema = tagsSchema(50).check(
  z.superRefine((tags, context) => {
    for (const [key, value] of Object.entries(tags)) {
      const message = tagReferenceProblem(value);
      if (message) context.addIssue({ code: 'custom', path: [key], message });
    }
  }),
);

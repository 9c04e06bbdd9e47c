// What may be the name of an AMI in a pipeline file.
import * as z from 'zod/mini';
import { referenceProblem } from './ami-name.ts';

// The pattern and length of Image Builder (API reference, AmiDistributionConfiguration).
export const amiNameSchema = z.string().check(
  z.maxLength(127, 'expected an AMI name of at most 127 characters'),
  z.regex(
    /^[-_A-Za-z0-9{][-_A-Za-z0-9\s:{}.]+[-_A-Za-z0-9}]$/,
    'expected an AMI name of letters, digits, blanks, . - _ and {{ imagebuilder:buildDate }} or {{ imagebuilder:buildVersion }}',
  ),
  z.superRefine((name, context) => {
    const message = referenceProblem(name);
    if (message) context.addIssue({ code: 'custom', message });
  }),
);

// A region of AWS, by its name.
import * as z from 'zod/mini';
import { knownRegions, partitionOf } from './regions.ts';
import { suggestion } from './suggestion.ts';

export const regionSchema = z
  .string()
  .check(
    z.refine((region) => partitionOf(region) !== undefined, {
      error: ({ input }) => {
        const near = suggestion(String(input), knownRegions);
        return `expected a region of AWS such as eu-central-1${near ? ` (did you mean ${near}?)` : ''}`;
      },
    }),
  )
  .register(z.globalRegistry, { pattern: '^[a-z]{2,4}-[a-z-]+-[0-9]$' });

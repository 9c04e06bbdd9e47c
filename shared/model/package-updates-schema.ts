// Packages by name: those whose updates start a pipeline whatever its newest image contains.
import * as z from 'zod/mini';

/** Names of Debian and RPM packages, binary or source; they are compared as they are written. */
export const packageNameSchema = z
  .string()
  .check(z.regex(/^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,199}$/, 'expected the name of a package'));

export const packageUpdatesSchema = z.array(packageNameSchema).check(z.maxLength(50));

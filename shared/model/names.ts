// Names of pipelines, recipes and components, and how Image Builder writes them in ARNs.
import * as z from 'zod/mini';

// Image Builder's own pattern (botocore imagebuilder 2019-12-02, ResourceName): 3 to 128 characters, no blank at either end.
const namePattern = /^[-_A-Za-z0-9][-_A-Za-z0-9 ]{1,126}[-_A-Za-z0-9]$/;

export const nameSchema = z
  .string()
  .check(z.regex(namePattern, 'expected a name of 3 to 128 letters, digits, - and _ (blanks inside)'));

/** True for a name that Image Builder accepts for a resource. */
export function isName(text: string): boolean {
  return namePattern.test(text);
}

/** The name as it stands in ARNs and keys: lower case, blank and `_` become `-`. Names that normalise equally are one resource. */
export function normalisedName(name: string): string {
  return name.toLowerCase().replace(/[ _]/g, '-');
}

/** The name under which a component document is registered: the normalised stem of its file name. */
export function componentNameOf(path: string): string {
  const file = path.slice(path.lastIndexOf('/') + 1);
  return normalisedName(file.replace(/\.ya?ml$/i, ''));
}

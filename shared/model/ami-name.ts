// The template of an AMI's name: Image Builder's build date and build version, and what the recipe is called.

/**
 * References of AMI names. `imagebuilder:buildDate` and `imagebuilder:buildVersion` are Image Builder's (user guide, tagging
 * output resources); its workflow documents write a format after the date, `{{imagebuilder:buildDate:yyyyMMHHss}}`. The two of
 * the recipe are ours, and are named as they stand in the file.
 */
const reference =
  /\{\{\s*(?:imagebuilder:(buildDate|buildVersion)(?::([A-Za-z_.-]+))?|(imageRecipe\.name|imageRecipe\.semanticVersion))\s*\}\}/g;

export type NameValues = {
  /** ISO 8601. */
  dateCreated: string;
  build: number;
  recipeName: string;
  semanticVersion: string;
};

/** Parts of a date, all in UTC, as Java's date formats write them. */
const parts: Record<string, (iso: string) => string> = {
  yyyy: (iso) => iso.slice(0, 4),
  yy: (iso) => iso.slice(2, 4),
  MM: (iso) => iso.slice(5, 7),
  dd: (iso) => iso.slice(8, 10),
  HH: (iso) => iso.slice(11, 13),
  mm: (iso) => iso.slice(14, 16),
  ss: (iso) => iso.slice(17, 19),
  SSS: (iso) => iso.slice(20, 23),
};
const known = new RegExp(Object.keys(parts).join('|'), 'g');

/** Image Builder's build date in AMI names: ISO 8601 with `-` for `:`, since names may hold no colon. */
export const buildDate = (dateCreated: string) => dateCreated.replaceAll(':', '-');

/** Whether a format of dates has no letters but those of its parts. */
const isFormat = (format: string) => !/[A-Za-z]/.test(format.replace(known, ''));

/** The template of a name, or of a tag's value, with its references filled in; what is no reference stays as it is. */
export const filledName = (template: string, { dateCreated, build, recipeName, semanticVersion }: NameValues) =>
  template.replace(reference, (text, key: string | undefined, format: string | undefined, own: string | undefined) => {
    if (own) return own === 'imageRecipe.name' ? recipeName : semanticVersion;
    if (key === 'buildVersion') return format === undefined ? String(build) : text;
    if (format === undefined) return buildDate(dateCreated);
    return format.replace(known, (part) => parts[part]!(dateCreated));
  });

const others =
  'expected no other reference than {{ imagebuilder:buildDate }}, {{ imagebuilder:buildDate:yyyy-MM-dd }}, {{ imagebuilder:buildVersion }}, {{ imageRecipe.name }} and {{ imageRecipe.semanticVersion }}';

function formatProblem(template: string): string | undefined {
  for (const [text, key, format] of template.matchAll(reference)) {
    if (format === undefined) continue;
    if (key === 'buildVersion') return `expected no format after buildVersion (${text})`;
    if (!isFormat(format)) return `expected a date of ${Object.keys(parts).join(', ')} and . - _ (${text})`;
  }
  return undefined;
}

/** What is wrong with the references of a name; undefined where nothing is. */
export const referenceProblem = (template: string): string | undefined =>
  formatProblem(template) ?? (/[{}:]/.test(template.replace(reference, '')) ? others : undefined);

/** What is wrong with the references of a tag's value, which may hold any braces and colons beside. */
export const tagReferenceProblem = (value: string): string | undefined =>
  formatProblem(value) ?? (/\{\{\s*imagebuilder:/.test(value.replace(reference, '')) ? others : undefined);

// Wildcards and policy variables, as IAM reads them in resources and in the values of conditions.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html

/** What is known of a request, by condition key in lower case: key names do not care for case, values do. */
export type Context = Map<string, string[]>;

/** `*` is any text and `?` any character; undefined for a pattern whose variable has no (single) value: it matches nothing. */
export function expand(pattern: string, context: Context): RegExp | undefined {
  const known = compiled.get(pattern);
  if (known) return known;
  let source = '';
  for (const part of pattern.split(/(\$\{[^}]*\})/)) {
    const variable = /^\$\{([^},]*?)\s*(?:,\s*'([^']*)'\s*)?\}$/.exec(part);
    if (variable) {
      const text = textOfVariable(variable[1] ?? '', variable[2], context);
      if (text === undefined) return undefined;
      source += literally(text);
    } else source += literally(part).replaceAll('\\*', '[^]*').replaceAll('\\?', '[^]');
  }
  const made = new RegExp(`^${source}$`);
  if (!pattern.includes('${')) compiled.set(pattern, made);
  return made;
}

// Patterns come from policies, of which there are few.
const compiled = new Map<string, RegExp>();

/** The text with its variables filled in, wildcards taken literally; undefined where a variable has no (single) value. */
export function fill(text: string, context: Context): string | undefined {
  let whole = true;
  const filled = text.replace(/\$\{([^},]*?)\s*(?:,\s*'([^']*)'\s*)?\}/g, (_, name: string, otherwise?: string) => {
    const value = textOfVariable(name, otherwise, context);
    if (value === undefined) whole = false;
    return value ?? '';
  });
  return whole ? filled : undefined;
}

// `${*}`, `${?}` and `${$}` are the characters themselves.
function textOfVariable(name: string, otherwise: string | undefined, context: Context): string | undefined {
  if (/^[*?$]$/.test(name)) return name;
  const values = context.get(name.toLowerCase()) ?? [];
  return values.length === 1 ? values[0] : values.length === 0 ? otherwise : undefined;
}

const literally = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Each of the six parts of an ARN by itself, the last with all its colons. */
export function arnMatches(pattern: string, text: string, context: Context): boolean {
  const [wanted, given] = [parts(pattern), parts(text)];
  if (wanted.length !== 6 || given.length !== 6) return false;
  return wanted.every((part, index) => expand(part, context)?.test(given[index] ?? '') ?? false);
}

function parts(arn: string): string[] {
  // A colon inside of a variable is none of the ARN's.
  const found = arn.match(/(?:\$\{[^}]*\}|[^:])*(?::|$)/g) ?? [];
  const [head, tail] = [found.slice(0, 5), found.slice(5).join('')];
  return found.length < 6 ? found : [...head.map((part) => part.slice(0, -1)), tail];
}

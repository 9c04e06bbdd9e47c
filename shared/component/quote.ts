// The only bridge from text to shell text: whatever goes into an emitted script as data goes through here.

/**
 * One word of bash that means exactly this text, whatever is in it: quotes, newlines, `$( )`, backslashes, `{{ }}`, control characters.
 * Inside single quotes bash reads every byte as itself up to the next quote. A NUL cannot be: no shell word holds one, so it is dropped (documents with one are refused before).
 */
export function quote(text: string): string {
  const whole = text.replaceAll('\0', '');
  return /^[A-Za-z0-9_./:@%+-]+$/.test(whole) ? whole : `'${escapeQuotes(whole)}'`;
}

/** A text as it stands inside single quotes of bash. */
export function escapeQuotes(text: string): string {
  return text.replaceAll('\0', '').replaceAll("'", "'\\''");
}

/** A comment line of bash: the text on one line, so that nothing of it is run. */
export function comment(text: string): string {
  return `# ${text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')}`;
}

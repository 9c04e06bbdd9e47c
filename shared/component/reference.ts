// Finds `{{ … }}` in a text and says what each refers to; what is not of the language's grammar stays literal text.

export type Reference =
  | { kind: 'name'; name: string }
  | { kind: 'chained'; phase: string; step: string; of: 'inputs' | 'outputs'; index?: number; variable: string }
  | { kind: 'ssm'; body: string };

/** A stretch of a text: literal, or a reference with its source text. */
export type Segment = string | { reference: Reference; source: string };

const candidate = /\{\{[ \t]*([^{}\s](?:[^{}]*[^{}\s])?)[ \t]*\}\}/g;
const name = /^[A-Za-z0-9_-]{3,128}$/;
const chained = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.(inputs|outputs)(?:\[([0-9]{1,9})\])?\.([A-Za-z0-9_-]+)$/;
const ssm = /^aws:ssm:\S+$/;

/**
 * Splits a text at its references. Ruling 15.3 of the language reference: a body with a blank, a quote, `.Field` or `$` is not of the grammar and stays
 * as it is (Go, Jinja and Helm templates in here-documents); so does `{{ loop.value }}` outside a loop.
 */
export function segments(text: string): Segment[] {
  const found: Segment[] = [];
  let from = 0;
  for (const match of text.matchAll(candidate)) {
    const reference = referenceOf(match[1] ?? '');
    if (!reference) continue;
    if (match.index > from) found.push(text.slice(from, match.index));
    found.push({ reference, source: match[0] });
    from = match.index + match[0].length;
  }
  if (from < text.length) found.push(text.slice(from));
  return found;
}

function referenceOf(body: string): Reference | undefined {
  if (name.test(body)) return { kind: 'name', name: body };
  if (ssm.test(body)) return { kind: 'ssm', body };
  const parts = chained.exec(body);
  if (!parts) return undefined;
  const [, phase = '', step = '', of = '', index, variable = ''] = parts;
  return {
    kind: 'chained',
    phase,
    step,
    of: of === 'inputs' ? 'inputs' : 'outputs',
    ...(index !== undefined && { index: Number(index) }),
    variable,
  };
}

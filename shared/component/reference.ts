// Finds `{{ … }}` in a text and says what each refers to; what is not of the language's grammar stays literal text.

export type Reference =
  | { kind: 'name'; name: string }
  | { kind: 'chained'; phase: string; step: string; of: 'inputs' | 'outputs'; index?: number; variable: string }
  /** Only in a step with a loop of that name, or with any loop when the name is `loop`; literal text everywhere else. */
  | { kind: 'loop'; loop: string; of: 'index' | 'value' }
  | { kind: 'secret'; secret: Secret };

/** A parameter of Parameter Store, named here, or named by a parameter of the document, or by the value of another one. */
export type Secret = { store: string } | { parameter: string } | { namedBy: Secret };

/** A stretch of a text: literal, or a reference with its source text. */
export type Segment = string | { reference: Reference; source: string };

const candidate = /\{\{[ \t]*([^{}\s](?:[^{}]*[^{}\s])?)[ \t]*\}\}/g;
const name = /^[A-Za-z0-9_-]{3,128}$/;
const chained = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.(inputs|outputs)(?:\[([0-9]{1,9})\])?\.([A-Za-z0-9_-]+)$/;
const loop = /^([A-Za-z0-9_-]{3,128})\.(index|value)$/;
const resolving = /^aws:ssm:resolve\([ \t]*([^\s()]+|aws:ssm:resolve\(.+\))[ \t]*\)$/;
const store = /^aws:ssm:([^\s()]+)$/;

/**
 * Splits a text at its references. A body with a blank, a quote, `.Field` or `$` is not of the grammar and stays
 * as it is (Go, Jinja and Helm templates in here-documents); so does `{{ loop.value }}` outside a loop.
 */
export function segments(text: string): Segment[] {
  if (!text.includes('{{')) return text === '' ? [] : [text];
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

export function hasReference(text: string): boolean {
  return segments(text).some((segment) => typeof segment !== 'string');
}

function referenceOf(body: string): Reference | undefined {
  if (name.test(body)) return { kind: 'name', name: body };
  const looped = loop.exec(body);
  if (looped) return { kind: 'loop', loop: looped[1] ?? '', of: looped[2] === 'index' ? 'index' : 'value' };
  const secret = secretOf(body);
  if (secret) return { kind: 'secret', secret };
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

/** `resolve(resolve(…))` deeper than this is no reference. */
const mostResolves = 4;

function secretOf(body: string, depth = 0): Secret | undefined {
  const inner = depth < mostResolves ? resolving.exec(body)?.[1] : undefined;
  if (inner === undefined) {
    const named = store.exec(body)?.[1];
    return named === undefined ? undefined : { store: named };
  }
  if (name.test(inner)) return { parameter: inner };
  const nested = secretOf(inner, depth + 1);
  return nested && { namedBy: nested };
}

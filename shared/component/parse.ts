// Text to YAML nodes, within limits, so that no document can make the compiler throw, hang or eat memory.
import { isAlias, Lexer, type Node, parseDocument } from 'yaml';
import { aliasTargets } from './alias-targets.ts';
import type { Position, Report } from './diagnostic.ts';
import type { Nodes, Value } from './node.ts';

/** AWS's quota for a component document given by uri. */
export const documentLimit = 64 * 1024;

const depthLimit = 100;

/** How many nodes one document may make the compiler look at: aliases of aliases could otherwise stand for billions. */
const nodeBudget = 50_000;

/** The root of the document and the way to read its nodes, or undefined after a report. Never throws. */
export function parse(text: string, report: Report): { root: Value; nodes: Nodes } | undefined {
  const whole: Position = { path: [], offset: 0, end: Math.max(1, text.length) };
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > documentLimit) {
    const message = `The document has ${bytes} bytes; a component document may have ${documentLimit}.`;
    report('document-too-large', message, { ...whole, end: 1 });
    return undefined;
  }
  const deep = firstTooDeep(text);
  if (deep !== undefined) {
    const message = `Lists and mappings are nested more than ${depthLimit} deep here; nothing in a component document needs that.`;
    report('nested-too-deep', message, { path: [], offset: deep, end: deep + 1 });
    return undefined;
  }
  return read(text, whole, report);
}

/** Where nesting passes the limit: the YAML parser descends recursively and would exhaust the stack. Nesting by indentation alone cannot, within `documentLimit`. */
function firstTooDeep(text: string): number | undefined {
  if (deepest(text) <= depthLimit) return undefined;
  let offset = 0;
  let brackets = 0;
  let dashes = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === '\x02' || token === '\x18' || token === '\x1f') continue; // the lexer's own marks, not of the text
    if (token === '[' || token === '{') brackets += 1;
    else if (token === ']' || token === '}') brackets -= 1;
    else if (token === '-' || token === '?' || token === ':') dashes += 1;
    else if (!/^([ \t]+|[&!].*)$/.test(token)) dashes = 0;
    if (brackets + dashes > depthLimit) return offset;
    offset += token.length;
  }
  return undefined;
}

/** Not less than how deep the brackets and the indicators of one line can nest: found in a fraction of the time of the lexer, which only nested text needs. */
function deepest(text: string): number {
  let brackets = 0;
  let most = 0;
  let indicators = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 0x0a) indicators = 0;
    else if (code === 0x5b || code === 0x7b) brackets += 1;
    else if (code === 0x2d || code === 0x3f || code === 0x3a) {
      indicators += 1;
      if (indicators > most) most = indicators;
    }
  }
  return brackets + most;
}

function read(text: string, whole: Position, report: Report): { root: Value; nodes: Nodes } | undefined {
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: false, logLevel: 'error' });
  for (const problem of document.errors) {
    const [offset, end] = problem.pos;
    const code = problem.code === 'MULTIPLE_DOCS' ? 'multiple-documents' : 'invalid-yaml';
    const message =
      code === 'multiple-documents'
        ? 'A second YAML document starts here; a file holds one component document.'
        : `This is not YAML: ${problem.message}.`;
    report(code, message, { path: [], offset, end: Math.max(end, offset + 1) });
  }
  for (const problem of document.warnings) {
    const [offset, end] = problem.pos;
    const [code, meaning] =
      problem.code === 'TAG_RESOLVE_FAILED'
        ? (['unsupported-tag', 'YAML tags have no meaning here'] as const)
        : (['invalid-yaml', 'This is not YAML'] as const);
    report(code, `${meaning}: ${problem.message}.`, { path: [], offset, end: Math.max(end, offset + 1) });
  }
  if (document.errors.length > 0) return undefined;
  const contents = document.contents as Node | null;
  if (contents === null || (contents.range?.[0] === contents.range?.[1] && !contents.anchor)) {
    report('empty-document', 'The document is empty; it needs at least "schemaVersion" and "phases".', {
      ...whole,
      end: 1,
    });
    return undefined;
  }
  const targets = aliasTargets(contents);
  let budget = nodeBudget;
  const resolve = (value: Value): Node | undefined => {
    budget -= 1;
    if (budget < 0) {
      if (budget === -1) {
        const message = `The aliases of this document stand for more than ${nodeBudget} values; write fewer.`;
        report('too-many-aliases', message, value);
      }
      return undefined;
    }
    if (!isAlias(value.node)) return value.node;
    const target = targets.get(value.node);
    if (target === undefined)
      report('invalid-yaml', `The alias "*${value.node.source}" has no anchor before it.`, value);
    return target;
  };
  const [offset = 0, end = text.length] = contents.range ?? [];
  const slice = (at: Position) => text.slice(at.offset, at.end);
  // What is found after the budget is spent is not the document's fault.
  const reportUntilSpent: Report = (...problem) => {
    if (budget >= 0) report(...problem);
  };
  return { root: { path: [], offset, end, node: contents }, nodes: { report: reportUntilSpent, resolve, slice } };
}

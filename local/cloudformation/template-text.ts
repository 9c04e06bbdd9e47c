// Reads a CloudFormation template written in YAML, its short forms (`!Ref Table`) turned into the long ones (`{ Ref: 'Table' }`).
import { isMap, isScalar, isSeq, type ParsedNode, parseDocument } from 'yaml';

/** Throws an error that names the file for text which is no template. */
export function parseTemplate(text: string, file: string): Record<string, unknown> {
  const document = parseDocument(text, { logLevel: 'error' });
  const [problem] = document.errors;
  if (problem) throw new Error(`${file} is not YAML: ${problem.message}`);
  const template = plain(document.contents);
  if (!isObject(template) || !isObject(template.Resources))
    throw new Error(`${file} is no template: it has no Resources`);
  return template;
}

function plain(node: ParsedNode | null): unknown {
  if (node === null) return null;
  return longForm(node.tag, value(node));
}

function value(node: ParsedNode): unknown {
  if (isScalar(node)) return node.value;
  if (isSeq(node)) return node.items.map((item) => plain(item as ParsedNode));
  if (isMap(node)) {
    return Object.fromEntries(
      node.items.map((pair) => [String(plain(pair.key as ParsedNode)), plain(pair.value as ParsedNode | null)]),
    );
  }
  throw new Error('YAML aliases are not understood in a template');
}

function longForm(tag: string | undefined, content: unknown): unknown {
  if (!tag?.startsWith('!')) return content;
  const name = tag.slice(1);
  if (name === 'Ref' || name === 'Condition') return { [name]: content };
  if (name !== 'GetAtt' || typeof content !== 'string') return { [`Fn::${name}`]: content };
  const dot = content.indexOf('.');
  return { 'Fn::GetAtt': [content.slice(0, dot), content.slice(dot + 1)] };
}

const isObject = (candidate: unknown): candidate is Record<string, unknown> =>
  candidate !== null && typeof candidate === 'object' && !Array.isArray(candidate);

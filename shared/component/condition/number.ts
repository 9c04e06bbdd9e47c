// Numbers of conditions: what YAML calls a number is one, and so is a string of digits with at most one point inside.
import { isScalar } from 'yaml';
import { type LocatedText, type Nodes, readText, type Value } from '../node.ts';
import { hasReference } from '../reference.ts';

const decimal = /^[-+]?([0-9]+[.])?[0-9]+$/;

/** Digits that an exponent may add; more is no number of a document, and would fill the memory. */
const mostDigits = 1000;

/** The text of a number operand; a YAML number in another spelling (`1e3`, `.5`, `0x1f`) becomes plain decimal, exactly. */
export function readNumber(value: Value, nodes: Nodes, what: string): LocatedText | undefined {
  const text = readText(nodes, value, what);
  if (!text || decimal.test(text.text) || hasReference(text.text)) return text;
  const node = nodes.resolve(value);
  const plain = isScalar(node) && typeof node.value === 'number' ? decimalOf(text.text) : undefined;
  if (plain !== undefined) return { ...text, text: plain };
  const message = `${what} is "${text.text}", which is no number: the comparison is always false.`;
  nodes.report('invalid-value', message, text, 'warning');
  return text;
}

function decimalOf(source: string): string | undefined {
  if (/^0[xo][0-9a-f]+$/i.test(source)) return BigInt(source.toLowerCase()).toString();
  const parts = /^([-+]?)([0-9]*)\.?([0-9]*)(?:e([-+]?[0-9]{1,4}))?$/i.exec(source);
  if (!parts) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts;
  const shift = Number(exponent);
  if (Math.abs(shift) > mostDigits || whole + fraction === '') return undefined;
  const digits = '0'.repeat(Math.max(0, -shift)) + whole + fraction + '0'.repeat(Math.max(0, shift));
  const point = Math.max(0, -shift) + whole.length + shift;
  const tail = digits.slice(point);
  return `${sign}${digits.slice(0, point) || '0'}${tail === '' ? '' : `.${tail}`}`;
}

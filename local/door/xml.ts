// Writes an operation's output as XML: lists as `<name><item/></name>`, maps as entries, dates as ISO 8601.

/** `item` is the name of a list's elements: `item` in EC2's protocol, `member` in the AWS query protocol. */
export function toXml(name: string, value: unknown, item: 'item' | 'member'): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return element(name, value.map((entry) => toXml(item, entry, item)).join(''));
  if (value instanceof Date) return element(name, value.toISOString());
  if (value instanceof Map) {
    const entries = [...value].map(([key, content]) =>
      element('entry', toXml('key', key, item) + toXml('value', content, item)),
    );
    return element(name, entries.join(''));
  }
  if (Buffer.isBuffer(value)) return element(name, value.toString('base64'));
  if (typeof value === 'object') return element(name, fields(value, item));
  return element(name, escapeXml(String(value)));
}

/** The fields of an object, without an element around them. */
export function fields(value: unknown, item: 'item' | 'member'): string {
  return Object.entries(value ?? {})
    .map(([key, content]) => toXml(key, content, item))
    .join('');
}

export function escapeXml(text: string): string {
  // XML 1.0 has no place for most control characters, escaped or not: they become the replacement character.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  const legal = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd');
  const names: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&apos;',
    '\r': '&#13;',
  };
  return legal.replace(/[&<>"'\r]/g, (character) => names[character] ?? character);
}

const element = (name: string, content: string) => (content === '' ? `<${name}/>` : `<${name}>${content}</${name}>`);

// Text that others wrote, made safe to show: control characters, escape sequences and bidirectional tricks become visible.

const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Control and format characters become visible escapes; tabs stay. One line in, one line out. */
export function printable(text: string): string {
  return text.replace(/\r+$/, '').replace(hidden, (character) => {
    if (character === '\t') return character;
    const code = character.codePointAt(0)!;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

/** Like `printable`, for text of several lines. */
export function printableLines(text: string): string[] {
  return text.split('\n').map(printable);
}

/** JSON of the same value in which nothing is hidden: JSON itself leaves C1 controls and format characters as they are. */
export function visibleJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(hidden, (character) =>
    character === '\n'
      ? character
      : Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
          .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
          .join(''),
  );
}

/** One line of visible ASCII, cut to `most` characters. */
export function asciiLine(text: string, most: number): string {
  return text.replace(/[^\x20-\x7e]/gu, '?').slice(0, most);
}

// Text that others wrote, made safe for a terminal: no escape sequence, carriage return or bidirectional trick gets through.

/** Control and format characters become visible escapes; tabs stay. One line in, one line out. */
export function printable(text: string): string {
  return text.replace(/\r+$/, '').replace(/(?!\t)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0)!;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

/** Like `printable`, for text of several lines. */
export function printableLines(text: string): string[] {
  return text.split('\n').map(printable);
}

/** Cut to a number of columns, counted in code points; an ellipsis tells. */
export function cut(text: string, columns: number): string {
  const characters = [...text];
  return characters.length <= columns ? text : `${characters.slice(0, Math.max(0, columns - 1)).join('')}…`;
}

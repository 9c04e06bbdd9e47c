// Text for a terminal: what others wrote made visible, and cut to the width.
export { printable, printableLines } from '../shared/model/visible-text.ts';

/** Cut to a number of columns, counted in code points; an ellipsis tells. */
export function cut(text: string, columns: number): string {
  const characters = [...text];
  return characters.length <= columns ? text : `${characters.slice(0, Math.max(0, columns - 1)).join('')}…`;
}

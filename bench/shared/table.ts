// Prints figures as a table that a page of docs/ can take over as it is.

export type Cell = string | number;

/** A Markdown table with its columns aligned. */
export function table(head: string[], rows: Cell[][]): string {
  const all = [head, ...rows].map((row) => row.map((cell) => String(cell)));
  const widths = head.map((_, column) => Math.max(3, ...all.map((row) => (row[column] ?? '').length)));
  const line = (row: string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const [first, ...others] = all.map(line);
  return [first, line(widths.map((width) => '-'.repeat(width))), ...others].join('\n');
}

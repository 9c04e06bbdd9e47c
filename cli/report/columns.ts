// Lists with aligned columns.

/** Pads every cell but the last of each row to its column; `indent` blanks before each line. */
export function columns(rows: string[][], indent = 0): string[] {
  const widths = rows.reduce<number[]>((widest, row) => {
    for (const [index, cell] of row.entries()) widest[index] = Math.max(widest[index] ?? 0, cell.length);
    return widest;
  }, []);
  return rows.map((row) =>
    (
      ' '.repeat(indent) +
      row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index]!))).join('  ')
    ).trimEnd(),
  );
}

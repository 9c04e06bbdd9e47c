// A few lines at the end of the terminal that can be redrawn; other output goes above them.

import { printableLines } from '../terminal-text.ts';

export type LiveRegion = {
  /** Replaces what the region shows. */
  draw(lines: string[]): void;
  /** Writes lines above the region, where they stay, whoever wrote them. */
  above(lines: string[]): void;
  clear(): void;
};

/** `write` takes terminal text; every line drawn must fit the width, so that lines and rows are the same, and be made for a terminal. */
export function liveRegion(write: (text: string) => void): LiveRegion {
  let shown: string[] = [];
  // The carriage return: a terminal echoes ^C where the cursor stands.
  const erase = () => (shown.length > 0 ? `\r\x1b[${shown.length}A\x1b[J` : '');
  const text = (lines: string[]) => lines.map((line) => `${line}\n`).join('');
  return {
    draw(lines) {
      if (lines.length === shown.length && lines.every((line, index) => line === shown[index])) return;
      write(erase() + text(lines));
      shown = lines;
    },
    above(lines) {
      if (lines.length > 0) write(erase() + text(lines.flatMap(printableLines)) + text(shown));
    },
    clear() {
      if (shown.length > 0) write(erase());
      shown = [];
    },
  };
}

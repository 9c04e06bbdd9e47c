// Finds the word that a misspelt one probably stands for, for the advice in diagnostics.

/** The word of a list that a misspelt one probably stands for: the same but for case, or at most two edits away. */
export function nearest(word: string, words: Iterable<string>): string | undefined {
  let best: { word: string; edits: number } | undefined;
  for (const candidate of words) {
    if (Math.abs(candidate.length - word.length) > 2) continue;
    const edits = distance(word.toLowerCase(), candidate.toLowerCase());
    if (edits <= 2 && edits < candidate.length / 2 && (!best || edits < best.edits)) best = { word: candidate, edits };
  }
  return best?.word;
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

// Warns where the verdict on two literal texts depends on case, which the user guide leaves open.
import type { LocatedText, Nodes } from '../node.ts';
import { hasReference } from '../reference.ts';

/** AWS's guide says that string comparisons ignore case; its one example with upper case would fit either reading. */
export function warnOfCase(operator: string, baseline: LocatedText, tested: LocatedText, nodes: Nodes): void {
  if (hasReference(baseline.text) || hasReference(tested.text)) return;
  const judge = verdicts[operator];
  if (!judge) return;
  const ignoring = judge(tested.text.toLowerCase(), baseline.text.toLowerCase());
  if (ignoring === judge(tested.text, baseline.text)) return;
  const message = `This "${operator}" is ${ignoring} because case is ignored, as the user guide says; were it not, it would be ${!ignoring}. Write both texts in one case.`;
  nodes.report('case-dependent', message, tested, 'warning');
}

const verdicts: Record<string, (value: string, baseline: string) => boolean> = {
  stringEquals: (value, baseline) => value === baseline,
  stringLessThan: (value, baseline) => order(value, baseline) < 0,
  stringLessThanEquals: (value, baseline) => order(value, baseline) <= 0,
  stringGreaterThan: (value, baseline) => order(value, baseline) > 0,
  stringGreaterThanEquals: (value, baseline) => order(value, baseline) >= 0,
  patternMatches: (value, pattern) => plainPattern(pattern)?.test(value) ?? false,
};

/** By bytes of UTF-8, as the instance compares. */
function order(a: string, b: string): number {
  const [left, right] = [new TextEncoder().encode(a), new TextEncoder().encode(b)];
  const different = left.findIndex((byte, index) => byte !== right[index]);
  return different < 0 ? left.length - right.length : (left[different] ?? 0) - (right[different] ?? -1);
}

/** Patterns that JavaScript reads as RE2 does, and in which nothing can be matched in so many ways that it takes long. */
function plainPattern(pattern: string): RegExp | undefined {
  if (!/^\^?(?:[A-Za-z0-9 _/:=,-]|\\[.d]|\[[A-Za-z0-9_-]+\][*+?]?){1,40}\$?$/.test(pattern)) return undefined;
  if ((pattern.match(/[*+]/g) ?? []).length > 2) return undefined;
  try {
    return new RegExp(pattern);
  } catch {
    return undefined;
  }
}

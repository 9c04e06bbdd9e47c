// The `if` of a step, with what its verdicts lead to: `then` and `else` stand beside the operator, or beside `if`.
import type { Condition } from './condition/condition.ts';
import { onlyItem, readCondition } from './condition/read.ts';
import type { Fields } from './fields.ts';
import { type Entry, isNothing, type Nodes, readMapping, readText } from './node.ts';

export type Verdict = 'Execute' | 'Skip' | 'Abort';

export type StepCondition = { condition: Condition; whenTrue: Verdict; whenFalse: Verdict };

/** Undefined where the step has none, and after a report. */
export function readStepCondition(fields: Fields, nodes: Nodes): StepCondition | undefined {
  const entry = fields.entry('if');
  if (!entry) {
    for (const stray of [fields.entry('then'), fields.entry('else')].filter((one) => one !== undefined))
      nodes.report('missing-key', `"${stray.key}" has no "if" to belong to.`, stray.keyAt);
    return undefined;
  }
  const value = onlyItem(entry.value, nodes);
  const condition = readCondition(value, nodes, '"if"', ['then', 'else']);
  if (!condition) return undefined;
  const inside = readMapping(nodes, value, '"if"') ?? [];
  const whenTrue = readVerdict('then', 'Execute', inside, fields, nodes);
  const whenFalse = readVerdict('else', 'Skip', inside, fields, nodes);
  return { condition, whenTrue, whenFalse };
}

function readVerdict(key: string, preset: Verdict, inside: Entry[], fields: Fields, nodes: Nodes): Verdict {
  const inner = inside.find((entry) => entry.key === key);
  const outer = fields.entry(key);
  if (inner && outer) {
    const message = `"${key}" stands in "if" and beside it; keep one.`;
    nodes.report('duplicate-key', message, outer.keyAt);
  }
  const entry = inner ?? outer;
  if (!entry || isNothing(nodes, entry.value)) return preset;
  const text = readText(nodes, entry.value, `"${key}"`);
  if (!text) return preset;
  if (text.text === 'Execute' || text.text === 'Skip' || text.text === 'Abort') return text.text;
  nodes.report('invalid-value', `"${key}" is "${text.text}"; it must be Execute, Skip or Abort.`, text);
  return preset;
}

// What a component prints, as a tree of its phases and steps that grows while it runs.
import { printable } from '../terminal-text.ts';

export type StepTree = {
  /** The lines to show for these lines of a script's output, made safe for a terminal. */
  grow(lines: string[]): string[];
};

const began = /^==> ([^/]+)\/(.+?) (\S+) \(attempt (\d+) of (\d+)\)$/;
const ended = /^<== ([^/]+)\/(.+?) (success|failed|ignoredFailure|skipped|reboot)(?: (\d+)s)?(?: (.*))?$/;

const aside = /^--- ([^/]+)\/(.+?) (if .+|loop index \d+)$/;
const totals = /: (?:success|failed), \d+ of \d+ steps run, /;

const marks: Record<string, string> = { success: '✓', skipped: '–', reboot: '↻', ignoredFailure: '!', failed: '✗' };

/** A document: the outermost one, or that of an ExecuteDocument step. */
type Level = {
  /** The step that runs it; none runs the outermost. */
  by?: string;
  phase?: string;
  /** The step that has its line already, for the conditions that are tried before it begins. */
  told?: string;
};

/** The line with the totals is left out: the report says more. */
export function stepTree(component: string): StepTree {
  const levels: Level[] = [{}];
  let inStep = false;
  const level = () => levels.at(-1)!;
  const indented = (text: string) => printable(`${'    '.repeat(levels.length - 1)}${text}`);
  const head = (phase: string, line: string) => {
    const lines = phase === level().phase ? [line] : [phase, line];
    level().phase = phase;
    return lines.map(indented);
  };
  const told = (phase: string, name: string) => {
    const lines = level().told === name ? [] : head(phase, `  ${name}`);
    level().told = name;
    return lines;
  };

  const show = (line: string): string[] => {
    const [, phase = '', name = '', action = '', attempt, attempts] = began.exec(line) ?? [];
    if (action) {
      const which = attempts === '1' ? '' : `  (attempt ${attempt} of ${attempts})`;
      const lines = head(phase, `  ${name}  ${action}${which}`);
      level().told = undefined;
      inStep = action !== 'ExecuteDocument';
      if (!inStep) levels.push({ by: `${phase}/${name}` });
      return lines;
    }
    const [, besidePhase = '', besideName = '', what = ''] = aside.exec(line) ?? [];
    if (what) return [...(inStep ? [] : told(besidePhase, besideName)), indented(`    ${what}`)];
    const [, endPhase = '', endName = '', status = '', seconds, reason] = ended.exec(line) ?? [];
    if (status) {
      const nested = level().by === `${endPhase}/${endName}`;
      if (nested) levels.pop();
      // A step that did not begin has no line of its own yet.
      const lines = inStep || nested ? [] : told(endPhase, endName);
      inStep = false;
      level().told = undefined;
      const words = [status === 'ignoredFailure' ? 'failed, ignored' : status, seconds && `${seconds}s`].filter(
        Boolean,
      );
      return [...lines, indented(`    ${marks[status]} ${words.join(' ')}${reason ? `: ${reason}` : ''}`)];
    }
    if (inStep) return [indented(`    | ${overwritten(line)}`)];
    return isTold(line, component) ? [] : [indented(line)];
  };
  return { grow: (lines) => lines.flatMap(show) };
}

/** The totals are in the report, and the steps that the result has no room for are in the tree. */
function isTold(line: string, component: string): boolean {
  return (
    (line.startsWith(`${component}: `) && totals.test(line)) || /^note: \d+ further steps are not listed$/.test(line)
  );
}

/** What a terminal would show of a line that was written over again and again, as progress is. */
function overwritten(line: string): string {
  const written = line.replace(/\r+$/, '');
  return written.slice(written.lastIndexOf('\r') + 1);
}

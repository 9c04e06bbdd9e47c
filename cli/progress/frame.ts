// Progress on a terminal: the whole state of a build as a few lines, redrawn as it changes.
import { styleText } from 'node:util';
import type { ImageRecord } from '../../shared/model/image-record.ts';
import { clockText, durationText } from '../duration.ts';
import { cut, printable } from '../terminal-text.ts';
import { durationOf, entryName, inOrder, waitingOf } from './entry-name.ts';
import type { Step } from './step.ts';

export type Screen = { columns: number; rows: number; colours: boolean };

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** `steps`: the step each running component is in, by key of the timeline. Never more than the screen holds. */
export function frame(image: ImageRecord, steps: ReadonlyMap<string, Step>, now: number, screen: Screen): string[] {
  const paint = (style: 'green' | 'cyan' | 'bold' | 'dim', text: string) =>
    screen.colours ? styleText(style, text, { validateStream: false }) : text;
  const elapsed = clockText(now - Date.parse(image.dateCreated));
  const title = cut(printable(`${image.name} ${image.version}  ${image.state.status}  ${elapsed}`), screen.columns - 1);
  const rows = inOrder(image.timeline).map(([key, entry]) => {
    const done = entry.ended !== undefined;
    const mark = done ? '✓' : spinner[Math.floor(now / 100) % spinner.length]!;
    const step = steps.get(key);
    const waiting = waitingOf(entry);
    const where = !done && step ? `  ${step.phase}/${step.name} (${step.action})` : waiting ? `  ${waiting}` : '';
    const text = cut(
      printable(`${entryName(entry)}  ${durationText(durationOf(entry, now))}${where}`),
      screen.columns - 5,
    );
    return `  ${paint(done ? 'green' : 'cyan', mark)} ${done ? paint('dim', text) : text}`;
  });
  const room = Math.max(1, screen.rows - 3);
  const hidden = rows.length - room;
  const shown = hidden > 0 ? [`  … ${hidden + 1} earlier`, ...rows.slice(hidden + 1)] : rows;
  return [paint('bold', title), ...shown];
}

// Progress where there is no terminal: one line whenever a phase begins or ends.
import type { ImageRecord } from '../../shared/model/image-record.ts';
import { clockText, durationText } from '../duration.ts';
import { printable } from '../terminal-text.ts';
import { durationOf, entryName, inOrder, waitingOf } from './entry-name.ts';

/** What is new in `after`: lines `  0:07  launch builder` and `  0:09  launch builder done in 2.1s`, in order of time. */
export function plainLines(before: ImageRecord | undefined, after: ImageRecord, now: number): string[] {
  const start = Date.parse(after.dateCreated);
  const events: { at: number; text: string }[] = [];
  for (const [key, entry] of inOrder(after.timeline)) {
    const known = before?.timeline[key];
    if (!known) events.push({ at: Date.parse(entry.started), text: entryName(entry) });
    const waiting = waitingOf(entry);
    if (waiting && waiting !== known?.waiting)
      events.push({ at: now, text: `${entryName(entry)}: ${printable(waiting)}` });
    if (entry.ended && !known?.ended) {
      const text = `${entryName(entry)} done in ${durationText(durationOf(entry, now))}`;
      events.push({ at: Date.parse(entry.ended), text });
    }
  }
  events.sort((a, b) => a.at - b.at);
  const line = (at: number, text: string) => `${clockText(at - start).padStart(6)}  ${text}`;
  const lines = events.map(({ at, text }) => line(at, text));
  for (const note of after.notes.slice(before?.notes.length ?? 0)) lines.push(line(now, `note: ${printable(note)}`));
  if (after.state.status !== before?.state.status) {
    // A status is set before the phases that belong to it, and the last one after all of them.
    const time = after.dateEnded ? Date.parse(after.dateEnded) : Math.min(now, ...events.map(({ at }) => at));
    const status = line(time, after.state.status);
    if (after.dateEnded) lines.push(status);
    else lines.unshift(status);
  }
  return lines;
}

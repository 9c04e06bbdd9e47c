// What a reader calls a state of the machine: `CopyRegion` with its label is "copy region eu-west-1".
import type { TimelineEntry } from '../../shared/model/image-record.ts';
import { textOrder } from '../../shared/model/text-order.ts';
import { printable } from '../terminal-text.ts';

export function entryName({ state, label, region, index }: TimelineEntry): string {
  const words = state.replace(/(?<=[a-z0-9])(?=[A-Z])/g, ' ').toLowerCase();
  const which =
    label ?? (state.startsWith('Copy') ? region : undefined) ?? (index === undefined ? undefined : `#${index + 1}`);
  return which === undefined ? words : `${words} ${printable(which)}`;
}

/** The entries in the order in which they began, with their keys. */
export function inOrder(timeline: Record<string, TimelineEntry>): [string, TimelineEntry][] {
  return Object.entries(timeline).sort(
    ([, a], [, b]) => textOrder(a.started, b.started) || (a.index ?? 0) - (b.index ?? 0),
  );
}

export function durationOf(entry: TimelineEntry, now: number): number {
  return (entry.ended ? Date.parse(entry.ended) : now) - Date.parse(entry.started);
}

/** What an entry waits for before it has a resource; undefined for one that does not. */
export const waitingOf = ({ waiting, resource, ended }: TimelineEntry): string | undefined =>
  resource === undefined && ended === undefined ? waiting : undefined;

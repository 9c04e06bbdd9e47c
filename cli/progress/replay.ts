// What happened between two looks at a record, as records in order of time.
import type { ImageRecord, TimelineEntry } from '../../shared/model/image-record.ts';

/** One record for the moment before each command that has ended since, so that its output stands before its end; then `after`. */
export function replay(before: ImageRecord | undefined, after: ImageRecord): ImageRecord[] {
  const ends = Object.entries(after.timeline)
    .flatMap(([key, { commandId, ended }]) => (commandId && ended && !before?.timeline[key]?.ended ? [ended] : []))
    .sort();
  return [...ends.map((end) => asOf(before, after, end)), after];
}

/** `after` with only what had begun, and not what ended at that time or later. */
function asOf(before: ImageRecord | undefined, after: ImageRecord, time: string): ImageRecord {
  const timeline = Object.entries(after.timeline)
    .filter(([, { started, ended }]) => started < time || ended === time)
    .map(([key, { ended, ...entry }]): [string, TimelineEntry] => [
      key,
      ended && ended < time ? { ...entry, ended } : entry,
    ]);
  const { dateEnded: _, ...rest } = after;
  return {
    ...rest,
    state: (before ?? after).state,
    notes: before?.notes ?? [],
    timeline: Object.fromEntries(timeline),
  };
}

// What a build came to, for people: AMIs, tests, timeline, and on failure what failed and where to read on.

import { amiPlace } from '../../shared/model/ami-place.ts';
import { costText } from '../../shared/model/cost.ts';
import type { ImageRecord, OutputAmi } from '../../shared/model/image-record.ts';
import { durationText } from '../duration.ts';
import { durationOf, entryName, inOrder, waitingOf } from '../progress/entry-name.ts';
import { printable } from '../terminal-text.ts';
import { columns } from './columns.ts';
import { failureLines } from './failure.ts';

/** `logsCommand` is what shows the full log; `now` stands for the end of an image that has none yet. */
export function imageReport(image: ImageRecord, { logsCommand, now }: { logsCommand: string; now: number }): string[] {
  const total = (image.dateEnded ? Date.parse(image.dateEnded) : now) - Date.parse(image.dateCreated);
  const lines = [
    `${image.state.status}  ${printable(image.name)} ${image.version}, ${durationText(total)}`,
    `  ${image.arn}`,
    ...(image.trigger ? [`  ${causeText(image.trigger, image.reasons)}`] : []),
  ];
  if (image.revoked) lines.push(`  REVOKED at ${image.revoked.at}: ${printable(image.revoked.reason)}`);
  lines.push(...failureLines(image.state));
  const { amis } = image.outputResources;
  if (image.lifecycle)
    lines.push(`  ${image.lifecycle.at}: ${printable(image.state.reason ?? image.lifecycle.action)}`);
  if (amis.length > 0)
    lines.push(
      '',
      'AMIs',
      ...columns(
        amis.map((ami) => [amiPlace(image, ami), ami.image, printable(ami.name), stateText(ami)]),
        2,
      ),
    );
  const files = amis.flatMap((ami) => (ami.exported ? [[amiPlace(image, ami), printable(ami.exported)]] : []));
  if (files.length > 0) lines.push('', 'Exported to', ...columns(files, 2));
  if (image.tests) {
    const { total: count, passed, results } = image.tests;
    const rows = results.map(({ component, status, reason }) => [
      status,
      printable(component) + (reason ? `: ${firstLine(reason)}` : ''),
    ]);
    lines.push('', `Tests: ${passed} of ${count} passed`, ...columns(rows, 2));
  }
  const timeline = inOrder(image.timeline);
  if (timeline.length > 0) {
    const rows = timeline.map(([, entry]) => [
      entryName(entry),
      durationText(durationOf(entry, image.dateEnded ? Date.parse(image.dateEnded) : now)),
      entry.ended ? (entry.endedBy ? `(by ${entry.endedBy})` : '') : `(${printable(waitingOf(entry) ?? 'not ended')})`,
    ]);
    lines.push('', 'Timeline', ...columns(rows, 2));
  }
  if (image.retryOf) lines.push('', `Retry of ${image.retryOf}`);
  if (image.distributionOf)
    lines.push('', `Distribution of ${image.distributionOf.from ?? image.distributionOf.image}`);
  if (image.changes) lines.push('', `Changes: ${printable(image.changes)}`);
  if (image.cost) lines.push('', `Cost: ${printable(costText(image.cost))}`);
  if (image.notes.length > 0) lines.push('', 'Notes', ...image.notes.map((note) => `  ${printable(note)}`));
  lines.push('', `Full log: ${logsCommand}`);
  return lines;
}

/** Of an AMI that its lifecycle has been at. */
const stateText = ({ state }: OutputAmi) =>
  state ? `${state.status}${state.reason ? `: ${printable(state.reason)}` : ''}` : '';

const causes: Record<string, string> = {
  manual: 'by hand',
  schedule: 'by its schedule',
  packageUpdate: 'by a package update',
  dependency: 'by a new parent image',
  queued: 'after the build before it',
  retry: 'again',
};

function causeText(trigger: string, reasons: string[] = []): string {
  return [
    `started ${causes[trigger] ?? `by ${trigger}`}`,
    ...(reasons.length > 0 ? [printable(reasons.join(', '))] : []),
  ].join(': ');
}

function firstLine(text: string): string {
  return printable(text.split('\n')[0]!);
}

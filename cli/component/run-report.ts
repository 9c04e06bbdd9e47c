// What a run of a component came to, for people who have its step tree with all its output above.
import type { ComponentResult } from '../../shared/component/result.ts';
import { durationText } from '../duration.ts';
import { printable, printableLines } from '../terminal-text.ts';

export function runReport(name: string, result: ComponentResult): string[] {
  const { status, executedStepCount, failedStepCount, ignoredFailedStepCount, rebootCount, durationSeconds } = result;
  const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
  const counts = [
    `${counted(executedStepCount, 'step')} run`,
    failedStepCount > 0 && `${failedStepCount} failed`,
    ignoredFailedStepCount > 0 && `${ignoredFailedStepCount} failed and ignored`,
    rebootCount > 0 && counted(rebootCount, 'reboot'),
  ].filter(Boolean);
  const lines = [`${printable(name)}: ${status}, ${counts.join(', ')}, ${durationText(durationSeconds * 1000)}`];
  for (const line of printableLines(result.failureMessage)) if (line !== '') lines.push(`  ${line}`);
  return lines;
}

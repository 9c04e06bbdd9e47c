// Why an image failed: the reason, the step with its command, and the last of its stderr.
import type { ImageState } from '../../shared/model/image-record.ts';
import { durationText } from '../duration.ts';
import { printable, printableLines } from '../terminal-text.ts';

/** Nothing for an image without a reason. */
export function failureLines({ reason, failureContext }: ImageState): string[] {
  const lines: string[] = [];
  if (reason) lines.push('', 'Reason', ...block(reason));
  const failure = failureContext?.componentFailure;
  const { failedStep, error } = failureContext ?? {};
  if (failedStep && !failure)
    lines.push('', `Failed in ${printable(failedStep)}${error ? `: ${printable(error)}` : ''}`);
  if (failure) {
    const where = [
      failure.component && `component ${failure.component}`,
      failure.phaseName && `phase ${failure.phaseName}`,
      failure.stepName && `step ${failure.stepName}${failure.action ? ` (${failure.action})` : ''}`,
    ].filter(Boolean);
    const end = [
      failure.exitCode !== undefined && `exit code ${failure.exitCode}`,
      failure.duration !== undefined && `after ${durationText(failure.duration * 1000)}`,
    ].filter(Boolean);
    lines.push('', `Failed in ${printable(where.join(', '))}${end.length > 0 ? `: ${end.join(' ')}` : ''}`);
    if (failure.errorMessage && !failure.stepName) lines.push(...block(failure.errorMessage));
    if (failure.command) lines.push('  command', ...block(failure.command, 4));
    if (failure.stderr) lines.push('  last lines of stderr', ...block(failure.stderr, 4));
  }
  for (const one of failureContext?.distributionFailure?.regionFailures ?? []) {
    const { region, account, status, imageConfigurationStep: setting, errorMessage = '' } = one;
    // The reason tells of as many as it can hold.
    if (setting && reason?.includes(errorMessage)) continue;
    lines.push(`  ${[region, account, status, setting, printable(errorMessage)].filter(Boolean).join('  ')}`);
  }
  return lines;
}

function block(text: string, indent = 2): string[] {
  return printableLines(text.trimEnd()).map((line) => `${' '.repeat(indent)}${line}`);
}

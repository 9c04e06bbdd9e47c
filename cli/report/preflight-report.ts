// What a preflight found, for people.
import { type DistributionProblem, type PreflightReport, settingText } from '../../shared/model/preflight.ts';
import { printable } from '../terminal-text.ts';

export function preflightLines({
  imagePipelineName,
  checked,
  problems,
  unchecked,
  warnings = [],
}: PreflightReport): string[] {
  const checks = checked === 1 ? '1 check' : `${checked} checks`;
  const failing = problems.length === 0 ? 'nothing would fail' : `${problems.length} would fail`;
  const open = unchecked.length > 0 ? `, ${unchecked.length} could not be checked` : '';
  return [
    `Distribution of ${printable(imagePipelineName)}: ${checks}, ${failing}${open}.`,
    ...section('Would fail', problems),
    ...section('Would not fail, and may not be what you want', warnings),
    ...section('Could not be checked', unchecked),
  ];
}

const section = (title: string, list: DistributionProblem[]) =>
  list.length === 0
    ? []
    : ['', title, ...list.flatMap((one) => [`  ${printable(settingText(one))}`, `    ${printable(one.message)}`])];

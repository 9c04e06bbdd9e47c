// What a lifecycle policy did or would do, for people: each image with the reason, and its AMIs where they differ.
import type { ImageDecision, LifecycleReport } from '../../shared/model/lifecycle.ts';
import { printable } from '../terminal-text.ts';
import { columns } from './columns.ts';

const short = (arn: string) => printable(arn.replace(/^.*:image\//, ''));

/** True where everything was done, or could be. */
export const wentWell = ({ problems, run, decisions }: LifecycleReport): boolean =>
  problems.length === 0 && run?.status !== 'PENDING' && !decisions.some(({ amis }) => amis.some(unseen));

const unseen = ({ reason }: { reason: string }) => reason.startsWith('it could not be looked at');

const imagesWord = (count: number) => (count === 1 ? 'image' : 'images');

export function lifecycleLines(report: LifecycleReport): string[] {
  const { policy, dryRun, run, counts, decisions, problems, omitted = 0, skipped } = report;
  const name = policy === '*' || policy === undefined ? 'By hand' : `Policy ${printable(policy)}`;
  if (skipped) return [`${name} was not applied: ${skipped}.`];
  const would = dryRun ? ', if it were no dry run' : '';
  const done = (['deprecated', 'disabled', 'deleted', 'restored', 'failed'] as const)
    .filter((what) => counts[what] > 0)
    .map((what) => `${counts[what]} ${what}`);
  const partly = decisions.filter((one) => one.partly).length;
  if (partly > 0) done.push(`${partly} of them in part`);
  return [
    ...decisions.flatMap(imageLines),
    ...(omitted > 0 ? [`and ${omitted} more ${imagesWord(omitted)}, of which nothing is told here`] : []),
    `${name}: ${counts.images} ${imagesWord(counts.images)}, ${done.length > 0 ? done.join(', ') : 'none of them touched'}${would}${run ? ` (run ${run.id}, ${run.status})` : ''}.`,
    ...problems.map((problem) => `problem: ${printable(problem)}`),
  ];
}

/** AMIs are listed where the image sees an action, or where they say more than it does. */
function imageLines({ image, status, action, reason, amis }: ImageDecision): string[] {
  const listed = action !== undefined || amis.some((ami) => ami.reason !== reason);
  const rows = amis.map((ami) => [
    ami.action ?? (ami.excluded ? 'SKIPPED' : '-'),
    ami.region,
    ami.account,
    ami.ami,
    `${printable(ami.reason)}${ami.snapshots.length > 0 ? ` (with ${ami.snapshots.join(', ')})` : ''}`,
  ]);
  return [`${action ?? '-'}  ${short(image)}  ${status}  ${printable(reason)}`, ...(listed ? columns(rows, 4) : [])];
}

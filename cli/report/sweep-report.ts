// What a sweep did and found, for people.
import type { SweepReport } from '../../shared/model/sweep-report.ts';
import { printable } from '../terminal-text.ts';
import { columns } from './columns.ts';

/** True where nothing needs a person. */
export const isClean = ({ counts, problems, complete }: SweepReport) =>
  complete && problems.length === 0 && counts.leftovers + counts.refused + counts.orphans === 0;

const place = (region: string, account: string | undefined) => (account ? `${region} of ${account}` : region);

const short = (arn: string) => printable(arn.replace(/^.*:image\//, ''));

export function sweepLines(report: SweepReport): string[] {
  const { counts, dryRun, regions, started } = report;
  const would = dryRun ? 'would be ' : '';
  return [
    `${dryRun ? 'Dry run' : 'Sweep'} of ${started} in ${regions.join(', ')}: ${counts.looked} unsettled builds, ${counts.live} of them live.`,
    ...section(
      `${counts.released} ${would}released`,
      counts.released,
      report.released.map(({ kind, id, region, account, image }) => [kind, id, place(region, account), short(image)]),
    ),
    ...section(
      `${counts.finished} image records ${would}ended`,
      counts.finished,
      report.finished.map((image) => [short(image)]),
    ),
    ...section(
      `${counts.leftovers} could not be released`,
      counts.leftovers,
      report.leftovers.map(({ kind, id, region, account, reason }) => [
        kind,
        id,
        place(region, account),
        printable(reason),
      ]),
    ),
    ...section(
      `${counts.refused} ledgers contradict AWS, and nothing of theirs is touched`,
      counts.refused,
      report.refused.map(({ image, reason }) => [short(image), printable(reason)]),
    ),
    ...section(
      `${counts.orphans} bear this stack's tag and no ledger of it knows them; nothing deletes them. Remove the tags of what is yours, delete the rest yourself`,
      counts.orphans,
      report.orphans.map(({ kind, id, region, account, image }) => [
        ...[kind, id, place(region, account)],
        image ? short(image) : 'no image',
      ]),
    ),
    ...section(
      'Could not be looked at',
      report.problems.length,
      report.problems.map((problem) => [printable(problem)]),
    ),
    ...(report.complete ? [] : ['', 'The time was up before everything was looked at: the next sweep goes on.']),
  ];
}

function section(title: string, count: number, rows: string[][]): string[] {
  if (count === 0) return [];
  const more = count - rows.length;
  return ['', `${title}:`, ...columns(rows, 2), ...(more > 0 ? [`  and ${more} more`] : [])];
}

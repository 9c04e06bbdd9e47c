// What check-distribution is asked and answers: which settings of a pipeline's distribution would fail, before anything is built.
import * as z from 'zod/mini';

/** A setting that would fail. `region`, `account`: where (absent: the stack's own account); `setting`: its key in the pipeline file; `message`: what was tried, what was said, what to do. */
export type DistributionProblem = { region: string; account?: string; setting: string; message: string };

export type PreflightReport = {
  imagePipelineName: string;
  /** How many checks were made. */
  checked: number;
  problems: DistributionProblem[];
  /** What could not be found out; the build may do well all the same. */
  unchecked: DistributionProblem[];
  /** What the build does well without, and consumers do not; absent where an earlier version answers. */
  warnings?: DistributionProblem[];
};

export const preflightInputSchema = z.strictObject({
  imagePipelineName: z.string().check(z.minLength(1), z.maxLength(128)),
});

export type PreflightInput = z.output<typeof preflightInputSchema>;

const longest = 900;

/** Where a setting is, in words: `eu-west-1, amiDistributionConfiguration.name`. */
export const settingText = ({ region, account, setting }: Omit<DistributionProblem, 'message'>) =>
  `${account ? `${region} of account ${account}` : region}, ${setting}`;

/** All problems in one text for a reason, a line each, cut where they are too many: the record has them one by one. */
export function problemsText(problems: DistributionProblem[]): string {
  const count = problems.length === 1 ? '1 setting' : `${problems.length} settings`;
  const lines = problems.map((problem) => `${settingText(problem)}: ${problem.message}`);
  let text = `Nothing was launched, for ${count} of the distribution would fail:`;
  for (const [index, line] of lines.entries()) {
    if (index > 0 && text.length + line.length > longest) return `${text}\nAnd ${lines.length - index} more.`;
    text += `\n${line}`;
  }
  return text;
}

// One run of a policy: kept with what came of it, and reported to its caller.
import { randomBytes } from 'node:crypto';
import {
  type ImageAction,
  type ImageDecision,
  type LifecycleCounts,
  type LifecycleReport,
  type LifecycleRun,
  longestReport,
} from '../model/lifecycle.ts';
import type { RetiringImages } from './retire-image.ts';
import { isoTime } from './timeline.ts';

export type Running = {
  id: string;
  /** Does to one image what was decided; `work` answers what went wrong. */
  try(decision: ImageDecision & { action: ImageAction }, work: () => Promise<string[]>): Promise<void>;
  /** Says that so many images are left to the next run. */
  pause(images: number): void;
  end(decisions: ImageDecision[]): Promise<LifecycleReport>;
};

export type RunOf = { policy: string; dryRun: boolean; trigger: LifecycleRun['trigger'] };

const countOf = { DEPRECATE: 'deprecated', DISABLE: 'disabled', DELETE: 'deleted', AVAILABLE: 'restored' } as const;

export const noCounts = (): LifecycleCounts => ({
  ...{ images: 0, deprecated: 0, disabled: 0, deleted: 0, restored: 0, failed: 0 },
});

/** Problems that are kept with a run: an item of the table holds 400 KB. */
const mostProblems = 50;

export async function beginRun(retiring: RetiringImages, of: RunOf): Promise<Running> {
  const { policy, dryRun, trigger } = of;
  const { runs, metrics } = retiring;
  const counts = noCounts();
  const problems: string[] = [];
  let left = 0;
  const time = isoTime(retiring);
  const run: LifecycleRun = {
    id: randomBytes(4).toString('hex'),
    time,
    trigger,
    status: 'IN_PROGRESS',
    counts,
    problems,
  };
  if (!dryRun) await runs.begin(policy, run);
  return {
    id: run.id,
    async try(decision, work) {
      const found = await work().catch((error: Error) => [`${decision.image}: ${error.message}`]);
      if (found.length === 0) counts[countOf[decision.action]]++;
      else counts.failed++;
      problems.push(...found);
    },
    pause(more) {
      left = more;
    },
    async end(decisions) {
      counts.images = decisions.length;
      if (dryRun) for (const { action } of decisions) if (action) counts[countOf[action]]++;
      const { decisions: told, omitted } = cut(decisions);
      const report = { policy, dryRun, counts, decisions: told, problems, ...(omitted > 0 && { omitted }) };
      if (dryRun) return report;
      if (counts.failed > 0) metrics.count('LifecycleFailures', counts.failed);
      const status = left > 0 ? 'PENDING' : problems.length > 0 ? 'FAILED' : 'SUCCESS';
      if (left > 0) problems.push(`The time was up with ${left} images left: the next run goes on.`);
      const ended = { ...run, status, ended: isoTime(retiring), problems: problems.slice(0, mostProblems) } as const;
      await runs.end(policy, ended);
      return { ...report, run: ended };
    },
  };
}

/** What is done first, then as much of the rest as an answer of Lambda holds. */
function cut(decisions: ImageDecision[]): { decisions: ImageDecision[]; omitted: number } {
  const inOrder = decisions.toSorted((a, b) => Number(b.action !== undefined) - Number(a.action !== undefined));
  let size = 0;
  const told = inOrder.filter((one) => {
    size += JSON.stringify(one).length;
    return size <= longestReport;
  });
  return { decisions: told, omitted: decisions.length - told.length };
}

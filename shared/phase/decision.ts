// What is decided about a request to build a pipeline, and with what.
import type { PipelineRun } from '../model/pipeline-run.ts';
import type { StartBuildOutput } from '../model/start-build.ts';
import type { PipelineRecord } from '../store/pipelines.ts';
import type { Runs } from '../store/runs.ts';
import type { Started, Starting } from './start-build.ts';
import type { Judging } from './start-condition.ts';

export type Requesting = Starting & Judging & { runs: Runs };

export type Decision = Omit<PipelineRun, 'time' | 'id' | 'trigger'>;

/** Triggers of people; the others obey the status of the pipeline. */
export const byHand = ['manual', 'retry'];

/** Triggers that are subject to the start condition: the others know what has changed. */
export const conditional = ['schedule', 'dependency'];

export function disabled({ disabledReason }: Pick<PipelineRecord, 'disabledReason'>): Decision {
  return { outcome: 'skipped', reason: `the pipeline is DISABLED${disabledReason ? `: ${disabledReason}` : ''}` };
}

export function started(
  { imageBuildVersionArn, executionArn }: Started & { kind: 'started' },
  reasons: string[],
): Decision {
  const reason = reasons.join(', ');
  return { outcome: 'started', imageBuildVersionArn, executionArn, ...(reason && { reason }) };
}

export const underWay = (image: string) => `a build is under way: ${image}`;

export function output({ outcome, imageBuildVersionArn, executionArn, reason }: Decision): StartBuildOutput {
  return {
    outcome,
    ...(imageBuildVersionArn && { imageBuildVersionArn }),
    ...(executionArn && { executionArn }),
    ...(reason && { reason }),
  };
}

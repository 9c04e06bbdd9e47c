// A run of a pipeline: what became of one request to build it.

export const triggers = ['manual', 'schedule', 'packageUpdate', 'dependency', 'queued', 'retry'] as const;

export type Trigger = (typeof triggers)[number];

/** `queued`: the first to wait for a build that was under way; `merged`: waits with others, for one build of all. */
export type RunOutcome = 'started' | 'skipped' | 'queued' | 'merged' | 'refused';

export type PipelineRun = {
  /** ISO 8601: when it was due, or asked for. */
  time: string;
  id: string;
  trigger: Trigger;
  outcome: RunOutcome;
  /** Why it was skipped, queued or refused; of one that was started, what had changed. */
  reason?: string;
  /** The build that serves the request, once there is one. */
  imageBuildVersionArn?: string;
  executionArn?: string;
};

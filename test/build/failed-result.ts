// What a component prints that failed in its build phase.
import type { ComponentResult } from '../../shared/component/result.ts';

export const failedResult = (component: string): ComponentResult => ({
  status: 'failed',
  failureMessage: `${component}: step build/Install (ExecuteBash) failed: exit code 3; stderr ends: no such package`,
  executedStepCount: 1,
  failedStepCount: 1,
  ignoredFailedStepCount: 0,
  rebootCount: 0,
  durationSeconds: 4,
  steps: [],
  failure: {
    phase: 'build',
    step: 'Install',
    action: 'ExecuteBash',
    exitCode: 3,
    seconds: 4,
    command: 'apt-get install nothing',
    stderr: 'no such package',
  },
  output: '',
});

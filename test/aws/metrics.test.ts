// The lines that CloudWatch turns into metrics (CloudWatch user guide, embedded metric format specification).
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

const lines: string[] = [];
beforeEach(() => {
  lines.length = 0;
  vi.stubEnv('STACK_NAME', 'serverless-image-builder-dev');
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false');
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

it('a count and a duration are one line each, by stack, and by phase where one is named', async () => {
  const { metrics } = await import('../../shared/aws/metrics.ts');
  const { count, seconds } = metrics();
  count('Orphans', 3);
  count('ImagesFailed');
  seconds('PhaseSeconds', 12.5, { phase: 'LaunchBuilder' });
  const [orphans, failed, phase] = lines.map((line) => JSON.parse(line));
  expect(orphans).toMatchObject({ service: 'serverless-image-builder-dev', Orphans: 3 });
  expect(orphans._aws.CloudWatchMetrics).toEqual([
    {
      Namespace: 'ServerlessImageBuilder',
      Dimensions: [['service']],
      Metrics: [{ Name: 'Orphans', Unit: 'Count' }],
    },
  ]);
  expect(failed).toMatchObject({ ImagesFailed: 1 });
  expect(phase).toMatchObject({ phase: 'LaunchBuilder', PhaseSeconds: 12.5 });
  expect(phase._aws.CloudWatchMetrics[0].Dimensions).toEqual([['service', 'phase']]);
});

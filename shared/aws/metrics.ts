// Metrics in CloudWatch's embedded metric format: lines of the log, so that no call, no permission and no time is needed.
import { Metrics as Powertools } from '@aws-lambda-powertools/metrics';
import { environment } from './environment.ts';

/** docs/operations.md says what each tells; the alarms of serverless.yml watch some. */
export type Counted =
  | 'ImagesAvailable'
  | 'ImagesFailed'
  | 'ImagesCancelled'
  | 'ImagesDeprecated'
  | 'ImagesDisabled'
  | 'ImagesDeleted'
  | 'ImagesRestored'
  | 'LifecycleFailures'
  | 'Leftovers'
  | 'Orphans'
  | 'Refusals'
  | 'Throttles';

export type Metrics = {
  count(name: Counted, value?: number): void;
  seconds(name: 'BuildSeconds' | 'PhaseSeconds', value: number, dimensions?: Record<string, string>): void;
};

/** Every metric has the dimension `service`, the name of the stack. */
export function metrics(): Metrics {
  const all = new Powertools({ namespace: 'ServerlessImageBuilder', serviceName: environment.stackName });
  const put = (name: string, unit: 'Count' | 'Seconds', value: number, dimensions: Record<string, string> = {}) => {
    const one = all.singleMetric();
    one.addDimensions(dimensions);
    one.addMetric(name, unit, value);
  };
  return {
    count: (name, value = 1) => put(name, 'Count', value),
    seconds: (name, value, dimensions) => put(name, 'Seconds', value, dimensions),
  };
}

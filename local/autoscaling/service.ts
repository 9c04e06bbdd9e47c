// Auto Scaling, as far as somebody asks who uses an AMI: launch configurations and groups that are records and launch nothing.
import type { Cloud } from '../cloud.ts';
import type { Service } from '../service.ts';
import { groupOperations } from './group.ts';
import { launchConfigurationOperations } from './launch-configuration.ts';
import { openRecords } from './records.ts';

export function autoscaling({ clock, stateDirectory }: Pick<Cloud, 'clock' | 'stateDirectory'>): Service {
  const records = openRecords(stateDirectory);
  const now = () => new Date(clock.now()).toISOString();
  return {
    signingName: 'autoscaling',
    protocol: 'query',
    version: '2011-01-01',
    operations: { ...launchConfigurationOperations(records, now), ...groupOperations(records, now) },
  };
}

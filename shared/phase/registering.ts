// What registering works with.
import type { LogGroups } from '../aws/log-groups.ts';
import type { Home } from '../model/arns.ts';
import type { Registry } from '../store/registry.ts';
import type { UpdateSubjects } from '../store/update-subjects.ts';
import type { Scheduling } from './register-schedule.ts';

export type Registering = Registry &
  Scheduling & {
    updateSubjects: UpdateSubjects;
    logGroups: LogGroups;
    home: Home;
    /** The accounts beside its own that images may go to. */
    accounts: string[];
    stackName: string;
    logRetentionDays: number;
    now(): number;
  };

export const isoNow = ({ now }: Pick<Registering, 'now'>) => new Date(now()).toISOString();

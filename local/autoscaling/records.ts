// What Auto Scaling remembers, of all accounts and regions, in one file: records only, from which nothing is launched.
import { join } from 'node:path';
import type { Caller } from '../service.ts';
import { readJson, writeJson } from '../state/json-file.ts';

type Place = Pick<Caller, 'accountId' | 'region'>;

export type LaunchConfiguration = Place & {
  name: string;
  arn: string;
  imageId: string;
  instanceType: string;
  created: string;
};

export type LaunchTemplate = { launchTemplateId: string; version: string };

export type Group = Place & {
  name: string;
  arn: string;
  zones: string[];
  subnets?: string;
  maxSize: number;
  created: string;
  launchConfigurationName?: string;
  launchTemplate?: LaunchTemplate;
};

type Contents = { configurations: LaunchConfiguration[]; groups: Group[] };

export type Records = Contents & { save(): void };

export function openRecords(stateDirectory: string): Records {
  const file = join(stateDirectory, 'autoscaling', 'records.json');
  const contents: Contents = { configurations: [], groups: [], ...readJson<Partial<Contents>>(file, {}) };
  return {
    ...contents,
    save() {
      writeJson(file, { configurations: this.configurations, groups: this.groups });
    },
  };
}

export const isAt =
  ({ accountId, region }: Place) =>
  (one: Place): boolean =>
    one.accountId === accountId && one.region === region;

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

/** What a group of several instance types launches with, and what it takes in place of that for some of them. */
export type MixedInstances = {
  launchTemplate: LaunchTemplate;
  overrides: { instanceType?: string; imageId?: string; launchTemplate?: LaunchTemplate }[];
};

export type Group = Place & {
  name: string;
  arn: string;
  zones: string[];
  subnets?: string;
  maxSize: number;
  created: string;
  launchConfigurationName?: string;
  launchTemplate?: LaunchTemplate;
  mixedInstances?: MixedInstances;
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

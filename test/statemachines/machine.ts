// The machine's definition and every Task in it, for tests.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../source-files.ts';

type Json = Record<string, unknown>;
export type TaskState = Json & {
  Type: 'Task';
  Resource: string;
  Parameters: { FunctionName: string; Payload?: Json };
  Retry: { ErrorEquals: string[]; MaxAttempts: number; BackoffRate: number; IntervalSeconds: number }[];
  TimeoutSeconds?: number;
  HeartbeatSeconds?: number;
};

export const definitionText = readFileSync(join(repository, 'statemachines/build-image.asl.json'), 'utf8');
export const definition = JSON.parse(definitionText) as Json;

const names = new Set([...definitionText.matchAll(/\$\{(\w+)\}/g)].map((match) => match[1]!));

/** What deployment puts in for `${Name}`: the functions as `Name`, so that tests know who is called. */
export const substitutions = Object.fromEntries([...names].map((name) => [name, name]));

export const substituted = (): Json =>
  JSON.parse(definitionText.replace(/\$\{(\w+)\}/g, (_, name: string) => substitutions[name]!));

/** Every Task by its state's name, however deep in branches and processors. */
export function tasks(machine: Json = definition): Record<string, TaskState> {
  const found: Record<string, TaskState> = {};
  for (const [name, state] of Object.entries(machine.States as Record<string, Json>)) {
    if (state.Type === 'Task') found[name] = state as TaskState;
    for (const branch of (state.Branches as Json[] | undefined) ?? []) Object.assign(found, tasks(branch));
    if (state.ItemProcessor) Object.assign(found, tasks(state.ItemProcessor as Json));
  }
  return found;
}

export const waits = (task: TaskState) => task.Resource.endsWith('.waitForTaskToken');

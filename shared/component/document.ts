// A component document as the language defines it, every part with its place in the text.
import type { ActionCall } from './actions/action.ts';
import type { Position } from './diagnostic.ts';
import type { Given } from './given.ts';
import type { Loop } from './loop.ts';
import type { StepCondition } from './step-condition.ts';

export type OnFailure = 'Abort' | 'Continue' | 'Ignore';

export type Parameter = { name: string; default?: string; description?: string; at: Position };

export type Constant = { name: string; value: string; at: Position };

export type Step = {
  name: string;
  action: string;
  /** Of one attempt; -1 means without limit. */
  timeoutSeconds: number;
  onFailure: OnFailure;
  /** All attempts, the first included. */
  maxAttempts: number;
  /** Its output is kept out of the log. */
  hidden: boolean;
  call: ActionCall;
  inputs?: Given;
  loop?: Loop;
  condition?: StepCondition;
  at: Position;
};

export type Phase = { name: string; steps: Step[]; hidden: boolean; at: Position };

export type ComponentDocument = {
  name?: string;
  description?: string;
  schemaVersion: '1.0';
  hidden: boolean;
  parameters: Parameter[];
  constants: Constant[];
  phases: Phase[];
};

/** Where a phase runs: build and validate on the builder in one run, every other phase in a run of its own. */
export function stageOf(phase: string): string {
  return phase === 'validate' ? 'build' : phase;
}

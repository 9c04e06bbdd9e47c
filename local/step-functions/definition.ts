// The shape of a state machine definition once `loadDefinition` has accepted it: Amazon States Language, JSONPath, the part we run.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export type Retrier = {
  ErrorEquals: string[];
  IntervalSeconds?: number;
  BackoffRate?: number;
  MaxAttempts?: number;
  MaxDelaySeconds?: number;
  JitterStrategy?: 'FULL' | 'NONE';
};

export type Catcher = { ErrorEquals: string[]; ResultPath?: string | null; Next: string };

export type States = { StartAt: string; States: Record<string, State> };

export type Machine = States & { TimeoutSeconds?: number };

type Transition = { Next?: string; End?: true };
type InputOutput = { InputPath?: string | null; OutputPath?: string | null };
type Result = { ResultSelector?: Json; ResultPath?: string | null };
type Recovery = { Retry?: Retrier[]; Catch?: Catcher[] };

export type TaskState = Transition &
  InputOutput &
  Result &
  Recovery & {
    Type: 'Task';
    Resource: string;
    Parameters: { [key: string]: Json };
    TimeoutSeconds?: number;
    TimeoutSecondsPath?: string;
    HeartbeatSeconds?: number;
    HeartbeatSecondsPath?: string;
  };

export type ParallelState = Transition &
  InputOutput &
  Result &
  Recovery & { Type: 'Parallel'; Branches: States[]; Parameters?: Json };

export type MapState = Transition &
  InputOutput &
  Result &
  Recovery & {
    Type: 'Map';
    ItemProcessor: States;
    ItemsPath?: string;
    ItemSelector?: Json;
    MaxConcurrency?: number;
  };

export type PassState = Transition &
  InputOutput & { Type: 'Pass'; Parameters?: Json; Result?: Json; ResultPath?: string | null };

export type WaitState = Transition &
  InputOutput & {
    Type: 'Wait';
    Seconds?: number;
    SecondsPath?: string;
    Timestamp?: string;
    TimestampPath?: string;
  };

/** A comparison has `Variable` and one operator; `And`, `Or` and `Not` hold further conditions. */
export type Condition = { [operator: string]: Json };

export type ChoiceState = InputOutput & {
  Type: 'Choice';
  Choices: (Condition & { Next: string })[];
  Default?: string;
};

export type SucceedState = InputOutput & { Type: 'Succeed' };

export type FailState = { Type: 'Fail'; Error?: string; ErrorPath?: string; Cause?: string; CausePath?: string };

export type State =
  | TaskState
  | ParallelState
  | MapState
  | PassState
  | WaitState
  | ChoiceState
  | SucceedState
  | FailState;

/** The functions of a machine, each once, in the order of the definition. */
export function functionsOf({ States }: States): string[] {
  const names = Object.values(States).flatMap((state) => {
    if (state.Type === 'Task') return [String(state.Parameters.FunctionName)];
    if (state.Type === 'Parallel') return state.Branches.flatMap(functionsOf);
    return state.Type === 'Map' ? functionsOf(state.ItemProcessor) : [];
  });
  return [...new Set(names)];
}

// What the emitter turns into a script: steps with their own bash files, of a component document or of this product itself.
import type { OnFailure } from './document.ts';
import type { Verdict } from './step-condition.ts';

/** What is known only when the script runs. */
export type RunTimeValue =
  /** An output of an earlier step, by its index. */
  | { outputOf: number; variable: string }
  | { loop: 'index' | 'value' }
  /** A parameter of a nested document, by its place among those that are known only now. */
  | { argument: number }
  /** A value of Parameter Store, by its name. */
  | { secret: string }
  | { secretNamedBy: RunTimeValue };

/** A piece of a step's bash file: text known now, or a value known later; a quoted one stands between single quotes of the text around it. */
export type Part = { literal: string } | { value: RunTimeValue; quoted?: true };

export type ProgramLoop = { name?: string } & (
  | { start: number; end: number; updateBy: number }
  | { items: Part[][] }
  | { list: Part[]; delimiter: string }
);

/** Another document that a step runs: which steps of the program are its own. */
export type ProgramDocument = {
  name: string;
  description?: string;
  first: number;
  count: number;
  arguments: Part[][];
};

export type ProgramStep = {
  phase: string;
  name: string;
  action: string;
  timeoutSeconds: number;
  onFailure: OnFailure;
  maxAttempts: number;
  /** The names of what the step leaves for later steps: `stdout`, and files in $IMAGE_BUILDER_OUTPUTS. */
  outputs?: string[];
  script: Part[];
  /** Its output is kept out of the log. */
  hidden?: boolean;
  /** Judged once before the first attempt: a bash file whose exit code is 0 for true and 1 for false. */
  condition?: { file: Part[]; whenTrue: Verdict; whenFalse: Verdict };
  loop?: ProgramLoop;
  /** After success the machine reboots, and the run goes on with the next step. */
  thenReboot?: boolean;
  /** Run instead of `script`. */
  document?: ProgramDocument;
  /** JSON, for the detailed output. */
  inputs?: string;
};

export type Program = {
  /** Stands in messages: the component's name. */
  name: string;
  description?: string;
  /** Those of the program itself, and behind them those of nested documents. */
  steps: ProgramStep[];
  /** How many of `steps` are the program's own; all when absent. */
  ownSteps?: number;
  /** Absolute; made when it is not there. */
  workingDirectory: string;
  /** The same key is the same run: a second copy of the script returns the first one's result. */
  runKey: string;
  /** Steps find in $IMAGE_BUILDER_NOTES a file whose lines become the result's notes. */
  notesFromSteps?: boolean;
  /** After success the whole state directory is removed, those of other runs included. */
  removeState?: boolean;
  /** `file`: detailedoutput.json is written in the state directory; `print`: its last line on stdout holds it too. */
  detailedOutput?: 'file' | 'print';
  host?: Host;
};

/** Places on the machine that runs the script. */
export type Host = {
  /** Where runs keep their state. */
  stateDirectory: string;
  /** A file whose content is another after each boot. */
  bootRecord: string;
};

export const instanceHost: Host = {
  stateDirectory: '/var/lib/image-builder',
  bootRecord: '/proc/sys/kernel/random/boot_id',
};

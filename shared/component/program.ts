// What the emitter turns into a script: steps with their own bash files, of a component document or of this product itself.
import type { OnFailure } from './document.ts';

/** A piece of a step's bash file: text known now, or the stdout of an earlier step (by its index), known when it has run. */
export type Part = { literal: string } | { outputOf: number };

export type ProgramStep = {
  phase: string;
  name: string;
  action: string;
  timeoutSeconds: number;
  onFailure: OnFailure;
  maxAttempts: number;
  script: Part[];
};

export type Program = {
  /** Stands in messages: the component's name. */
  name: string;
  steps: ProgramStep[];
  /** Absolute; made when it is not there. */
  workingDirectory: string;
  /** The same key is the same run: a second copy of the script returns the first one's result. */
  runKey: string;
  /** Steps find in $IMAGE_BUILDER_NOTES a file whose lines become the result's notes. */
  notesFromSteps?: boolean;
  /** After success the whole state directory is removed, those of other runs included. */
  removeState?: boolean;
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

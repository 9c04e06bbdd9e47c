// What every operation of Systems Manager is given.
import type { Cloud } from '../cloud.ts';
import type { Instances } from '../ec2/instances.ts';
import type { Command } from './command.ts';
import type { ParameterStore } from './parameter-store.ts';

export type SystemsManager = {
  cloud: Cloud;
  instances: Instances;
  /** By command id, oldest first; a restart forgets them, as it ends the instances that ran them. */
  commands: Map<string, Command>;
  parameters: ParameterStore;
  /** Goes on after the answer, until `stop` aborts the signal. */
  background(work: (signal: AbortSignal) => Promise<void>): void;
};

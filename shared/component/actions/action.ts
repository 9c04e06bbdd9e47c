// What an action module is to the compiler.
import type { LocatedText, Nodes, Value } from '../node.ts';
import type { Part } from '../program.ts';

export type Platform = 'Linux' | 'Windows' | 'macOS';

/** A step's inputs, read: the texts that may hold references, and the bash file that does the work once they are resolved. */
export type ActionCall = {
  texts: LocatedText[];
  /** The script of the step; `resolve` replaces the references of a text. */
  emit(resolve: (text: LocatedText) => Part[]): Part[];
};

/** A module of the language. One without `read` exists, but this compiler cannot run it. */
export type ActionModule = {
  name: string;
  platforms: Platform[];
  outputs: string[];
  /** Reads the inputs; undefined after a report. `at` is the step, for what is missing altogether. */
  read?(inputs: Value | undefined, nodes: Nodes, at: Value): ActionCall | undefined;
};

// What an action module is to the compiler.
import type { Report } from '../diagnostic.ts';
import type { LocatedText, Nodes, Value } from '../node.ts';
import type { Part } from '../program.ts';

export type Platform = 'Linux' | 'Windows' | 'macOS';

/** A text with its references resolved, as pieces of a bash file. */
export type Resolve = (text: LocatedText) => Part[];

/** A step's inputs, read. */
export type ActionCall = {
  /**
   * The bash file of the step. `resolve` puts the values of references into the text as they are, so that bash reads them as its own (the language says so of
   * ExecuteBash, and of nothing else); `quoted` makes of a text one word of bash that means it, whatever is in it and in the values of its references.
   * The file runs in the working directory, with stdin empty. Exit code 0 is success, 194 a reboot after which the step starts anew, all others a failure.
   * It leaves each output, but for `stdout`, as a file `"$IMAGE_BUILDER_OUTPUTS/<name>"`. `report` is for what only the values show.
   */
  emit(resolve: Resolve, quoted: Resolve, report: Report): Part[];
  /** Reboot: when the file has ended with success the machine reboots, and the run goes on with the next step. */
  thenReboot?: true;
  /** ExecuteDocument: the driver runs this instead of a file. */
  document?: DocumentCall;
};

/** Another document to run as a step. */
export type DocumentCall = {
  document: LocatedText;
  /** A comma list; all phases when absent. */
  phases?: LocatedText;
  parameters: { name: LocatedText; value: LocatedText }[];
};

/** A module of the language. One without `read` exists, but this compiler cannot run it. */
export type ActionModule = {
  name: string;
  platforms: Platform[];
  outputs: string[];
  /** Reads the inputs; undefined after a report. `at` is the step, for what is missing altogether. */
  read?(inputs: Value | undefined, nodes: Nodes, at: Value): ActionCall | undefined;
};

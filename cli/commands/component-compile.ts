// `component compile`: prints the script that a component document becomes.
import { sentScript } from '../../shared/component/sent-script.ts';
import { compileFile, readComponentFile } from '../component/document-file.ts';
import { processOutput, writeFile } from '../output.ts';
import { printable } from '../terminal-text.ts';

export type CompileOptions = {
  phases?: string[];
  parameters: Record<string, string>;
  workingDirectory?: string;
  runKey: string;
  /** As Run Command gets it. */
  sent?: boolean;
};

/** Warnings go to stderr; a document without a step in the asked phases has no script. */
export async function compileComponent(path: string, { sent, ...wanted }: CompileOptions): Promise<number> {
  const { warn } = processOutput('json');
  const { script, warnings } = compileFile(await readComponentFile(path), wanted);
  warnings.forEach(warn);
  if (script === undefined) warn(`${printable(path)} has no step in the asked phases: there is no script.`);
  else writeFile(sent ? sentScript(script) : script);
  return 0;
}

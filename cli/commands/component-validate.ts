// `component validate`: says everything that is wrong with component documents, each thing at its place.

import { CommandError } from '../command-error.ts';
import { diagnose, readComponentFile } from '../component/document-file.ts';
import { type Finding, finding, findingLines, isError } from '../component/finding.ts';
import { type Output, processOutput } from '../output.ts';
import { printable } from '../terminal-text.ts';

export type ValidateOptions = { output: 'text' | 'json' };

/** Exit code 0 when no document has an error, else 2. JSON: one `{file, diagnostics}` a line, a line for each file. */
export async function validateComponents(paths: string[], options: ValidateOptions): Promise<number> {
  const output = processOutput(options.output);
  let invalid = 0;
  for (const path of paths) {
    const sound = await validate(path, options, output);
    if (!sound) invalid += 1;
  }
  if (options.output === 'text' && paths.length > 1)
    output.out(`${paths.length} documents: ${paths.length - invalid} valid, ${invalid} invalid`);
  return invalid > 0 ? 2 : 0;
}

async function validate(path: string, options: ValidateOptions, { out, json, warn }: Output): Promise<boolean> {
  const file = await readComponentFile(path).catch((error: unknown) => {
    if (error instanceof CommandError) return error;
    throw error;
  });
  if (file instanceof CommandError) {
    const unreadable: Finding = {
      code: 'unreadable-file',
      severity: 'error',
      message: file.message,
      line: 1,
      column: 1,
    };
    if (options.output === 'json') json({ file: path, diagnostics: [unreadable] }, 0);
    else warn(printable(file.message));
    return false;
  }
  const diagnostics = diagnose(file);
  const errors = diagnostics.filter(isError).length;
  if (options.output === 'json') {
    json({ file: path, diagnostics: diagnostics.map((one) => finding(file.text, one)) }, 0);
  } else {
    for (const diagnostic of diagnostics) findingLines(path, file.text, diagnostic).forEach(out);
    out(`${printable(path)}: ${verdict(errors, diagnostics.length - errors)}`);
  }
  return errors === 0;
}

function verdict(errors: number, warnings: number): string {
  const counted = (count: number, noun: string) => (count === 0 ? [] : [`${count} ${noun}${count === 1 ? '' : 's'}`]);
  const found = [...counted(errors, 'error'), ...counted(warnings, 'warning')].join(', ');
  return `${errors > 0 ? 'invalid' : 'valid'}${found ? `: ${found}` : ''}`;
}

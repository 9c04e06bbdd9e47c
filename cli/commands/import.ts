// `import`: the Image Builder resources of a CloudFormation template become files, and what does not is listed.
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { CommandError } from '../command-error.ts';
import { convert } from '../import/convert.ts';
import { readTemplate } from '../import/template.ts';
import { processOutput } from '../output.ts';
import { readBounded } from '../pipeline/bounded-file.ts';
import { readFailure } from '../pipeline/read-failure.ts';
import { invalid } from '../pipeline/registration.ts';

export type ImportOptions = { out: string; parameter: Record<string, string>; output: 'text' | 'json' };

/** Exit code 1 when something was left out. */
export async function importTemplate(path: string, options: ImportOptions): Promise<number> {
  const output = processOutput(options.output);
  const bytes = await readBounded(path).catch((error: unknown) => {
    throw new CommandError(`Cannot read the template ${path}: ${readFailure(error)}`, { exitCode: 2 });
  });
  const { template, problems } = readTemplate(bytes.toString('utf8'), path);
  if (!template) throw invalid(problems);
  const { files, findings } = convert(template, options.parameter);
  await assertEmpty(options.out);
  for (const [name, content] of files) {
    const file = join(options.out, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, stringify(content, { lineWidth: 0, blockQuote: 'literal', aliasDuplicateObjects: false }));
  }
  const written = [...files.keys()].map((name) => join(options.out, name));
  if (options.output === 'json') output.json({ files: written, findings, others: template.others });
  else {
    for (const file of written) output.out(file);
    if (findings.length > 0) output.out('');
    for (const { resource, property, kind, why, line } of findings)
      output.out(`${path}:${line}: ${kind}: ${resource}${property ? `.${property}` : ''}: ${why}`);
    const others =
      template.others > 0 ? ` Resources of other services that were not looked at: ${template.others}.` : '';
    output.out(
      `\nFiles: ${written.length}, notes: ${findings.length}.${others} Next: ./image-builder apply ${options.out} --dry-run`,
    );
  }
  return findings.some(({ kind }) => kind === 'left out') ? 1 : 0;
}

async function assertEmpty(folder: string): Promise<void> {
  const found = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new CommandError(`Cannot write to ${folder}: ${readFailure(error)}`, { exitCode: 2 });
  });
  if (found.length > 0)
    throw new CommandError(`The folder ${folder} is not empty: name another with --out.`, { exitCode: 2 });
}

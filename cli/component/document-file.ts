// Component documents in files: read, and checked or compiled with everything wrong with them told at its place.
import { dirname, resolve } from 'node:path';
import { checkDocument } from '../../shared/component/check-document.ts';
import { compileDocument, type Target } from '../../shared/component/compile.ts';
import type { Diagnostic } from '../../shared/component/diagnostic.ts';
import { componentNameOf } from '../../shared/model/names.ts';
import { CommandError } from '../command-error.ts';
import { readBounded, readBoundedSync } from '../pipeline/bounded-file.ts';
import { fileText } from '../pipeline/file-text.ts';
import { readFailure } from '../pipeline/read-failure.ts';
import { findingLines, isError } from './finding.ts';

export type ComponentFile = { path: string; text: string };

/** Throws a CommandError with exit code 2 when there is nothing to read. */
export async function readComponentFile(path: string): Promise<ComponentFile> {
  try {
    return { path, text: fileText(await readBounded(path)) };
  } catch (error) {
    throw new CommandError(`Cannot read the component document ${path}: ${readFailure(error)}`, {
      exitCode: 2,
      cause: error,
    });
  }
}

const stages = [['build', 'validate'], ['test']];

/** Everything that is wrong with a document whatever its parameters, a script too large for Run Command included. */
export function diagnose({ path, text }: ComponentFile): Diagnostic[] {
  const { document, diagnostics } = checkDocument(text);
  if (!document) return diagnostics;
  const parameters = Object.fromEntries(document.parameters.map(({ name, default: preset = '' }) => [name, preset]));
  const tooLarge = stages
    .flatMap(
      (phases) => compileDocument(text, { name: componentName(path), phases, parameters, runKey: '' }).diagnostics,
    )
    .filter(({ code }) => code === 'script-too-large');
  return [...diagnostics, ...tooLarge.slice(0, 1)];
}

export type Wanted = {
  /** All that the document has when left out, as the agent's own command line does. */
  phases?: string[];
  parameters: Record<string, string>;
  workingDirectory?: string;
  runKey: string;
};

export type Compiled = {
  /** Absent when the phases have no step. */
  script?: string;
  name: string;
  phases: string[];
  warnings: string[];
};

/** Throws a CommandError with exit code 2 that lists everything in the way. */
export function compileFile({ path, text }: ComponentFile, wanted: Wanted): Compiled {
  const { document } = checkDocument(text);
  const { phases = document?.phases.map((phase) => phase.name) ?? [] } = wanted;
  const missing = phases.filter((phase) => document && !document.phases.some((one) => one.name === phase));
  const name = componentName(path);
  const target: Target = { ...wanted, name, phases, documents: documentsBeside(path) };
  const { script, diagnostics } = compileDocument(text, target);
  const told = (diagnostic: Diagnostic) => linesOf(path, text, diagnostic).join('\n');
  const errors = diagnostics.filter(isError);
  if (errors.length > 0) {
    const count = errors.length === 1 ? '1 problem' : `${errors.length} problems`;
    throw new CommandError([...diagnostics.map(told), `${count}; nothing was started.`].join('\n'), { exitCode: 2 });
  }
  const skipped = missing.map((phase) => `warning: ${path} has no phase ${phase}: nothing of it is run.`);
  return { ...(script !== undefined && { script }), name, phases, warnings: [...diagnostics.map(told), ...skipped] };
}

/** The documents of ExecuteDocument steps: files, relative paths beside the outermost document. What lies in S3 or in Image Builder cannot be had. */
function documentsBeside(path: string): NonNullable<Target['documents']> {
  return (reference) => {
    if (/^(?:s3:|arn:)/.test(reference)) return undefined;
    try {
      return { name: reference, text: fileText(readBoundedSync(resolve(dirname(path), reference))) };
    } catch {
      return undefined;
    }
  };
}

/** What is wrong with the values given has no place in the text. */
function linesOf(path: string, text: string, diagnostic: Diagnostic): string[] {
  const [first, name] = diagnostic.path;
  if (diagnostic.code !== 'undeclared-parameter' || first !== 'parameters') return findingLines(path, text, diagnostic);
  return [`--parameters ${String(name)}=…: ${diagnostic.severity}: ${diagnostic.message} [${diagnostic.code}]`];
}

function componentName(path: string): string {
  return componentNameOf(path) || 'component';
}

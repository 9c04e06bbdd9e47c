// The scripts of a build, stage by stage: our own steps around the components of the recipe.
import { compileDocument } from '../component/compile.ts';
import { sentLimit, sentScript } from '../component/sent-script.ts';
import { filesScript, filesSeconds } from '../instance/files.ts';
import { inventoryScript, inventorySeconds } from '../instance/inventory.ts';
import { readyScript, readySeconds } from '../instance/ready.ts';
import { sanitiseScript, sanitiseSeconds } from '../instance/sanitise.ts';
import type { Pipeline } from '../model/pipeline-schema.ts';
import type { PutResourcesInput } from '../model/put-resources.ts';
import { inventoryLabel } from '../software/inventory-output.ts';
import type { PlannedCommand, Stage } from './plan.ts';

/** A file of the user with its content, as it was registered with the pipeline. */
export type ShippedFile = PutResourcesInput['files'][number];

export type CompiledStages = {
  commands: Record<Stage, PlannedCommand[]>;
  scripts: Record<Stage, string[]>;
  /** Why documents do not compile, one sentence each; empty when all is well. */
  problems: string[];
  /** What ExecuteDocument steps refer to and `nested` does not hold. */
  missing: string[];
};

/** A component document by the name it is registered under. */
export type Document = { name: string; data: string };

const phasesOf: Record<Stage, string[]> = { build: ['build', 'validate'], test: ['test'] };

/**
 * Build: wait until the instance is ready, put the files in place, the build and validate phases of each component,
 * software inventory, sanitise. Test: wait until ready, then the test phases. Every script has a run key of its own.
 */
export function compileStages(
  image: string,
  { imageRecipe }: Pipeline,
  documents: Document[],
  files: ShippedFile[],
  nested: ReadonlyMap<string, Document> = new Map(),
): CompiledStages {
  const compiled: CompiledStages = {
    commands: { build: [], test: [] },
    scripts: { build: [], test: [] },
    problems: [],
    missing: [],
  };
  const nestedDocument = (reference: string) => {
    const found = nested.get(reference);
    if (!found) compiled.missing.push(reference);
    return found && { name: found.name, text: found.data };
  };
  const runKey = (stage: Stage) => `${image}#${stage}#${compiled.scripts[stage].length}`;
  const add = (stage: Stage, command: PlannedCommand, script: string) => {
    compiled.commands[stage].push(command);
    compiled.scripts[stage].push(script);
  };
  // A document's own problems are found in every stage.
  const problem = (text: string) => {
    if (!compiled.problems.includes(text)) compiled.problems.push(text);
  };
  const addComponents = (stage: Stage) => {
    for (const [index, { name, data }] of documents.entries()) {
      const { component, parameters } = imageRecipe.components[index]!;
      const { workingDirectory } = imageRecipe;
      const { script, diagnostics, seconds } = compileDocument(data, {
        ...{ name, parameters, workingDirectory },
        phases: phasesOf[stage],
        runKey: runKey(stage),
        documents: nestedDocument,
      });
      const errors = diagnostics.filter(({ severity }) => severity === 'error');
      for (const { code, message } of errors) problem(`Component ${component}: ${code}: ${message}`);
      if (script) add(stage, { label: name, component, ...(seconds !== undefined && { seconds }) }, script);
    }
  };
  add('build', { label: 'wait until ready', seconds: readySeconds }, readyScript({ runKey: runKey('build') }));
  if (files.length > 0) {
    const script = filesScript({ runKey: runKey('build'), files });
    const size = sentScript(script).length;
    if (size > sentLimit)
      problem(
        `The files of the recipe have ${size} bytes as sent to the instance; ${sentLimit} are possible. Fetch large files with S3Download.`,
      );
    add('build', { label: 'files', seconds: filesSeconds }, script);
  }
  addComponents('build');
  add('build', { label: inventoryLabel, seconds: inventorySeconds, collects: 'inventory' }, inventoryScript());
  add(
    'build',
    { label: 'sanitise', seconds: sanitiseSeconds },
    sanitiseScript({
      runKey: runKey('build'),
      skip: imageRecipe.sanitise.skip,
      workingDirectory: imageRecipe.workingDirectory,
    }),
  );
  add('test', { label: 'wait until ready', seconds: readySeconds }, readyScript({ runKey: runKey('test') }));
  addComponents('test');
  return compiled;
}

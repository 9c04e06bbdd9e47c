// `component run --local`: runs a component document in a throw-away instance of the local cloud.
import { randomUUID } from 'node:crypto';
import { CommandError } from '../command-error.ts';
import { compileFile, readComponentFile } from '../component/document-file.ts';
import { type Ran, runOnce } from '../component/run-once.ts';
import { runReport } from '../component/run-report.ts';
import { watchInterruptions } from '../interruption.ts';
import { type Output, processOutput } from '../output.ts';
import { type StackOptions, withLocalCloud } from '../session.ts';
import { printable } from '../terminal-text.ts';

export type RunOptions = Pick<StackOptions, 'local' | 'stateDir'> & {
  phases?: string[];
  parameters: Record<string, string>;
  workingDirectory?: string;
  parentImage: string;
  keepImage?: boolean;
  output: 'text' | 'json';
};

/** Exit code 0 when the component succeeds, 1 when it fails, 2 when it cannot be run. */
export async function runComponent(path: string, options: RunOptions): Promise<number> {
  if (!options.local) {
    const message =
      'component run needs --local: a component only ever runs in an instance, never on your own system, and the instance of a single run is one of the local cloud.';
    throw new CommandError(message, { exitCode: 2 });
  }
  const output = processOutput(options.output);
  const runId = randomUUID();
  const { script, name, phases, warnings } = compileFile(await readComponentFile(path), { ...options, runKey: runId });
  warnings.forEach(output.warn);
  if (script === undefined) {
    const message = `${path} has no step in the phases ${phases.join(', ')}: there is nothing to run.`;
    throw new CommandError(printable(message), { exitCode: 2 });
  }
  const stop = new AbortController();
  const interruption = watchInterruptions(process, {
    cancel() {
      output.say('Ending the instance; Ctrl-C again leaves at once.');
      stop.abort(new CommandError('Interrupted: the component did not run to its end.'));
    },
    leave() {
      output.warn('Left before the instance had ended; `./image-builder resources --local` shows what is there.');
      process.exit(1);
    },
  });
  try {
    const { signal } = stop;
    const { parentImage, keepImage = false } = options;
    const request = { script, name, runId, parentImage, keepImage, detailed: options.output === 'json', signal };
    const ran = await withLocalCloud(options, { say: output.say, signal }, (connection) =>
      runOnce(connection, request, output.say),
    );
    report(name, ran, output);
    return ran.result.status === 'success' ? 0 : 1;
  } finally {
    interruption.dispose();
  }
}

function report(name: string, { result, detailedOutput, imageId }: Ran, output: Output): void {
  if (detailedOutput !== undefined) {
    output.json({ ...detailedOutput, ...(imageId && { imageId }) });
    return;
  }
  runReport(name, result).forEach(output.out);
  if (imageId) output.out(`AMI ${imageId}`);
}

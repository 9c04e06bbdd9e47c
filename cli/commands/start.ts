// `start`: starts a build of a registered pipeline, and follows it if asked to.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { StartBuildInput, StartBuildOutput } from '../../shared/model/start-build.ts';
import type { Stack } from '../aws/stack.ts';
import { CommandError } from '../command-error.ts';
import { watchInterruptions } from '../interruption.ts';
import { processOutput } from '../output.ts';
import { pipelineName } from '../pipeline/name.ts';
import { display } from '../progress/display.ts';
import { follow } from '../progress/follow.ts';
import { imageJson } from '../report/image-json.ts';
import { imageReport } from '../report/image-report.ts';
import { imageCommand, type StackOptions, withStack } from '../session.ts';
import { printable } from '../terminal-text.ts';

export type StartOptions = StackOptions & {
  wait?: boolean;
  clientToken?: string;
  reason?: string;
  verbose?: boolean;
  output: 'text' | 'json';
};

export async function start(reference: string, options: StartOptions): Promise<number> {
  const output = processOutput(options.output);
  const input: StartBuildInput = {
    imagePipelineName: pipelineName(reference),
    // With a token of its own the same request can be asked about again while it waits.
    clientToken: options.clientToken ?? randomUUID(),
    ...(options.reason && { reasons: [options.reason] }),
  };
  const stop = new AbortController();
  const left = 'Left while the build goes on; `./image-builder images list` tells how it stands.';
  const interruption = watchInterruptions(process, {
    cancel: () => stop.abort(new CommandError(left)),
    leave: () => process.exit(1),
  });
  try {
    return await withStack(options, { say: output.say, signal: stop.signal }, async ({ stack }) => {
      const answer = await stack.startBuild(input);
      output.say(told(answer));
      if (!options.wait || answer.outcome === 'skipped' || answer.outcome === 'refused') {
        if (options.output === 'json') output.json(answer);
        return answer.outcome === 'skipped' || answer.outcome === 'refused' ? 1 : 0;
      }
      const every = options.local ? 300 : 2000;
      const arn = await begun(stack, input, answer, 5 * every, stop.signal);
      if (arn !== answer.imageBuildVersionArn) output.say(`image ${arn}`);
      const shown = display(output, { verbose: options.verbose === true });
      const image = await follow(stack, arn, shown, {
        every,
        show: imageCommand('images show', arn, options),
        logs: options.verbose === true || output.live !== undefined,
        signal: stop.signal,
      }).finally(() => shown.pause());
      if (options.output === 'json') output.json(imageJson(image));
      else {
        output.out('');
        const report = { logsCommand: imageCommand('logs', image.arn, options), now: Date.now() };
        imageReport(image, report).forEach(output.out);
      }
      return image.state.status === 'AVAILABLE' ? 0 : 1;
    });
  } finally {
    interruption.dispose();
  }
}

function told({ outcome, imageBuildVersionArn, reason }: StartBuildOutput): string {
  const why = reason ? `: ${printable(reason)}` : '';
  return imageBuildVersionArn ? `image ${imageBuildVersionArn}` : `${outcome}${why}`;
}

/** Asks again, with the same token, until the request that waits has its build. */
async function begun(
  stack: Stack,
  input: StartBuildInput,
  first: StartBuildOutput,
  every: number,
  signal: AbortSignal,
): Promise<string> {
  for (let answer = first; ; answer = await stack.startBuild(input)) {
    if (answer.imageBuildVersionArn) return answer.imageBuildVersionArn;
    await pause(every, undefined, { signal });
  }
}

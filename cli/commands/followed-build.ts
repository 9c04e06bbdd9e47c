// A build from its start to its end on the screen: what `build`, `retry` and `distribute` have in common.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { ImageRecord } from '../../shared/model/image-record.ts';
import type { StartBuildInput } from '../../shared/model/start-build.ts';
import type { Stack } from '../aws/stack.ts';
import { CommandError } from '../command-error.ts';
import { watchInterruptions } from '../interruption.ts';
import { type Output, processOutput } from '../output.ts';
import { type Display, display } from '../progress/display.ts';
import { follow } from '../progress/follow.ts';
import { confirm } from '../question.ts';
import { imageJson } from '../report/image-json.ts';
import { imageReport } from '../report/image-report.ts';
import { imageCommand, type StackOptions, withStack } from '../session.ts';

export type FollowedOptions = StackOptions & { output: 'text' | 'json'; verbose?: boolean };

type Running = { stack: Stack; arn: string; executionArn: string };

/** What start-build is called with: found out, or made, with the stack. It gets a client token of its own. */
export type Asked = (stack: Stack, output: Output) => Promise<Omit<StartBuildInput, 'clientToken'>>;

/** Exit code 0 for AVAILABLE, 1 for any other end. */
export async function followedBuild(options: FollowedOptions, asked: Asked): Promise<number> {
  const output = processOutput(options.output);
  const shown = display(output, { verbose: options.verbose === true });
  const stop = new AbortController();
  let started: Promise<Running> | undefined;
  let running: Running | undefined;
  const interruption = watchInterruptions(process, {
    ...(output.live && { ask: (signal) => (running ? ask(shown, signal) : Promise.resolve(true)) }),
    cancel() {
      if (!started) return stop.abort(new CommandError('Interrupted: no build was started.'));
      shown.say('Cancelling the build and waiting for its clean-up; Ctrl-C again leaves at once.');
      void started
        .then(({ stack, executionArn }) => stack.cancel(executionArn))
        .catch((error: unknown) => stop.abort(error));
    },
    leave() {
      // Once more, while the local cloud is being ended: it ends without us too.
      if (stop.signal.aborted) process.exit(1);
      stop.abort(new CommandError(leftMessage(running?.arn, options)));
    },
  });
  try {
    const image = await withStack(options, { say: output.say, signal: stop.signal }, async ({ stack }) => {
      const input = await asked(stack, output);
      if (stop.signal.aborted) throw stop.signal.reason;
      const every = options.local ? 300 : 2000;
      started = start(stack, input, { say: output.say, signal: stop.signal, every: 5 * every });
      running = await started;
      output.say(`image ${running.arn}`);
      return follow(stack, running.arn, shown, {
        every,
        show: imageCommand('images show', running.arn, options),
        logs: options.verbose === true || output.live !== undefined,
        signal: stop.signal,
      });
    });
    shown.pause();
    report(image, options, output);
    return image.state.status === 'AVAILABLE' ? 0 : 1;
  } finally {
    shown.pause();
    interruption.dispose();
  }
}

/** One build at a time: where another is under way it is waited for, since only then exactly this can be built. */
async function start(
  stack: Stack,
  input: Omit<StartBuildInput, 'clientToken'>,
  { say, signal, every }: { say(text: string): void; signal: AbortSignal; every: number },
): Promise<Running> {
  for (let told = ''; ; ) {
    const answer = await stack.startBuild({ ...input, clientToken: randomUUID() });
    const { imageBuildVersionArn: arn, executionArn, reason = '' } = answer;
    if (arn && executionArn) return { stack, arn, executionArn };
    if (answer.outcome !== 'refused') throw new CommandError(`No build was started: ${reason}`);
    if (reason !== told) say(`${reason}; this one starts after it`);
    told = reason;
    await pause(every, undefined, { signal });
  }
}

async function ask(shown: Display, signal: AbortSignal): Promise<boolean> {
  shown.pause();
  try {
    return await confirm('Cancel the build?', signal);
  } finally {
    if (!signal.aborted) shown.resume();
  }
}

function report(image: ImageRecord, options: FollowedOptions, output: Output): void {
  if (options.output === 'json') output.json(imageJson(image));
  else {
    output.out('');
    imageReport(image, { logsCommand: imageCommand('logs', image.arn, options), now: Date.now() }).forEach(output.out);
  }
}

function leftMessage(arn: string | undefined, options: FollowedOptions): string {
  if (!arn) return 'Left while the build was being started; `./image-builder images list` tells whether it was.';
  return `Left before the build had ended; \`${imageCommand('images show', arn, options)}\` tells how it stands.`;
}

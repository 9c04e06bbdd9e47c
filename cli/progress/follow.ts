// Watches a build until it ends: reads the record and the component logs again and again, and tells what came.
import { setTimeout as sleep } from 'node:timers/promises';
import { type ImageRecord, isUnderWay, type TimelineEntry } from '../../shared/model/image-record.ts';
import { awsError, isPassing } from '../aws/attempt.ts';
import type { Stack } from '../aws/stack.ts';
import { CommandError } from '../command-error.ts';
import { componentTail } from './component-tail.ts';
import { replay } from './replay.ts';
import type { Step } from './step.ts';

export type Watcher = {
  /** The record as it stands, and the step each running component is in, by key of the timeline. */
  seen(image: ImageRecord, steps: ReadonlyMap<string, Step>): void;
  /** Lines that a component wrote, as they are: not fit for a terminal. */
  wrote(entry: TimelineEntry, lines: string[]): void;
};

export type FollowOptions = {
  /** Milliseconds between two looks. */
  every: number;
  /** Whether to read the logs of components too. */
  logs: boolean;
  /** What a user types to see how the image stands. */
  show: string;
  /** Ends the watch with the signal's reason. */
  signal: AbortSignal;
};

const mostFailures = 20;

/** The image once it has ended. A look that fails for a passing reason is repeated, at most twenty times in a row. */
export async function follow(
  stack: Pick<Stack, 'readImage' | 'readLog'>,
  arn: string,
  watcher: Watcher,
  { every, logs, show, signal }: FollowOptions,
): Promise<ImageRecord> {
  const tail = componentTail(stack, watcher.wrote);
  let before: ImageRecord | undefined;
  for (let failures = 0; ; ) {
    signal.throwIfAborted();
    try {
      const image = await stack.readImage(arn);
      if (!image) throw new CommandError(`There is no record of the image ${arn}: the build cannot be followed.`);
      for (const moment of logs ? replay(before, image) : [image]) {
        watcher.seen(moment, tail.steps);
        if (logs) await tail.read(moment);
      }
      if (!isUnderWay(image.state.status)) return image;
      before = image;
      failures = 0;
    } catch (error) {
      if (!isPassing(error) || ++failures > mostFailures) throw lost(arn, show, error);
    }
    await sleep(every * Math.min(10, 1 + failures), undefined, { signal }).catch(() => undefined);
  }
}

function lost(arn: string, show: string, error: unknown): CommandError {
  const reason = error instanceof CommandError ? error : awsError(`follow the build of ${arn}`, error);
  return new CommandError(`${reason.message}\nThe build itself goes on; \`${show}\` tells how it stands.`, {
    cause: error,
  });
}

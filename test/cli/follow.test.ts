import { describe, expect, test } from 'vitest';
import { awsError } from '../../cli/aws/attempt.ts';
import type { LogPage } from '../../cli/aws/component-log.ts';
import { follow } from '../../cli/progress/follow.ts';
import { plainLines } from '../../cli/progress/plain.ts';
import type { ImageRecord } from '../../shared/model/image-record.ts';
import { at, command, entry, image, start } from './image.ts';

const never = new AbortController().signal;
const refused = awsError('read the image', Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));

/** A stack whose record is the next of `records` at each look; errors are thrown. */
function stackOf(records: (ImageRecord | Error | undefined)[], log: string[] = []) {
  let look = 0;
  return {
    async readImage() {
      const next = records[Math.min(look++, records.length - 1)];
      if (next instanceof Error) throw next;
      return next;
    },
    async readLog(_group: string, _stream: string, token?: string): Promise<LogPage> {
      const from = Number(token ?? 0);
      const lines = log.slice(from, from + 2);
      return { lines, token: String(from + lines.length) };
    },
  };
}

async function watch(stack: ReturnType<typeof stackOf>, logs = false, signal = never) {
  const lines: string[] = [];
  let last: ImageRecord | undefined;
  const watcher = {
    seen(next: ImageRecord) {
      lines.push(...plainLines(last, next, start + 9000));
      last = next;
    },
    wrote: (_: unknown, written: string[]) => void lines.push(...written.map((line) => `| ${line}`)),
  };
  const ended = await follow(stack, image().arn, watcher, { every: 1, logs, show: 'images show it --local', signal });
  return { ended, lines };
}

const component = (ended?: number) => ({
  'RunComponent#0': entry('RunComponent', 1, ended, { label: 'web', ...command }),
});
const done = image({ state: { status: 'AVAILABLE' }, dateEnded: at(9), timeline: component(3) });

describe('following a build', () => {
  test('ends with the image', async () => {
    const { ended, lines } = await watch(stackOf([image(), done]));
    expect(ended).toBe(done);
    expect(lines).toEqual([
      '  0:09  BUILDING',
      '  0:01  run component web',
      '  0:03  run component web done in 2.0s',
      '  0:09  AVAILABLE',
    ]);
  });

  test('shows the output of a component between its beginning and its end, page by page', async () => {
    const { lines } = await watch(stackOf([done], ['one', 'two', 'three']), true);
    expect(lines).toEqual([
      '  0:01  AVAILABLE',
      '  0:01  run component web',
      '| one',
      '| two',
      '| three',
      '  0:03  run component web done in 2.0s',
    ]);
  });

  test('knows the step a component is in', async () => {
    const running = image({ timeline: component() });
    const steps: unknown[] = [];
    const stack = stackOf([running, running, done], ['==> build/Install ExecuteBash (attempt 1 of 1)', 'output']);
    const watcher = {
      seen: (_: ImageRecord, now: ReadonlyMap<string, unknown>) => void steps.push([...now]),
      wrote: () => undefined,
    };
    await follow(stack, image().arn, watcher, { every: 1, logs: true, show: 'images show it --local', signal: never });
    expect(steps.at(-1)).toEqual([['RunComponent#0', { phase: 'build', name: 'Install', action: 'ExecuteBash' }]]);
  });

  test('goes on after a passing error', async () => {
    expect((await watch(stackOf([image(), refused, refused, done]))).ended).toBe(done);
  });

  test('gives up after many of them, and says that the build goes on', async () => {
    await expect(watch(stackOf([image(), refused]))).rejects.toThrow(
      /Could not read the image: Error: connect ECONNREFUSED[\s\S]*The build itself goes on; `images show it --local` tells how it stands/,
    );
  });

  test('gives up at once after any other error', async () => {
    const denied = awsError('read the image', Object.assign(new Error('no'), { name: 'AccessDeniedException' }));
    await expect(watch(stackOf([denied, done]))).rejects.toThrow('AccessDeniedException: no');
  });

  test('says when there is no record', async () => {
    await expect(watch(stackOf([undefined]))).rejects.toThrow('There is no record of the image arn:');
  });

  test('ends when it is told to', async () => {
    const stop = new AbortController();
    const watching = watch(stackOf([image()]), false, stop.signal);
    stop.abort(new Error('left'));
    await expect(watching).rejects.toThrow('left');
  });
});

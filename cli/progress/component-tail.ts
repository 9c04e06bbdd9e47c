// Reads on in the logs of the components that run, and keeps the step each of them is in.
import type { ImageRecord, TimelineEntry } from '../../shared/model/image-record.ts';
import { inventoryLabel } from '../../shared/software/inventory-output.ts';
import { streamName } from '../aws/component-log.ts';
import type { Stack } from '../aws/stack.ts';
import { inOrder } from './entry-name.ts';
import { type Step, stepBegun } from './step.ts';

export type ComponentTail = { steps: ReadonlyMap<string, Step>; read(image: ImageRecord): Promise<void> };

// The agent uploads what is left of the output shortly after the command has ended.
const looksAfterEnd = 3;

export function componentTail(
  stack: Pick<Stack, 'readLog'>,
  wrote: (entry: TimelineEntry, lines: string[]) => void,
): ComponentTail {
  const steps = new Map<string, Step>();
  const tokens = new Map<string, string>();
  const looksLeft = new Map<string, number>();
  return {
    steps,
    async read(image) {
      for (const [key, entry] of inOrder(image.timeline)) {
        const { commandId, instanceId, ended } = entry;
        // What the inventory's command prints is for a program, and long.
        if (!commandId || !instanceId || entry.label === inventoryLabel || looksLeft.get(key) === 0) continue;
        if (ended) looksLeft.set(key, (looksLeft.get(key) ?? looksAfterEnd) - 1);
        const stream = streamName(commandId, instanceId);
        for (;;) {
          const before = tokens.get(key);
          const { lines, token } = await stack.readLog(image.logGroupName, stream, before);
          if (lines.length > 0) wrote(entry, lines);
          for (const line of lines) {
            const step = stepBegun(line);
            if (step) steps.set(key, step);
          }
          if (token !== undefined) tokens.set(key, token);
          if (token === before || lines.length === 0) break;
        }
      }
    },
  };
}

// `logs`: what the components of an image wrote, one after the other.
import { inventoryLabel } from '../../shared/software/inventory-output.ts';
import { streamName } from '../aws/component-log.ts';
import { processOutput } from '../output.ts';
import { entryName, inOrder } from '../progress/entry-name.ts';
import { type StackOptions, withStack } from '../session.ts';
import { printable } from '../terminal-text.ts';
import { findImage } from './find-image.ts';

export async function showLogs(reference: string, options: StackOptions): Promise<number> {
  const output = processOutput('json');
  return withStack(options, output, async ({ stack }) => {
    const image = await findImage(stack, reference);
    let streams = 0;
    for (const [, entry] of inOrder(image.timeline)) {
      if (!entry.commandId || !entry.instanceId) continue;
      streams++;
      output.out(`### ${entryName(entry)} on ${entry.instanceId}`);
      if (entry.label === inventoryLabel) {
        output.out('(compressed: `./image-builder images inventory` shows it)');
        continue;
      }
      const stream = streamName(entry.commandId, entry.instanceId);
      for (let token: string | undefined; ; ) {
        const page = await stack.readLog(image.logGroupName, stream, token);
        for (const line of page.lines) output.out(printable(line));
        if (page.token === undefined || page.token === token) break;
        token = page.token;
      }
    }
    if (streams === 0) output.warn(`No component of ${image.arn} has run: ${image.state.status}.`);
    return 0;
  });
}

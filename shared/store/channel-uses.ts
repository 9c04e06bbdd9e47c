// Which images the channels of a name lead to, or are about to, as far as their retirement asks.
import type { Table } from '../aws/table.ts';
import type { ChannelUse } from '../build/lifecycle-use.ts';
import { channels } from './channels.ts';

/** Of one image name. A move that is not committed may still go either way: both images count. */
export const channelUses =
  (table: Table) =>
  async (name: string): Promise<ChannelUse[]> =>
    (await channels(table).of(name)).flatMap(({ state: { channel, image, pending } }) =>
      [...new Set([image, pending?.move.image, pending?.move.from])].flatMap((one) =>
        one === undefined ? [] : [{ channel, image: one }],
      ),
    );

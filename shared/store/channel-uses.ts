// Which images the channels of a name lead to, or are about to, as far as their retirement asks.
import type { Table } from '../aws/table.ts';
import type { ChannelUse } from '../build/lifecycle-use.ts';
import { normalisedName } from '../model/names.ts';

type State = { image?: string; pending?: { move: { image?: string; from?: string } } };

/** Of one image name. A move that is not committed may still go either way: both images count. */
export const channelUses =
  (table: Table) =>
  async (name: string): Promise<ChannelUse[]> =>
    (await table.query(`channel#${normalisedName(name)}`)).flatMap(({ sk, state }) => {
      const { image, pending } = (state ?? {}) as State;
      const images = [image, pending?.move.image, pending?.move.from].filter((one) => one !== undefined);
      return [...new Set(images)].map((one) => ({ channel: String(sk), image: one }));
    });

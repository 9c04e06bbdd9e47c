// Which images the channels of a name lead to, as far as their retirement asks.
import type { Table } from '../aws/table.ts';
import type { ChannelUse } from '../build/lifecycle-use.ts';
import { normalisedName } from '../model/names.ts';

/** Of one image name. */
export const channelUses =
  (table: Table) =>
  async (name: string): Promise<ChannelUse[]> =>
    (await table.query(`channel#${normalisedName(name)}`)).flatMap(({ sk, image }) =>
      typeof image === 'string' ? [{ channel: String(sk), image }] : [],
    );

// Keeps channels: one item each, written only by who read it as it stands.
import { isDeepStrictEqual } from 'node:util';
import type { Table } from '../aws/table.ts';
import { type Channel, channelKey, channelType } from '../model/channel.ts';

/** A channel with the number of its item's writes; 0 where there is no item yet. */
export type KeptChannel = { version: number; state: Channel };

export type Channels = {
  /** An empty one where there is none yet. */
  read(name: string, channel: string): Promise<KeptChannel>;
  /** Every channel of one image name. */
  of(name: string): Promise<KeptChannel[]>;
  all(): AsyncIterable<KeptChannel>;
  /** Replaces what `before` read; undefined where somebody else was first. `at` is ISO 8601. */
  write(before: KeptChannel, state: Channel, at: string): Promise<KeptChannel | undefined>;
};

const kept = (item: Record<string, unknown>): KeptChannel => ({
  version: item.version as number,
  state: item.state as Channel,
});

/** Without fields that are undefined, as the table gives it back. */
const plain = (state: Channel): Channel => JSON.parse(JSON.stringify(state));

export function channels(table: Table): Channels {
  const read: Channels['read'] = async (name, channel) => {
    const item = await table.get(channelKey(name, channel));
    return item ? kept(item) : { version: 0, state: { name, channel, amis: {}, history: [] } };
  };
  return {
    read,
    of: async (name) => (await table.query(channelKey(name, '').pk)).map(kept),
    async *all() {
      // The index may be late: what is decided upon is read again.
      for await (const item of table.byDate(channelType)) yield kept(item);
    },
    async write({ version, state: { name, channel } }, state, at) {
      const next = { version: version + 1, state: plain(state) };
      const written = await table.update(channelKey(name, channel), {
        set: '#state = :state, version = :next, #type = :type, dateCreated = if_not_exists(dateCreated, :at)',
        names: { '#state': 'state', '#type': 'type' },
        values: {
          ...{ ':state': next.state, ':next': next.version, ':type': channelType, ':at': at },
          ...(version > 0 && { ':version': version }),
        },
        when: version > 0 ? 'version = :version' : 'attribute_not_exists(pk)',
      });
      if (written) return next;
      // A write whose answer was lost is refused when it is tried again.
      const found = await read(name, channel);
      return isDeepStrictEqual(found, next) ? next : undefined;
    },
  };
}

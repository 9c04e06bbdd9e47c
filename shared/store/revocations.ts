// Keeps revocations that are not finished: what was asked for, before anything of it is done.
import { randomUUID } from 'node:crypto';
import type { Table } from '../aws/table.ts';
import type { RevokeRequest } from '../model/channel.ts';

/** `id`: of the newest call for it. `until`: epoch milliseconds after which that call can no longer act. */
export type Unfinished = RevokeRequest & { id: string; until: number };

export type Revocations = {
  /** Writes what is asked for, and answers it with what was asked for before and not finished: permissions once to be withdrawn stay so. */
  begin(request: RevokeRequest, until: number, at: string): Promise<Unfinished>;
  /** All is done; but not what somebody has asked for since. */
  end(unfinished: Pick<Unfinished, 'image' | 'id'>): Promise<void>;
  all(): AsyncIterable<Unfinished>;
};

/** Under this type the index `listed-by-date` lists them. */
const listed = 'revocation';
const keyOf = (image: string) => ({ pk: `revocation#${image}`, sk: 'revocation' });

function read({ image, reason, withdraw, by, id, until }: Record<string, unknown>): Unfinished {
  const asked = { image: String(image), reason: String(reason), withdraw: withdraw === true };
  return { ...asked, ...(by !== undefined && { by: String(by) }), id: String(id), until: Number(until) };
}

export const revocations = (table: Table): Revocations => ({
  async begin({ image, reason, withdraw, by }, until, at) {
    const written = await table.update(keyOf(image), {
      set: `#type = :type, dateCreated = if_not_exists(dateCreated, :at), image = :image, reason = if_not_exists(reason, :reason), withdraw = ${withdraw ? ':withdraw' : 'if_not_exists(withdraw, :withdraw)'}, id = :id, #until = :until${by === undefined ? '' : ', #by = if_not_exists(#by, :by)'}`,
      names: { '#type': 'type', '#until': 'until', ...(by !== undefined && { '#by': 'by' }) },
      values: {
        ...{ ':type': listed, ':at': at, ':image': image, ':reason': reason, ':withdraw': withdraw },
        ...{ ':id': randomUUID(), ':until': until, ...(by !== undefined && { ':by': by }) },
      },
    });
    return read(written!);
  },
  end: async ({ image, id }) =>
    void (await table.deleteWhen(keyOf(image), { when: 'id = :id', values: { ':id': id } })),
  async *all() {
    // The index holds no more than their keys.
    for await (const { pk, sk } of table.byDate(listed)) {
      const item = await table.get({ pk: String(pk), sk: String(sk) });
      if (item) yield read(item);
    }
  },
});

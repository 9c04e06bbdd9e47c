// Hands out build numbers: each client token gets one, however often it asks.
import type { Table } from '../aws/table.ts';
import { normalisedName } from '../model/names.ts';

export type BuildNumbers = {
  next(recipe: string, version: string, clientToken: string): Promise<number>;
  /** The number that the next build would get now. */
  upcoming(recipe: string, version: string): Promise<number>;
  /** The number that the token has, if it has one. */
  find(recipe: string, version: string, clientToken: string): Promise<number | undefined>;
};

/** Seconds for which a client token is remembered; Step Functions frees an execution's name after 90 days. */
const tokenLifetime = 90 * 24 * 60 * 60;

export function buildNumbers(table: Table, now: () => number): BuildNumbers {
  const nameOf = (recipe: string, version: string) => `${normalisedName(recipe)}/${version}`;
  const keyOf = (recipe: string, version: string, clientToken: string) => ({
    pk: `start#${nameOf(recipe, version)}#${clientToken}`,
    sk: 'start',
  });
  const counterOf = (recipe: string, version: string) => ({
    pk: `builds#${nameOf(recipe, version)}`,
    sk: 'builds',
  });
  const find: BuildNumbers['find'] = async (...start) =>
    (await table.get(keyOf(...start)))?.build as number | undefined;
  return {
    find,
    upcoming: async (recipe, version) => Number((await table.get(counterOf(recipe, version)))?.count ?? 0) + 1,
    async next(recipe, version, clientToken) {
      const key = keyOf(recipe, version, clientToken);
      const known = await find(recipe, version, clientToken);
      if (known) return known;
      const counter = await table.update(counterOf(recipe, version), {
        add: '#count :one',
        names: { '#count': 'count' },
        values: { ':one': 1 },
      });
      const settled = await table.update(key, {
        set: 'build = if_not_exists(build, :build), expires = if_not_exists(expires, :expires)',
        values: { ':build': counter!.count, ':expires': Math.floor(now() / 1000) + tokenLifetime },
      });
      return settled!.build as number;
    },
  };
}

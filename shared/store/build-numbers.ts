// Hands out build numbers: each client token gets one, however often it asks.
import type { Table } from '../aws/table.ts';
import { normalisedName } from '../model/names.ts';

export type BuildNumbers = { next(recipe: string, version: string, clientToken: string): Promise<number> };

/** Seconds for which a client token is remembered; Step Functions frees an execution's name after 90 days. */
const tokenLifetime = 90 * 24 * 60 * 60;

export function buildNumbers(table: Table, now: () => number): BuildNumbers {
  return {
    async next(recipe, version, clientToken) {
      const name = `${normalisedName(recipe)}/${version}`;
      const key = { pk: `start#${name}#${clientToken}`, sk: 'start' };
      const known = await table.get(key);
      if (known) return known.build as number;
      const counter = await table.update(
        { pk: `builds#${name}`, sk: 'builds' },
        { add: '#count :one', names: { '#count': 'count' }, values: { ':one': 1 } },
      );
      const settled = await table.update(key, {
        set: 'build = if_not_exists(build, :build), expires = if_not_exists(expires, :expires)',
        values: { ':build': counter!.count, ':expires': Math.floor(now() / 1000) + tokenLifetime },
      });
      return settled!.build as number;
    },
  };
}

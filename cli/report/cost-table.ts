// What builds cost, added up by pipeline or by month.
import { type Cost, costOf, usdText } from '../../shared/model/cost.ts';
import type { ListedImage } from '../../shared/model/image-record.ts';
import type { Prices } from '../../shared/model/prices.ts';
import { textOrder } from '../../shared/model/text-order.ts';
import { printable } from '../terminal-text.ts';
import { columns } from './columns.ts';

export type CostRow = { name: string; builds: number; available: number; usd: number; usdPerMonth: number };

export type CostTable = {
  by: 'pipeline' | 'month';
  rows: CostRow[];
  total: CostRow;
  /** Images that are under way, or of before builds recorded what they use. */
  without: number;
  prices: string[];
  unpriced: string[];
};

/** With `prices` every image is priced anew; otherwise each has the prices of its day. The month is that of the start, UTC. */
export function costTable(images: ListedImage[], by: CostTable['by'], prices?: Prices): CostTable {
  const priced = images.flatMap((image) => {
    const cost = prices && image.usage ? costOf(image.usage, prices) : image.cost;
    return cost ? [{ image, cost }] : [];
  });
  const nameOf = ({ sourcePipelineName, dateCreated }: ListedImage) =>
    by === 'pipeline' ? sourcePipelineName : dateCreated.slice(0, 7);
  const groups = Map.groupBy(priced, ({ image }) => nameOf(image));
  const rows = [...groups].map(([name, group]) => row(name, group)).sort((a, b) => textOrder(a.name, b.name));
  return {
    ...{ by, rows, total: row('total', priced), without: images.length - priced.length },
    prices: [...new Set(priced.map(({ cost }) => cost.prices))],
    unpriced: [...new Set(priced.flatMap(({ cost }) => cost.unpriced))],
  };
}

function row(name: string, priced: { image: ListedImage; cost: Cost }[]): CostRow {
  const available = priced.filter(({ image }) => image.state.status === 'AVAILABLE').length;
  const sum = (key: 'usd' | 'usdPerMonth') =>
    Number(
      priced.reduce((total, { image, cost }) => total + (key === 'usd' || owns(image) ? cost[key] : 0), 0).toFixed(6),
    );
  return { name, builds: priced.length, available, usd: sum('usd'), usdPerMonth: sum('usdPerMonth') };
}

/** What an image that was deleted kept, it keeps no more. */
const owns = ({ state }: ListedImage) => state.status !== 'DELETED';

export function costLines({ by, rows, total, without, prices, unpriced }: CostTable): string[] {
  if (total.builds === 0) return ['No build has recorded yet what it used.', ...missing(without)];
  const cells = ({ name, builds, available, usd, usdPerMonth }: CostRow) => [
    ...[printable(name), String(builds), String(available), usdText(usd), usdText(usdPerMonth)],
  ];
  return [
    ...columns([
      [by, 'builds', 'available', 'builds cost', 'snapshots cost a month, at most'],
      ...rows.map(cells),
      cells(total),
    ]),
    '',
    `Estimates, with the prices of ${prices.map(printable).join('; ')}.`,
    ...(unpriced.length > 0 ? [`Without a price, and so not in it: ${unpriced.map(printable).join(', ')}.`] : []),
    ...missing(without),
  ];
}

const missing = (without: number) =>
  without > 0 ? [`Left out: ${without} that are under way, or of an earlier version.`] : [];

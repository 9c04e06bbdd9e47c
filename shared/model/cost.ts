// What a build used, and what that costs by a price table: always an estimate, with what it leaves out.
import { instancePrice, type Prices } from './prices.ts';

/** What one build used, or what its image keeps. GB as AWS counts them: volume sizes, so "at most" for snapshots and transfer. */
export type Usage = {
  instances: { type: string; seconds: number }[];
  volumes: { type: string; gbHours: number }[];
  /** Copies to other regions. */
  copies: { region: string; gb: number }[];
  /** What stays: the snapshots of the image's AMIs. */
  snapshots: { region: string; gb: number }[];
  /** Of Step Functions, counted from the timeline. */
  transitions: number;
  /** Of Lambda functions, counted from the timeline; their durations are assumed. */
  invocations: number;
  lambdaGbSeconds: number;
};

export type CostPart = { what: string; quantity: number; unit: string; usd: number };

/** `usd`: of the build, once. `usdPerMonth`: of what stays, each month, at most. `unpriced`: what the table has no price for. */
export type Cost = {
  estimate: true;
  usd: number;
  usdPerMonth: number;
  prices: string;
  parts: CostPart[];
  unpriced: string[];
};

/** What no estimate has in it. */
export const notCounted =
  'data transfer of instances, CloudWatch Logs, DynamoDB, KMS, SNS, Parameter Store, snapshots while the build ran, licences, discounts, taxes';

/** AWS's month for prices by the hour. */
const hoursPerMonth = 730;

const rounded = (value: number, digits = 6) => Number(value.toFixed(digits));

/** Prices a usage. Never throws: what cannot be priced is named. */
export function costOf(usage: Usage, prices: Prices): Cost {
  const unpriced: string[] = [];
  const parts: CostPart[] = [];
  const add = (what: string, quantity: number, unit: string, price: number | undefined) => {
    if (price === undefined) unpriced.push(`${what} (${rounded(quantity, 2)} ${unit})`);
    else if (quantity > 0) parts.push({ what, quantity: rounded(quantity), unit, usd: rounded(quantity * price) });
  };
  for (const { type, seconds } of usage.instances)
    add(`instance ${type}`, seconds / 3600, 'hours', instancePrice(prices, type));
  for (const { type, gbHours } of usage.volumes)
    add(`volume ${type}`, gbHours / hoursPerMonth, 'GB-months', prices.volumeGbMonth[type]);
  for (const { region, gb } of usage.copies) add(`copy to ${region}`, gb, 'GB at most', prices.transferGb);
  add('Step Functions', usage.transitions, 'state transitions', prices.transitions1000 / 1000);
  add('Lambda requests', usage.invocations, 'requests', prices.invocations1000000 / 1_000_000);
  add('Lambda duration', usage.lambdaGbSeconds, 'GB-seconds, assumed', prices.lambdaGbSecond);
  const kept = usage.snapshots.reduce((sum, { gb }) => sum + gb, 0);
  return {
    estimate: true,
    usd: rounded(parts.reduce((sum, { usd }) => sum + usd, 0)),
    usdPerMonth: rounded(kept * prices.snapshotGbMonth),
    prices: prices.date,
    parts,
    unpriced,
  };
}

/** USD as people read it: cents where there are any, otherwise the first figures that are not nothing. */
export const usdText = (usd: number) => `$${usd === 0 || usd >= 0.1 ? usd.toFixed(2) : usd.toPrecision(2)}`;

/** One line about an image's cost. */
export function costText({ usd, usdPerMonth, prices, unpriced }: Cost): string {
  const month = usdPerMonth > 0 ? `, and at most ${usdText(usdPerMonth)} a month for its snapshots` : '';
  const without = unpriced.length > 0 ? `; without a price: ${unpriced.join(', ')}` : '';
  return `about ${usdText(usd)}${month} (estimate, prices of ${prices}${without})`;
}

// The dated price table that estimates are made with; users may lay figures of their own over it.
import * as z from 'zod/mini';

const usd = z.number().check(z.minimum(0), z.maximum(1000));
const byName = z.record(z.string().check(z.maxLength(64)), usd);

/** USD. What a user may say: any part of the table, with the date it is of. */
export const priceOverrideSchema = z.strictObject({
  date: z.optional(z.string().check(z.minLength(1), z.maxLength(64))),
  /** An hour of the size `large`, by family: other sizes follow by AWS's normalization factors. */
  instanceLargeHour: z.optional(byName),
  /** An hour of exactly this instance type; stands before its family. */
  instanceHour: z.optional(byName),
  /** A GB for a month, by volume type. */
  volumeGbMonth: z.optional(byName),
  snapshotGbMonth: z.optional(usd),
  transferGb: z.optional(usd),
  transitions1000: z.optional(usd),
  invocations1000000: z.optional(usd),
  lambdaGbSecond: z.optional(usd),
});

export type PriceOverride = z.output<typeof priceOverrideSchema>;
export type Prices = { [Key in keyof PriceOverride]-?: NonNullable<PriceOverride[Key]> };

/**
 * us-east-1, Linux, on demand, without any discount or free tier. EC2: AWS Price List, 19 January 2026. Step Functions, EBS
 * snapshots: AWS pricing pages. Lambda: first tier of `Lambda-GB-Second-ARM` and `Request-ARM`. Volumes, transfer: the descriptions in
 * the Price List, "$0.08 per GB-month of General Purpose (gp3)", "… data transfer to EU (Ireland)" and their like, as others quote
 * them; io1, io2, sc1 and standard were found in no such text: docs/unverified.md.
 */
export const prices: Prices = {
  date: '2026-01-19, us-east-1',
  instanceLargeHour: {
    ...{ t2: 0.0928, t3: 0.0832, t3a: 0.0752, t4g: 0.0672 },
    ...{ m4: 0.1, m5: 0.096, m5a: 0.086, m5d: 0.113, m5n: 0.119, m6a: 0.0864, m6g: 0.077, m6gd: 0.0904, m6i: 0.096 },
    ...{ m6id: 0.11865, m6in: 0.13923, m7a: 0.11592, m7g: 0.0816, m7gd: 0.1068, m7i: 0.1008, 'm7i-flex': 0.09576 },
    ...{ m8a: 0.12172, m8g: 0.08976, m8gd: 0.11532, m8i: 0.10584, 'm8i-flex': 0.10055 },
    ...{ c4: 0.1, c5: 0.085, c5a: 0.077, c5d: 0.096, c5n: 0.108, c6a: 0.0765, c6g: 0.068, c6gd: 0.0768, c6i: 0.085 },
    ...{ c6id: 0.1008, c6in: 0.1134, c7a: 0.10264, c7g: 0.0725, c7gd: 0.0907, c7i: 0.08925, 'c7i-flex': 0.08479 },
    ...{ c8a: 0.10777, c8g: 0.07976, c8gd: 0.09798, c8i: 0.09371, 'c8i-flex': 0.08902 },
    ...{ r4: 0.133, r5: 0.126, r5a: 0.113, r5d: 0.144, r6a: 0.1134, r6g: 0.1008, r6i: 0.126, r6id: 0.1512 },
    ...{ r7a: 0.15215, r7g: 0.1071, r7i: 0.1323, r8a: 0.15976, r8g: 0.11782, r8i: 0.13892, 'r8i-flex': 0.13197 },
  },
  instanceHour: {},
  volumeGbMonth: { gp3: 0.08, gp2: 0.1, io1: 0.125, io2: 0.125, st1: 0.045, sc1: 0.015, standard: 0.05 },
  snapshotGbMonth: 0.05,
  transferGb: 0.02,
  transitions1000: 0.025,
  invocations1000000: 0.2,
  lambdaGbSecond: 0.0000133334,
};

/** The table with a user's figures over it; its date names both. */
export function pricesWith(own: PriceOverride): Prices {
  const { instanceLargeHour, instanceHour, volumeGbMonth } = prices;
  return {
    ...prices,
    ...own,
    date: own.date ?? `${prices.date}, with figures of your own`,
    instanceLargeHour: { ...instanceLargeHour, ...own.instanceLargeHour },
    instanceHour: { ...instanceHour, ...own.instanceHour },
    volumeGbMonth: { ...volumeGbMonth, ...own.volumeGbMonth },
  };
}

/** Sizes in units of `large` (EC2 user guide, instance size flexibility: normalization factors). Metal has no size of its own. */
const sizes: Record<string, number> = { nano: 1 / 16, micro: 1 / 8, small: 1 / 4, medium: 1 / 2, large: 1, xlarge: 2 };

/** USD for an hour of an instance type; undefined where the table does not know it. */
export function instancePrice({ instanceHour, instanceLargeHour }: Prices, type: string): number | undefined {
  const [family = '', size = ''] = type.split('.');
  const factor = sizes[size] ?? (/^\d+xlarge$/.test(size) ? 2 * Number.parseInt(size, 10) : undefined);
  const large = instanceLargeHour[family];
  return instanceHour[type] ?? (large !== undefined && factor !== undefined ? large * factor : undefined);
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { costTable } from '../../cli/report/cost-table.ts';
import { costOf, type Usage } from '../../shared/model/cost.ts';
import type { ImageRecord } from '../../shared/model/image-record.ts';
import { prices } from '../../shared/model/prices.ts';
import { image } from './image.ts';
import { command, type ServedStack, servedStack } from './served-stack.ts';

const usage: Usage = {
  instances: [{ type: 'm5.large', seconds: 3600 }],
  volumes: [],
  copies: [],
  snapshots: [{ region: 'us-east-1', gb: 8 }],
  ...{ transitions: 0, invocations: 0, lambdaGbSeconds: 0 },
};
const cost = costOf(usage, prices);
const built = (sourcePipelineName: string, dateCreated: string, status: ImageRecord['state']['status'] = 'AVAILABLE') =>
  image({ sourcePipelineName, dateCreated, state: { status }, usage, cost });
const images = [
  built('web', '2026-10-30T00:00:00Z'),
  built('web', '2026-11-02T00:00:00Z', 'FAILED'),
  built('base', '2026-11-03T00:00:00Z', 'DELETED'),
  image(),
];

describe('costs', () => {
  test('by pipeline: what builds cost, and what their snapshots go on costing', () => {
    const { rows, total, without } = costTable(images, 'pipeline');
    expect(rows).toEqual([
      { name: 'base', builds: 1, available: 0, usd: 0.096, usdPerMonth: 0 },
      { name: 'web', builds: 2, available: 1, usd: 0.192, usdPerMonth: 0.8 },
    ]);
    expect(total).toMatchObject({ builds: 3, usd: 0.288 });
    expect(without).toBe(1);
  });
  test('by month of the start, and priced anew with other prices', () => {
    const own = { ...prices, instanceHour: { 'm5.large': 1 }, date: 'mine' };
    const { rows, prices: dates } = costTable(images, 'month', own);
    expect(rows.map(({ name, usd }) => [name, usd])).toEqual([
      ['2026-10', 1],
      ['2026-11', 2],
    ]);
    expect(dates).toEqual(['mine']);
  });
});

describe('the command', () => {
  let stack: ServedStack;
  beforeEach(async () => {
    stack = await servedStack();
    stack.records = images;
  });
  afterEach(() => stack.close());
  test('says that every figure is an estimate, of which prices, and what is not counted', async () => {
    const { code, out, errors } = await command(stack, ['costs']);
    expect(code, errors).toBe(0);
    expect(out).toMatch(/^web +2 +1 +\$0\.19 +\$0\.80$/m);
    expect(out).toContain(`Estimates, with the prices of ${prices.date}.`);
    expect(out).toContain('Left out: 1 that are under way');
    expect(out).toContain('Not counted: data transfer of instances');
  });
  test('takes prices of the user; a file that is none is refused with what is wrong', async () => {
    const file = join(stack.state, 'prices.json');
    writeFileSync(file, '{"instanceHour": {"m5.large": 2}, "date": "our contract"}');
    const { out } = await command(stack, ['costs', '--prices', file, '--output', 'json']);
    expect(JSON.parse(out)).toMatchObject({ estimate: true, prices: ['our contract'], total: { usd: 6 } });
    writeFileSync(file, '{"instanceHours": {}, "snapshotGbMonth": -1}');
    const { code, errors } = await command(stack, ['costs', '--prices', file]);
    expect(code).toBe(2);
    expect(errors).toContain('instanceHours');
    expect(errors).toContain('snapshotGbMonth');
  });
});

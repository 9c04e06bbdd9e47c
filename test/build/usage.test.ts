import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../shared/build/ledger.ts';
import { heartbeats, usageOf } from '../../shared/build/usage.ts';
import { costOf, costText, usdText } from '../../shared/model/cost.ts';
import type { TimelineEntry } from '../../shared/model/image-record.ts';
import { instancePrice, priceOverrideSchema, prices, pricesWith } from '../../shared/model/prices.ts';
import { planOf } from '../phase/world.ts';
import { tasks, waits } from '../statemachines/machine.ts';

const start = Date.parse('2026-11-23T10:00:00Z');
const at = (minutes: number) => new Date(start + minutes * 60_000).toISOString();
const entry = (state: string, from: number, to: number): TimelineEntry => ({ state, started: at(from), ended: at(to) });
const instance = (id: string, from: number, more: object = {}) => ({
  ...{
    kind: 'instance' as const,
    region: 'us-east-1',
    token: id,
    since: start + from * 60_000,
    until: 0,
    id,
    choice: 0,
  },
  ...more,
});
const ledger: Ledger = {
  entries: {
    'LaunchBuilder#0#0': instance('i-1', 0, { dead: 'no capacity' }),
    'LaunchBuilder#0#1': instance('i-2', 0, { stopping: start + 29 * 60_000, released: at(40) }),
    'LaunchTester#0#0': instance('i-3', 40, { released: at(60), choice: 2 }),
    'CopyRegion#1#0': { ...instance('ami-2', 40), kind: 'copy', region: 'eu-west-1' },
    'CopyRegion#2#0': { kind: 'copy', region: 'eu-north-1', token: 'never made', since: 0, until: 0 },
  },
};
const plan = planOf('image/1.0.0/1', {
  parentDevices: [
    { deviceName: '/dev/xvda', deleteOnTermination: true, gb: 8, type: 'gp2' },
    { deviceName: '/dev/sdf', deleteOnTermination: true, gb: 100, type: 'gp2' },
  ],
  blockDeviceMappings: [
    { deviceName: '/dev/xvda', ebs: { volumeSize: 20, volumeType: 'gp3' } },
    { deviceName: '/dev/sdf', noDevice: '' },
  ],
});
const timeline = {
  LaunchBuilder: entry('LaunchBuilder', 0, 1),
  'RunComponent#0': entry('RunComponent', 1, 29),
  StopBuilder: entry('StopBuilder', 29, 30),
  SnapshotAmi: entry('SnapshotAmi', 30, 40),
  Cleanup: entry('Cleanup', 60, 61),
};
const ami = (region: string) => ({ region, image: 'ami-1', name: 'n', accountId: '1' });
const outputResources = { amis: [ami('us-east-1'), ami('eu-west-1')] };
const usage = usageOf({ timeline, outputResources }, ledger, plan, at(61));

describe('the usage of a build', () => {
  it('has each instance until it stopped or ended, by type, and none that never ran', () => {
    expect(usage.instances).toEqual([
      { type: 'm5.large', seconds: 30 * 60 },
      { type: 't3.large', seconds: 20 * 60 },
    ]);
  });
  it('has the volumes of both until they went, in the size and type of the recipe', () => {
    expect(usage.volumes).toEqual([{ type: 'gp3', gbHours: 20 }]);
  });
  it('has copies that were made, and the snapshots that stay', () => {
    expect(usage.copies).toEqual([{ region: 'eu-west-1', gb: 20 }]);
    expect(usage.snapshots).toEqual([
      { region: 'us-east-1', gb: 20 },
      { region: 'eu-west-1', gb: 20 },
    ]);
  });
  it('counts a transition for each state, and one for each heartbeat of a wait', () => {
    // 28 minutes of RunComponent are five heartbeats of 300 s, 10 of SnapshotAmi two; 13 states are no entries.
    expect(usage.transitions).toBe(5 + 5 + 2 + 13);
  });
  it('of a build that failed before its plan is next to nothing, and never fails', () => {
    const none = usageOf({ timeline: {}, outputResources: { amis: [] } }, { entries: {} }, undefined, at(1));
    expect(none).toMatchObject({ instances: [], volumes: [], copies: [], snapshots: [] });
  });
  it('knows the heartbeats that the machine has', () => {
    for (const [state, task] of Object.entries(tasks()))
      if (waits(task))
        expect(heartbeats[state.replace('AfterTests', '')], state).toBe(
          (task as { HeartbeatSeconds: number }).HeartbeatSeconds,
        );
  });
});

describe('the estimate', () => {
  it('adds up its parts', () => {
    const cost = costOf(usage, prices);
    const part = (what: string) => cost.parts.find((one) => one.what === what)!.usd;
    expect(part('instance m5.large')).toBeCloseTo(0.048);
    expect(part('instance t3.large')).toBeCloseTo(0.0832 / 3);
    expect(part('volume gp3')).toBeCloseTo((20 / 730) * 0.08);
    expect(part('copy to eu-west-1')).toBeCloseTo(0.4);
    expect(cost.usd).toBeCloseTo(cost.parts.reduce((sum, { usd }) => sum + usd, 0));
    expect(cost.usdPerMonth).toBeCloseTo(40 * 0.05);
    expect(costText(cost)).toMatch(
      /^about \$0\.48, and at most \$2\.00 a month for its snapshots \(estimate, prices of /,
    );
  });
  it('names what it has no price for, and does not call it nothing', () => {
    const cost = costOf({ ...usage, instances: [{ type: 'u-24tb1.metal', seconds: 3600 }] }, prices);
    expect(cost.unpriced).toEqual(['instance u-24tb1.metal (1 hours)']);
    expect(costText(cost)).toContain('without a price: instance u-24tb1.metal');
  });
  it.each([
    ['t3.nano', 0.0052],
    ['t3.micro', 0.0104],
    ['m5.24xlarge', 4.608],
    ['c7i-flex.4xlarge', 0.67832],
    ['m5.metal', undefined],
    ['x9.large', undefined],
    ['nonsense', undefined],
  ])('%s for an hour', (type, price) => {
    const found = instancePrice(prices, type);
    if (price === undefined) expect(found).toBeUndefined();
    else expect(found).toBeCloseTo(price, 6);
  });
  it("takes a user's figures before its own, and says so", () => {
    const own = pricesWith(priceOverrideSchema.parse({ instanceHour: { 'm5.large': 1 }, snapshotGbMonth: 0 }));
    const cost = costOf(usage, own);
    expect(cost.parts[0]!.usd).toBe(0.5);
    expect(cost.usdPerMonth).toBe(0);
    expect(cost.prices).toContain('figures of your own');
    expect(priceOverrideSchema.safeParse({ instanceHours: {} }).success).toBe(false);
  });
  it.each([
    [0, '$0.00'],
    [0.00151, '$0.0015'],
    [1.2345, '$1.23'],
  ])('%f is read as %s', (usd, text) => expect(usdText(usd)).toBe(text));
});

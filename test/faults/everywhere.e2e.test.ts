// An image for 15 regions in 3 accounts: published everywhere or nowhere, whatever a copy or a step of publishing comes to.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Built, judgePublishing, openStage, type Stage } from './publishing.ts';
import { accounts, regions, sampleOfSteps } from './steps.ts';

describe('15 regions in 3 accounts', () => {
  let stage: Stage;
  let last: Pick<Built, 'seen' | 'shared'>;
  let first: Built;

  beforeAll(async () => {
    stage = await openStage(regions, [...accounts]);
    last = { seen: await stage.consumers.everywhere(), shared: [] };
  }, 240_000);
  afterAll(() => stage?.close());

  it('all are published', async () => {
    const built = await stage.build();
    expect(Object.keys(built.outputs)).toHaveLength(45);
    expect(judgePublishing(last, built, 'AVAILABLE')).toEqual([]);
    expect(stage.world.faults).toEqual([]);
    first = built;
    last = built;
  }, 240_000);

  it.each<[string, RegExp, (built: Built) => void]>([
    [
      'a parameter of one account that names another AMI',
      /parameter eu-west-1 222222222222 names ami-1, not ami-/,
      (built) => (built.seen['parameter eu-west-1 222222222222'] = 'ami-1'),
    ],
    [
      'a channel that one region does not have',
      /channel sa-east-1 000000000000 names undefined/,
      (built) => (built.seen['channel sa-east-1 000000000000'] = undefined),
    ],
    ['an AMI that is not shared', /ami-\w+ is not shared/, (built) => built.shared.pop()],
    ["an AMI that is shared, and is nobody's", /ami-2 is shared/, (built) => built.shared.push('ami-2')],
    ['an AMI that was gone at a moment', /at a moment template/, (built) => built.broken.push('template names ami-3')],
    ['a copy that is left', /left behind: image/, (built) => built.left.push('image CopyRegion#1#0 in eu-west-1')],
  ])('%s would be noticed', (_, text, change) => {
    const built = structuredClone(first);
    change(built);
    expect(judgePublishing({ seen: {}, shared: [] }, built, 'AVAILABLE').join('\n')).toMatch(text);
  });

  it('one region that fails its copy on the last try: nothing is published, no copy is left, the reason names region, account and error', async () => {
    const [account] = accounts;
    const of = { region: 'eu-central-1', accountId: account };
    const call = `copy-region ec2.CopyImage ${of.region} of ${account}`;
    const message = 'The snapshot could not be copied.';
    const refusal = { operation: 'CopyImage', ...of, code: 'Client.InternalError', message, late: true, times: 1 };
    stage.world.cloud().composed.ec2.refusals.push(refusal);
    const built = await stage.build([
      { key: `${call} 1`, fault: 'throttled' },
      { key: `${call} 2`, fault: '5xx before the effect' },
    ]);
    expect(built.struck).toBe(2);
    expect(built.recorded).toContain(`${call} 3`);
    expect(judgePublishing(last, built, 'FAILED')).toEqual([]);
    expect(built.image.state.reason).toMatch(
      new RegExp(`eu-central-1 of account ${account}.*Client\\.InternalError: ${message}`),
    );
    const there = Object.values(stage.world.records().images).filter(({ accountId }) =>
      (accounts as readonly string[]).includes(accountId),
    );
    expect(there).toHaveLength(30);
  }, 240_000);
});

const sampled = sampleOfSteps(1);
/** The home region and those of the steps that are struck; all 15 are `npm run sweep -- --publishing`. */
const few = regions.filter(
  (region, index) => index === 0 || sampled.some(({ step }) => step.call.split(' ').includes(region)),
);

describe(`${few.length} regions in 3 accounts`, () => {
  let stage: Stage;
  let last: Built;

  beforeAll(async () => {
    stage = await openStage(few, [...accounts]);
    last = await stage.build();
  }, 240_000);
  afterAll(() => stage?.close());

  it.each(sampled)(
    '$step.name, $way.name ($step.call): all or nothing',
    async ({ step, way }) => {
      const strikes = way.strikes(step);
      const built = await stage.build(strikes);
      expect(built.struck).toBe(strikes.length);
      expect(judgePublishing(last, built, way.status)).toEqual([]);
      expect(stage.world.faults).toEqual([]);
      if (way.status === 'AVAILABLE') last = built;
    },
    240_000,
  );
});

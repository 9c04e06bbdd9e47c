// What a stack comes to where somebody has left out a template beside it: regions that tell of no AMI, an account without the role.
import { describe, expect, it } from 'vitest';
import { beside } from './beside.ts';
import { judgePublishing, openStage } from './publishing.ts';

const regions = ['us-east-1', 'eu-west-1', 'ap-northeast-1'];
const accounts = ['222222222222', '333333333333'];
const minute = 60_000;
/** What EC2 takes for a copy: at least a minute, since a function looks once itself before it waits. */
const conditions = { delays: { copyAvailable: 4 * minute } };

/** One world after the other: functions of the process talk to the last that was opened. */
async function built(without: Parameters<typeof beside>[0]) {
  const templates = beside(without);
  const stage = await openStage(regions, accounts, { ...conditions, templates: templates.folder });
  try {
    const before = { seen: await stage.consumers.everywhere(), shared: [] };
    return { before, image: await stage.build(), faults: stage.world.faults };
  } finally {
    await stage.close();
    templates.remove();
  }
}

describe('without regional-events.yml and the rule of distribution-role.yml', () => {
  it('the same build is published, later by at most one heartbeat of CopyRegion', async () => {
    const told = await built({ rules: true });
    const untold = await built({ rules: false });
    for (const { before, image, faults } of [told, untold]) {
      expect(judgePublishing(before, image, 'AVAILABLE')).toEqual([]);
      expect(faults).toEqual([]);
    }
    const later = untold.image.lasted - told.image.lasted;
    console.log(`${told.image.lasted / 1000} s with the rules, ${untold.image.lasted / 1000} s without`);
    expect(later).toBeGreaterThan(minute);
    expect(later).toBeLessThanOrEqual(15 * minute);
  }, 240_000);
});

describe('without distribution-role.yml in one of two accounts', () => {
  it('the build fails, the reason names account, role and what to deploy, and nothing is left', async () => {
    const [one, two] = accounts;
    const { before, image } = await built({ rules: true, role: one! });
    expect(judgePublishing(before, image, 'FAILED')).toEqual([]);
    expect(image.image.notes.filter((note) => note.includes('Cleanup'))).toEqual([]);
    expect(image.image.state.reason).toMatch(
      new RegExp(
        `role serverless-image-builder-distribution of account ${two}.*Deploy distribution-role.yml into account ${two} with StackId=arn:`,
      ),
    );
  }, 240_000);
});

import { describe, expect, it } from 'vitest';
import { assertInTime, limits } from '../../shared/build/deadline.ts';
import { deathsBefore, type Entry, type Ledger, living, newest, unreleased } from '../../shared/build/ledger.ts';
import { launchPermissionTarget, permissionChange } from '../../shared/build/publication.ts';
import { failedTests, testSummary } from '../../shared/build/tests.ts';

const entry = (facts: Partial<Entry> = {}): Entry => ({
  kind: 'instance',
  region: 'us-east-1',
  token: 'token',
  since: 0,
  until: 0,
  ...facts,
});

describe('the ledger', () => {
  const ledger: Ledger = {
    entries: {
      'LaunchBuilder#0#0': entry({ dead: 'no room' }),
      'LaunchBuilder#0#1': entry({ id: 'i-1', dead: 'died' }),
      'LaunchBuilder#0#2': entry({ id: 'i-2' }),
      'LaunchTester#0#0': entry({ id: 'i-3', dead: 'died' }),
      'RunComponent#10#0': entry({ kind: 'command', id: 'c-10' }),
    },
  };
  it('finds the newest attempt of a state’s item, and its living resource', () => {
    expect(newest(ledger, 'LaunchBuilder', 0)).toMatchObject({ attempt: 2, entry: { id: 'i-2' } });
    expect(living(ledger, 'LaunchBuilder')).toBe('i-2');
    expect(living(ledger, 'LaunchTester')).toBeUndefined();
    expect(newest(ledger, 'RunComponent', 1)).toBeUndefined();
  });
  it('counts deaths by what was made, not by what was refused or belongs to another state', () => {
    expect(deathsBefore(ledger, 'LaunchBuilder#0#2')).toBe(1);
    expect(deathsBefore(ledger, 'LaunchBuilder#0#1')).toBe(0);
  });
  it('releases commands before copies before the AMI before instances, and nothing kept or released', () => {
    const entries = {
      a: entry(),
      b: entry({ kind: 'image' }),
      c: entry({ kind: 'copy' }),
      d: entry({ kind: 'command' }),
      e: entry({ keep: true }),
      f: entry({ released: 'then' }),
    };
    expect(unreleased({ entries }).map(([key]) => key)).toEqual(['d', 'c', 'b', 'a']);
  });
});

describe('deadlines', () => {
  it('pass quietly in time, and say what did not happen afterwards', () => {
    assertInTime({ since: 0 }, limits.launch, limits.launch, 'Running of builder i-1');
    expect(() => assertInTime({ since: 0 }, limits.launch, limits.launch + 1, 'Running of builder i-1')).toThrow(
      expect.objectContaining({
        name: 'DeadlineError',
        message: 'Running of builder i-1 did not happen within 20 minutes.',
      }),
    );
  });
});

describe('launch permissions', () => {
  const wanted = {
    userIds: ['2', '1'],
    userGroups: ['all' as const],
    organizationArns: [],
    organizationalUnitArns: [],
  };
  const target = launchPermissionTarget('eu-west-1', 'ami-1', [{ UserId: '3' }, { UserId: '1' }], wanted);
  it('are added to those that are there', () => {
    expect(target).toMatchObject({
      before: ['UserId=1', 'UserId=3'],
      after: ['Group=all', 'UserId=1', 'UserId=2', 'UserId=3'],
    });
    expect(permissionChange(target.before, target.after)).toEqual({ Add: [{ Group: 'all' }, { UserId: '2' }] });
  });
  it('are taken back by the opposite change', () => {
    expect(permissionChange(target.after, target.before)).toEqual({ Remove: [{ Group: 'all' }, { UserId: '2' }] });
    expect(permissionChange(target.after, target.after)).toBeUndefined();
  });
});

describe('the verdict', () => {
  it('counts components, not our own steps, and names every failed test', () => {
    const summary = testSummary([
      { label: 'wait until ready', status: 'success' },
      { label: 'a', component: 'a/1.0.0', status: 'success' },
      { label: 'b', component: 'b/1.0.0', status: 'failed', reason: 'Component b: step test/Look failed: exit code 1' },
    ]);
    expect(summary).toMatchObject({ total: 2, passed: 1, failed: 1 });
    expect(failedTests(summary)).toBe('1 of 2 tests failed. Component b: step test/Look failed: exit code 1');
  });
});

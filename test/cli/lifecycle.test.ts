// What a lifecycle report looks like for people, and when it is no success.
import { describe, expect, test } from 'vitest';
import { lifecycleLines, wentWell } from '../../cli/report/lifecycle-report.ts';
import type { LifecycleReport, LifecycleRun } from '../../shared/model/lifecycle.ts';

const counts = { images: 2, deprecated: 0, disabled: 0, deleted: 1, restored: 0, failed: 0 };
const place = { region: 'eu-west-1', account: '111122223333', snapshots: [] };
const report: LifecycleReport = {
  ...{ policy: 'retire', dryRun: true, counts, problems: [] },
  decisions: [
    {
      ...{ image: 'arn:aws:imagebuilder:eu-west-1:111122223333:image/web/1.0.0/1', status: 'AVAILABLE' },
      ...{ action: 'DELETE', partly: true, reason: 'it is old' },
      amis: [
        { ...place, ami: 'ami-1', action: 'DELETE', reason: 'it is old', snapshots: ['snap-1'] },
        { ...place, ami: 'ami-2', reason: 'it is used: instance i-1 (stopped)' },
        { ...place, ami: 'ami-3', reason: 'the policy excludes public AMIs', excluded: true },
      ],
    },
    {
      ...{ image: 'arn:aws:imagebuilder:eu-west-1:111122223333:image/web/1.0.0/2', status: 'DEPRECATED' },
      ...{ reason: 'DELETE: it is younger\u001b[2J than 3 days', amis: [] },
    },
  ],
};

describe('a report', () => {
  test('has a line for each image, and one for each AMI where something happens; nothing in it controls the terminal', () => {
    expect(lifecycleLines(report)).toEqual([
      'DELETE  web/1.0.0/1  AVAILABLE  it is old',
      '    DELETE   eu-west-1  111122223333  ami-1  it is old (with snap-1)',
      '    -        eu-west-1  111122223333  ami-2  it is used: instance i-1 (stopped)',
      '    SKIPPED  eu-west-1  111122223333  ami-3  the policy excludes public AMIs',
      expect.stringMatching(/^- {2}web\/1\.0\.0\/2 {2}DEPRECATED {2}DELETE: it is younger\S* than 3 days$/),
      'Policy retire: 2 images, 1 deleted, 1 of them in part, if it were no dry run.',
    ]);
    expect(lifecycleLines(report).join('')).not.toContain('\u001b');
  });

  test('of a run names it, what went wrong and what is left out', () => {
    const problems = ['Tried to deregister'];
    const run: LifecycleRun = {
      ...{ id: 'abcd', time: '2026-11-23T10:00:00.000Z', trigger: 'manual', status: 'FAILED', counts, problems },
    };
    const lines = lifecycleLines({ ...report, dryRun: false, run, decisions: [], omitted: 3, problems });
    expect(lines).toEqual([
      'and 3 more images, of which nothing is told here',
      'Policy retire: 2 images, 1 deleted (run abcd, FAILED).',
      'problem: Tried to deregister',
    ]);
    expect(lifecycleLines({ ...report, policy: '*', decisions: [] })[0]).toMatch(/^By hand: /);
    expect(lifecycleLines({ ...report, skipped: 'it is DISABLED' })).toEqual([
      'Policy retire was not applied: it is DISABLED.',
    ]);
  });

  test('is a success unless something failed, was left to the next run, or could not be looked at', () => {
    expect(wentWell(report)).toBe(true);
    expect(wentWell({ ...report, problems: ['no'] })).toBe(false);
    const unseen = { ...place, ami: 'ami-1', reason: 'it could not be looked at: no such region' };
    expect(wentWell({ ...report, decisions: [{ ...report.decisions[0]!, amis: [unseen] }] })).toBe(false);
  });
});

import { describe, expect, test } from 'vitest';
import { clockText, durationText } from '../../cli/duration.ts';
import { imageJson } from '../../cli/report/image-json.ts';
import { imageReport } from '../../cli/report/image-report.ts';
import { type FoundResource, owned } from '../../cli/report/ownership.ts';
import { preflightLines } from '../../cli/report/preflight-report.ts';
import { isClean, sweepLines } from '../../cli/report/sweep-report.ts';
import { cut, printable } from '../../cli/terminal-text.ts';
import { at, entry, image, start } from './image.ts';

const options = { logsCommand: './image-builder logs x --local', now: start + 60_000 };

describe('the report of an image', () => {
  test('that is available names AMIs, tests and how long everything took', () => {
    const available = image({
      state: { status: 'AVAILABLE' },
      dateEnded: at(12.5),
      outputResources: {
        amis: [
          {
            ...{ region: 'us-east-1', image: 'ami-0123456789abcdef0', name: 'web one', accountId: '000000000000' },
            exported: 's3://exports/web/export-ami-0123456789abcdef0.vhd',
          },
          { region: 'ap-southeast-2', image: 'ami-0123456789abcdef1', name: 'web one', accountId: '000000000000' },
          { region: 'us-east-1', image: 'ami-0123456789abcdef2', name: 'web one', accountId: '111111111111' },
        ],
      },
      tests: {
        total: 2,
        passed: 2,
        failed: 0,
        results: [
          { component: 'web-test', status: 'passed' },
          { component: 'clean-test', status: 'passed' },
        ],
      },
      timeline: {
        LaunchBuilder: entry('LaunchBuilder', 0.5, 2.5, { endedBy: 'event' }),
        PrepareImage: entry('PrepareImage', 0, 0.5),
      },
      notes: ['a note'],
    });
    expect(imageReport(available, options)).toEqual([
      'AVAILABLE  hello-web 1.0.0/1, 13s',
      '  arn:aws:imagebuilder:us-east-1:000000000000:image/hello-web/1.0.0/1',
      '',
      'AMIs',
      '  us-east-1                          ami-0123456789abcdef0  web one',
      '  ap-southeast-2                     ami-0123456789abcdef1  web one',
      '  us-east-1 of account 111111111111  ami-0123456789abcdef2  web one',
      '',
      'Exported to',
      '  us-east-1  s3://exports/web/export-ami-0123456789abcdef0.vhd',
      '',
      'Tests: 2 of 2 passed',
      '  passed  web-test',
      '  passed  clean-test',
      '',
      'Timeline',
      '  prepare image   0.5s',
      '  launch builder  2.0s  (by event)',
      '',
      'Notes',
      '  a note',
      '',
      'Full log: ./image-builder logs x --local',
    ]);
  });

  test('that failed names the step, its command and the last of its stderr, safe for a terminal', () => {
    const failed = image({
      state: {
        status: 'FAILED',
        reason: 'Test failed: good-evening-test',
        failureContext: {
          imageStatus: 'TESTING',
          failedStep: 'EvaluateTests',
          componentFailure: {
            component: 'good-evening-test',
            phaseName: 'test',
            stepName: 'CheckGreeting',
            action: 'ExecuteBash',
            exitCode: 1,
            duration: 0.25,
            command: 'grep -q x\nexit 1',
            stderr: 'no x\x1b]0;title\x07\n',
          },
        },
      },
      dateEnded: at(9),
      tests: {
        total: 1,
        passed: 0,
        failed: 1,
        results: [{ component: 'good-evening-test', status: 'failed', reason: 'exit code 1\nmore' }],
      },
      timeline: { RunTest: entry('RunTest', 1) },
    });
    expect(imageReport(failed, options)).toEqual([
      'FAILED  hello-web 1.0.0/1, 9.0s',
      '  arn:aws:imagebuilder:us-east-1:000000000000:image/hello-web/1.0.0/1',
      '',
      'Reason',
      '  Test failed: good-evening-test',
      '',
      'Failed in component good-evening-test, phase test, step CheckGreeting (ExecuteBash): exit code 1 after 0.3s',
      '  command',
      '    grep -q x',
      '    exit 1',
      '  last lines of stderr',
      '    no x\\x1b]0;title\\x07',
      '',
      'Tests: 0 of 1 passed',
      '  failed  good-evening-test: exit code 1',
      '',
      'Timeline',
      '  run test  8.0s  (not ended)',
      '',
      'Full log: ./image-builder logs x --local',
    ]);
  });

  test('whose copies failed names the regions', () => {
    const regionFailures = [
      {
        region: 'eu-west-1',
        account: '000000000000',
        status: 'FAILED',
        errorMessage: 'Given key ID is not accessible',
      },
    ];
    const state = {
      status: 'FAILED' as const,
      reason: 'A copy failed',
      failureContext: {
        failedStep: 'CopyRegion',
        error: 'ResourceFailedError',
        distributionFailure: { regionFailures },
      },
    };
    expect(imageReport(image({ state }), options)).toContain(
      '  eu-west-1  000000000000  FAILED  Given key ID is not accessible',
    );
    expect(imageReport(image({ state }), options)).toContain('Failed in CopyRegion: ResourceFailedError');
  });
});

describe('a preflight', () => {
  const problem = { region: 'eu-west-1', setting: 'region', message: 'eu-west-1 is not\u001b[2J enabled' };
  test('tells what would fail and what is not known, with the place first', () => {
    const unchecked = [{ ...problem, account: '111122223333', message: 'no' }];
    expect(preflightLines({ imagePipelineName: 'web', checked: 2, problems: [problem], unchecked })).toEqual([
      'Distribution of web: 2 checks, 1 would fail, 1 could not be checked.',
      '',
      'Would fail',
      '  eu-west-1, region',
      '    eu-west-1 is not\\x1b[2J enabled',
      '',
      'Could not be checked',
      '  eu-west-1 of account 111122223333, region',
      '    no',
    ]);
  });
  test('that finds nothing says how much it looked at', () => {
    const nothing = { imagePipelineName: 'web', checked: 1, problems: [], unchecked: [] };
    expect(preflightLines(nothing)).toEqual(['Distribution of web: 1 check, nothing would fail.']);
  });
  test('of a build is shown once: in the reason, and beside it what the reason has no place for', () => {
    const failure = (region: string, errorMessage: string) => ({
      region,
      imageConfigurationStep: 'region',
      errorMessage,
    });
    const regionFailures = [failure('eu-west-1', 'one'), failure('eu-west-2', 'two')];
    const state = { status: 'FAILED' as const, reason: 'eu-west-1, region: one\nAnd 1 more.' };
    const lines = imageReport(
      image({ state: { ...state, failureContext: { distributionFailure: { regionFailures } } } }),
      options,
    );
    expect(lines.filter((line) => line.includes('one'))).toEqual(['  eu-west-1, region: one']);
    expect(lines).toContain('  eu-west-2  region  two');
  });
});

test('the JSON of an image has its timeline as a list and no keys of the table', () => {
  const timeline = {
    LaunchBuilder: entry('LaunchBuilder', 0.5, 2.5, { endedBy: 'event' }),
    PrepareImage: entry('PrepareImage', 0),
  };
  const json = JSON.parse(JSON.stringify(imageJson({ ...image({ timeline }), unannounced: 'BUILDING' } as never)));
  expect(json.timeline).toEqual([
    { state: 'PrepareImage', started: at(0) },
    { state: 'LaunchBuilder', started: at(0.5), ended: at(2.5), endedBy: 'event', seconds: 2 },
  ]);
  expect(Object.keys(json)).toEqual(
    'arn name version type platform dateCreated state buildType sourcePipelineName sourcePipelineArn outputResources timeline notes executionArn logGroupName'.split(
      ' ',
    ),
  );
});

describe('orphans', () => {
  const now = Date.parse('2026-11-27T10:00:00.000Z');
  const place = { stackId: 'ours', now };
  const closed = '2026-11-27T08:00:00.000Z';
  const resource = (kind: FoundResource['kind'], image: string | undefined, facts: Partial<FoundResource> = {}) => ({
    ...{ kind, id: `${kind} of ${image}`, region: 'us-east-1', accountId: '000000000000', state: 'available' },
    ...{ stack: 'ours', entry: 'a', ...(image && { image }), ...facts },
  });
  const known = new Map(
    (['live', 'done', 'failed'] as const).map((image) => [
      image,
      {
        status: ({ live: 'TESTING', done: 'AVAILABLE', failed: 'FAILED' } as const)[image],
        ledger: {
          entries: { a: { ...(image === 'done' && { keep: true, id: 'image of done' }) } },
          ...(image !== 'live' && { closed }),
          ...(image === 'done' && { publication: { status: 'PUBLISHED' } }),
        },
      },
    ]),
  );

  test('are what ended builds still own, and what no ledger knows', () => {
    const all = ['live', 'done', 'failed', 'unknown', undefined].map((image) => resource('image', image));
    const copy = resource('image', 'done', { id: 'a copy of a user' });
    const { resources, orphans } = owned([...all, copy, resource('image', 'x', { stack: 'theirs' })], known, place);
    expect(resources.map(({ ownership, status }) => [ownership, status])).toEqual([
      ['live', 'TESTING'],
      ['published', 'AVAILABLE'],
      ['leftover', 'FAILED'],
      ['orphan', undefined],
      ['orphan', undefined],
      ['orphan', 'AVAILABLE'],
      ['foreign', undefined],
    ]);
    expect(orphans.map(({ id }) => id)).toEqual([
      'image of failed',
      'image of unknown',
      'image of undefined',
      'a copy of a user',
    ]);
  });

  test('are not what is on its way out', () => {
    const going = [
      resource('instance', 'failed', { state: 'shutting-down' }),
      resource('volume', 'failed', { state: 'in-use' }),
    ];
    expect(owned(going, known, place).orphans).toEqual([]);
    const staying = resource('volume', 'failed');
    expect(owned([staying], known, place).orphans).toHaveLength(1);
  });
});

describe('the report of a sweep', () => {
  const report = {
    ...{ started: '2026-11-27T10:00:00.000Z', ended: '2026-11-27T10:00:05.000Z', dryRun: false, complete: true },
    regions: ['us-east-1', 'eu-west-1'],
    counts: { looked: 2, live: 2, released: 0, finished: 0, leftovers: 0, refused: 0, orphans: 0 },
    ...{ released: [], finished: [], leftovers: [], refused: [], orphans: [], problems: [] },
  };
  const image = 'arn:aws:imagebuilder:us-east-1:000000000000:image/web/1.0.0/1';

  test('that found nothing amiss is one line', () => {
    expect(sweepLines(report)).toEqual([
      'Sweep of 2026-11-27T10:00:00.000Z in us-east-1, eu-west-1: 2 unsettled builds, 2 of them live.',
    ]);
    expect(isClean(report)).toBe(true);
  });
  test('names what is left, refused and unknown, safe for a terminal, and how much more there is', () => {
    const bad = {
      ...report,
      complete: false,
      counts: { ...report.counts, leftovers: 1, refused: 1, orphans: 150 },
      leftovers: [{ image, kind: 'image', id: 'ami-1', region: 'eu-west-1', reason: 'said \x1b[2J' }],
      refused: [{ image, reason: 'was the table restored?' }],
      orphans: [{ kind: 'snapshot' as const, id: 'snap-1', region: 'us-east-1', state: 'completed', image }],
      problems: ['ap-south-1: denied'],
    };
    const text = sweepLines(bad).join('\n');
    expect(text).toContain('  image  ami-1  eu-west-1  said \\x1b[2J');
    expect(text).toContain('  web/1.0.0/1  was the table restored?');
    expect(text).toContain('  snapshot  snap-1  us-east-1  web/1.0.0/1\n  and 149 more');
    expect(text).toContain('  ap-south-1: denied');
    expect(text).toContain('the next sweep goes on');
    for (const one of ['leftovers', 'refused', 'orphans'] as const)
      expect(isClean({ ...report, counts: { ...report.counts, [one]: 1 } })).toBe(false);
    expect([isClean({ ...report, problems: ['x'] }), isClean({ ...report, complete: false })]).toEqual([false, false]);
  });
  test('of a dry run says what would be', () => {
    const dry = { ...report, dryRun: true, counts: { ...report.counts, released: 1, finished: 1 } };
    const lines = sweepLines({
      ...dry,
      released: [{ image, kind: 'image', id: 'ami-1', region: 'us-east-1' }],
      finished: [image],
    });
    expect(lines[0]).toMatch(/^Dry run of /);
    expect(lines).toContain('1 would be released:');
    expect(lines).toContain('1 image records would be ended:');
  });
});

describe('text', () => {
  test.each([
    [80, '0.1s'],
    [9940, '9.9s'],
    [9960, '10s'],
    [59_600, '1m 00s'],
    [3_599_000, '59m 59s'],
    [3_720_000, '1h 02m'],
    [-5, '0.0s'],
  ])('%d ms is %s', (milliseconds, text) => {
    expect(durationText(milliseconds)).toBe(text);
  });

  test('clocks', () => {
    expect([0, 65_000, 3_661_000].map(clockText)).toEqual(['0:00', '1:05', '1:01:01']);
  });

  test('of others cannot steer the terminal', () => {
    expect(printable('a\tb\x1b[2J\x9b31m\u202etxt\r')).toBe('a\tb\\x1b[2J\\x9b31m\\u{202e}txt');
  });

  test('is cut with a sign', () => {
    expect(cut('abcdef', 4)).toBe('abc…');
    expect(cut('abcd', 4)).toBe('abcd');
  });
});

test('an image that its lifecycle has been at says what was done, and the state of each AMI', () => {
  const ami = { region: 'eu-west-1', image: 'ami-1', name: 'web 1', accountId: '000000000000' };
  const lines = imageReport(
    image({
      state: { status: 'AVAILABLE', reason: 'DELETE by policy retire: it is old' },
      lifecycle: { action: 'DELETE', at: '2026-11-23T10:00:00.000Z', by: 'policy retire' },
      outputResources: {
        amis: [
          { ...ami, state: { status: 'DELETED', reason: 'it is old' } },
          { ...ami, image: 'ami-2', state: { status: 'AVAILABLE', reason: 'it is used: instance i-1 (running)' } },
        ],
      },
    }),
    { logsCommand: 'logs', now: 0 },
  );
  expect(lines).toContain('  2026-11-23T10:00:00.000Z: DELETE by policy retire: it is old');
  expect(lines).toContain('  eu-west-1  ami-2  web 1  AVAILABLE: it is used: instance i-1 (running)');
});

import { describe, expect, test } from 'vitest';
import { clockText, durationText } from '../../cli/duration.ts';
import { imageJson } from '../../cli/report/image-json.ts';
import { imageReport } from '../../cli/report/image-report.ts';
import { owned, type TaggedResource } from '../../cli/report/ownership.ts';
import { cut, printable } from '../../cli/terminal-text.ts';
import type { ImageStatus } from '../../shared/model/image-record.ts';
import { at, entry, image, start } from './image.ts';

const options = { logsCommand: './image-builder logs x --local', now: start + 60_000 };

describe('the report of an image', () => {
  test('that is available names AMIs, tests and how long everything took', () => {
    const available = image({
      state: { status: 'AVAILABLE' },
      dateEnded: at(12.5),
      outputResources: {
        amis: [
          { region: 'us-east-1', image: 'ami-0123456789abcdef0', name: 'web one', accountId: '000000000000' },
          { region: 'ap-southeast-2', image: 'ami-0123456789abcdef1', name: 'web one', accountId: '000000000000' },
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
      '  us-east-1       ami-0123456789abcdef0  web one',
      '  ap-southeast-2  ami-0123456789abcdef1  web one',
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
      failureContext: { failedStep: 'CopyRegion', distributionFailure: { regionFailures } },
    };
    expect(imageReport(image({ state }), options)).toContain(
      '  eu-west-1  000000000000  FAILED  Given key ID is not accessible',
    );
    expect(imageReport(image({ state }), options)).toContain('Failed in CopyRegion');
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
  const resource = (kind: TaggedResource['kind'], image?: string, state = 'available'): TaggedResource => ({
    kind,
    id: `${kind} of ${image}`,
    region: 'us-east-1',
    accountId: '000000000000',
    state,
    ...(image && { image }),
  });
  const statuses = new Map<string, ImageStatus>([
    ['live', 'TESTING'],
    ['done', 'AVAILABLE'],
    ['failed', 'FAILED'],
    ['cancelled', 'CANCELLED'],
  ]);
  const orphans = (...tagged: TaggedResource[]) => owned(tagged, statuses).orphans.map(({ id }) => id);

  test('are what no live or available image owns', () => {
    const all = [...statuses.keys(), 'unknown'].map((owner) => resource('snapshot', owner));
    expect(orphans(...all, resource('image'))).toEqual([
      'snapshot of failed',
      'snapshot of cancelled',
      'snapshot of unknown',
      'image of undefined',
    ]);
  });

  test('are also instances of an image that is done', () => {
    expect(orphans(resource('instance', 'live'), resource('instance', 'done', 'running'))).toEqual([
      'instance of done',
    ]);
    expect(orphans(resource('instance', 'done', 'shutting-down'))).toEqual([]);
  });

  test('are also volumes that no instance has, where no build is under way', () => {
    expect(orphans(resource('volume', 'live', 'available'), resource('volume', 'done', 'in-use'))).toEqual([]);
    expect(orphans(resource('volume', 'done', 'available'), resource('volume', 'failed', 'available'))).toEqual([
      'volume of done',
      'volume of failed',
    ]);
  });

  test('stand beside everything else with the status of the owner', () => {
    const { resources } = owned([resource('image', 'done'), resource('image', 'unknown')], statuses);
    expect(resources.map(({ status }) => status)).toEqual(['AVAILABLE', undefined]);
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

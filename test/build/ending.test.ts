import { describe, expect, it } from 'vitest';
import { type BuildRecord, causeText, ending } from '../../shared/build/ending.ts';
import type { Ledger } from '../../shared/build/ledger.ts';
import type { TimelineEntry } from '../../shared/model/image-record.ts';
import { failedResult } from './failed-result.ts';

const open: Ledger = { entries: {} };
const published: Ledger = { entries: {}, publication: { status: 'PUBLISHED', targets: [] } };

const image = (timeline: Record<string, TimelineEntry> = {}, failedStep?: string): BuildRecord => ({
  pk: 'arn',
  sk: 'image',
  arn: 'arn',
  name: 'hello',
  version: '1.0.0/1',
  type: 'AMI',
  platform: 'Linux',
  dateCreated: '2026-11-23T10:00:00.000Z',
  state: { status: 'TESTING' },
  buildType: 'USER_INITIATED',
  sourcePipelineName: 'hello',
  sourcePipelineArn: 'pipeline',
  outputResources: { amis: [] },
  timeline,
  notes: [],
  logGroupName: '/stack/hello',
  ...(failedStep && { failedStep }),
});

describe('the text of a cause', () => {
  it('is the message inside Lambda’s JSON', () => {
    const Cause = JSON.stringify({ errorType: 'CapacityError', errorMessage: 'no room', trace: [] });
    expect(causeText({ Error: 'CapacityError', Cause })).toBe('no room');
  });
  it('is the plain text that a failed token gave', () => {
    expect(causeText({ Error: 'ResourceFailedError', Cause: 'AMI failed' })).toBe('AMI failed');
  });
  it.each([
    [{ Error: 'States.Timeout', Cause: '' }, 'States.Timeout'],
    [{ Error: 'States.Timeout' }, 'States.Timeout'],
    [{}, 'States.Runtime'],
  ])('names the error where there is no cause: %o', (caught, name) => {
    expect(causeText(caught)).toBe(`The execution ended with ${name}.`);
  });
});

describe('how an image ends', () => {
  it('available once published, whatever happened afterwards', () => {
    const caught = { Error: 'States.Timeout', Cause: '' };
    expect(ending(image(), published, caught, true, [])).toEqual({ status: 'AVAILABLE', error: '', cause: '' });
  });
  it('cancelled when the execution was stopped, with the reason given', () => {
    expect(ending(image(), open, { Cause: 'Ctrl-C' }, true, [])).toEqual({
      status: 'CANCELLED',
      error: 'CancelledError',
      cause: 'Ctrl-C',
      failureContext: { imageStatus: 'TESTING' },
    });
    expect(ending(image(), open, undefined, true, [])).toMatchObject({ cause: 'The execution was stopped.' });
  });
  it.each([undefined, {}, { Error: '' }, { Error: 'States.DataLimitExceeded', Cause: '' }])(
    'error and cause are texts, never empty, for a failed image: %o',
    (caught) => {
      const { status, error, cause } = ending(image(), open, caught, false, []);
      expect(status).toBe('FAILED');
      expect(error).toMatch(/^States\./);
      expect(cause).toMatch(/^The execution ended with States\./);
    },
  );
  it('a component’s failure comes with phase, step, action, exit code, command and stderr', () => {
    const results = [
      { label: 'first', commandId: '1', status: 'success' as const },
      { label: 'hello', commandId: '2', status: 'failed' as const, reason: 'why', result: failedResult('hello') },
    ];
    const caught = { Error: 'ComponentFailedError', Cause: 'why' };
    expect(ending(image({}, 'RunComponent'), open, caught, false, results)).toEqual({
      status: 'FAILED',
      error: 'ComponentFailedError',
      cause: 'why',
      failureContext: {
        imageStatus: 'TESTING',
        failedStep: 'RunComponent',
        error: 'ComponentFailedError',
        componentFailure: {
          component: 'hello',
          errorMessage: 'why',
          phaseName: 'build',
          stepName: 'Install',
          action: 'ExecuteBash',
          exitCode: 3,
          duration: 4,
          command: 'apt-get install nothing',
          stderr: 'no such package',
        },
      },
    });
  });
  it('a command that Cleanup cancelled is not taken for the reason', () => {
    const results = [{ label: 'hello-test', commandId: '1', status: 'failed' as const, reason: 'Cancelled' }];
    const caught = { Error: 'ResourceFailedError', Cause: 'the copy failed' };
    const { failureContext } = ending(image({}, 'CopyRegion'), open, caught, false, results);
    expect(failureContext).toEqual({
      imageStatus: 'TESTING',
      failedStep: 'CopyRegion',
      error: 'ResourceFailedError',
    });
  });
  it('without a remembered state, the newest one that did not end is named', () => {
    const timeline = {
      LaunchBuilder: { state: 'LaunchBuilder', started: '1', ended: '2' },
      SnapshotAmi: { state: 'SnapshotAmi', started: '3' },
      Cleanup: { state: 'Cleanup', started: '4' },
    };
    const { failureContext } = ending(image(timeline), open, { Error: 'States.Timeout' }, false, []);
    expect(failureContext?.failedStep).toBe('SnapshotAmi');
  });
});

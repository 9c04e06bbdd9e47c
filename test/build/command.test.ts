import { describe, expect, it } from 'vitest';
import { commandEnd, commandOutcome, silentEnd } from '../../shared/build/command.ts';
import { failedResult } from './failed-result.ts';

const hello = { label: 'hello', component: 'hello/1.0.0' };
const ended = (status: string, statusDetails = status, exitCode = 1, stderr = '') => ({
  status,
  statusDetails,
  exitCode,
  stderr,
});

describe('an agent that is silent', () => {
  const minute = 60_000;
  const now = 100 * minute;
  const silent = (minutes: number, status = 'ConnectionLost') =>
    silentEnd(hello, 'i-1', { status, lastPing: now - minutes * minute }, now);
  it('may be rebooting; after half an hour it is lost, and named', () => {
    expect(silent(30)).toBeUndefined();
    expect(silent(31)).toMatchObject({
      status: 'failed',
      error: 'ResourceFailedError',
      reason: expect.stringMatching(/^The SSM agent of instance i-1 has been silent for 31 minutes while hello ran, /),
    });
  });
  it('is not lost while Systems Manager takes it for online, or does not know it', () => {
    expect(silent(90, 'Online')).toBeUndefined();
    expect(silentEnd(hello, 'i-1', undefined, now)).toBeUndefined();
  });
  it('is no failed test: the build ends in both stages', () => {
    for (const stage of ['build', 'test'] as const)
      expect(commandOutcome(stage, hello, silent(31)!)).toMatchObject({ ok: false, error: 'ResourceFailedError' });
  });
});

describe('how a command ended', () => {
  it('is open while Run Command works on it, or does not show it yet', () => {
    for (const status of ['Pending', 'InProgress', 'Delayed', 'Cancelling'])
      expect(commandEnd(hello, ended(status), undefined, undefined)).toBeUndefined();
    expect(commandEnd(hello, undefined, undefined, undefined)).toBeUndefined();
    expect(commandEnd(hello, ended('InProgress'), { id: 'i-1', state: 'running' }, undefined)).toBeUndefined();
  });
  it('names component, phase, step, action and exit code', () => {
    expect(commandEnd(hello, ended('Failed'), undefined, failedResult('hello'))).toEqual({
      status: 'failed',
      reason: 'Component hello: step build/Install (ExecuteBash) failed: exit code 3; stderr ends: no such package',
    });
  });
  it('a message without the name gets it', () => {
    const result = { ...failedResult('hello'), failureMessage: 'cannot write the state: is the disk full?' };
    expect(commandEnd(hello, ended('Failed'), undefined, result)?.reason).toBe(
      'hello failed: cannot write the state: is the disk full?',
    );
  });
  it('a failed result decides over the exit code of the script', () => {
    expect(commandEnd(hello, ended('Success', 'Success', 0), undefined, failedResult('hello'))?.status).toBe('failed');
  });
  it('a command without a result tells Run Command’s details and what was printed', () => {
    expect(commandEnd(hello, ended('TimedOut', 'ExecutionTimedOut', 143, 'Killed'), undefined, undefined)).toEqual({
      status: 'failed',
      reason: 'hello: Run Command ended it as ExecutionTimedOut, exit code 143: Killed.',
    });
  });
  it('an instance that died under it ends it, with EC2’s reason', () => {
    const instance = { id: 'i-1', state: 'terminated', reason: 'Server.SpotInstanceTermination: x' };
    expect(commandEnd(hello, ended('InProgress'), instance, undefined)).toEqual({
      status: 'failed',
      reason: 'Instance i-1 is terminated while hello ran: Server.SpotInstanceTermination: x.',
    });
  });
});

describe('what that means for the stage', () => {
  const failed = { status: 'failed', reason: 'why' } as const;
  it('a failed component ends the build stage', () => {
    expect(commandOutcome('build', hello, failed)).toEqual({ ok: false, error: 'ComponentFailedError', cause: 'why' });
  });
  it('a failed test does not end the test stage', () => {
    expect(commandOutcome('test', hello, failed)).toEqual({ ok: true });
  });
  it('our own step on the tester does', () => {
    expect(commandOutcome('test', { label: 'wait until ready' }, failed)).toMatchObject({ ok: false });
  });
});

// Token buckets of calls: by account, region and action, with AWS's errors, and a tally.
import { expect, it } from 'vitest';
import { testClock } from '../../../local/clock.ts';
import type { Caller, Service } from '../../../local/service.ts';
import { awsLimits } from '../../../local/throttling/aws-buckets.ts';
import { type ThrottleTally, throttled } from '../../../local/throttling/throttled.ts';

const caller: Caller = { accountId: '1', region: 'eu-west-1', accessKeyId: 'k', principalArn: 'arn:aws:iam::1:root' };

function open(signingName: string, protocol: Service['protocol'], names: string[]) {
  const clock = testClock();
  const tally: ThrottleTally = {};
  const operations = Object.fromEntries(names.map((name) => [name, () => name]));
  const { operations: limited } = throttled(
    { signingName, protocol, operations },
    { clock, limits: awsLimits, tally },
  ) as Service;
  /** How many of so many calls pass. */
  const passed = (name: string, calls: number, input: object = {}, by: Caller = caller) => {
    let count = 0;
    for (let call = 0; call < calls; call++) {
      try {
        limited[name]!(input, by);
        count += 1;
      } catch (error) {
        expect(error).toMatchObject(
          protocol === 'ec2'
            ? { code: 'RequestLimitExceeded', statusCode: 503 }
            : { code: 'ThrottlingException', statusCode: 400 },
        );
      }
    }
    return count;
  };
  return { clock, tally, passed };
}

it('five launches at once, then two a second, and never more than five saved up', async () => {
  const { clock, tally, passed } = open('ec2', 'ec2', ['RunInstances']);
  const one = { MinCount: '1', MaxCount: '1' };
  expect(passed('RunInstances', 8, one)).toBe(5);
  await clock.advance(1000);
  expect(passed('RunInstances', 8, one)).toBe(2);
  await clock.advance(3_600_000);
  expect(passed('RunInstances', 8, one)).toBe(5);
  expect(tally['1 eu-west-1 ec2 RunInstances']).toEqual({ passed: 12, refused: 12 });
});

it('takes a token for each instance beside that of the call', async () => {
  const { clock, passed } = open('ec2', 'ec2', ['RunInstances', 'TerminateInstances']);
  expect(passed('RunInstances', 1, { MinCount: '1', MaxCount: '999' })).toBe(1);
  expect(passed('RunInstances', 1, { MinCount: '2', MaxCount: '2' })).toBe(0);
  await clock.advance(1000);
  expect(passed('RunInstances', 1, { MinCount: '2', MaxCount: '2' })).toBe(1);
  expect(passed('TerminateInstances', 1, { InstanceId: Array.from({ length: 1001 }, () => 'i') })).toBe(0);
});

it('of each account, region and action by itself', () => {
  const { passed } = open('ec2', 'ec2', ['CreateImage', 'StopInstances']);
  expect(passed('CreateImage', 60)).toBe(50);
  expect(passed('StopInstances', 60)).toBe(50);
  expect(passed('CreateImage', 60, {}, { ...caller, region: 'eu-west-2' })).toBe(50);
  expect(passed('CreateImage', 60, {}, { ...caller, accountId: '2' })).toBe(50);
});

it('describing without a filter costs double where AWS says so, and nothing that it does not name', async () => {
  const { clock, passed } = open('ec2', 'ec2', ['DescribeInstances', 'DescribeImages']);
  expect(passed('DescribeInstances', 200)).toBe(50);
  expect(passed('DescribeImages', 200)).toBe(100);
  await clock.advance(1000);
  expect(passed('DescribeInstances', 200)).toBe(10);
  expect(passed('DescribeImages', 200)).toBe(20);
});

it('Step Functions has its own words, and what has no documented figure no bucket', () => {
  const machines = open('states', 'json', ['DescribeExecution', 'ListExecutions']);
  expect(machines.passed('DescribeExecution', 400)).toBe(300);
  expect(machines.passed('ListExecutions', 5000)).toBe(5000);
  expect(open('ssm', 'json', ['SendCommand']).passed('SendCommand', 5000)).toBe(5000);
});

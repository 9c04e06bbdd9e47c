import { describe, expect, test } from 'vitest';
import { attempt, awsError, isPassing } from '../../cli/aws/attempt.ts';
import { functionError } from '../../cli/aws/invocation.ts';
import { CommandError } from '../../cli/command-error.ts';

const fault = (name: string, message: string, more: object = {}) =>
  Object.assign(new Error(message), { name, ...more });

describe('an error of AWS says what was tried, what was said and what to do', () => {
  test.each([
    [
      fault('CredentialsProviderError', 'Could not load credentials from any providers'),
      /^Could not find it: CredentialsProviderError: .*\nNo AWS credentials were found. Set AWS_PROFILE, .* --local/,
    ],
    [fault('Error', 'Region is missing'), /Set AWS_REGION to the region where the stack is deployed/],
    [
      fault('ExpiredTokenException', 'The security token included in the request is expired'),
      /The credentials have expired: log in again/,
    ],
    [
      fault('UnrecognizedClientException', 'The security token included in the request is invalid.'),
      /AWS does not accept these credentials/,
    ],
    [fault('AccessDeniedException', 'User: x is not authorized to perform: y'), /lack this permission/],
    [
      fault('AggregateError', '', {
        errors: [fault('Error', 'connect ECONNREFUSED 127.0.0.1:4566', { code: 'ECONNREFUSED' })],
      }),
      /connect ECONNREFUSED 127.0.0.1:4566\nNothing listens/,
    ],
    [
      fault('Error', 'getaddrinfo ENOTFOUND ec2.mars-1.amazonaws.com', { code: 'ENOTFOUND' }),
      /check the network and the name of the region/,
    ],
    [fault('InternalServerError', 'oops\x1b[2J'), /^Could not find it: InternalServerError: oops\\x1b\[2J$/],
    ['a string', /^Could not find it: Error: a string$/],
  ])('%s', (error, message) => {
    expect(awsError('find it', error).message).toMatch(message);
    expect(awsError('find it', error).exitCode).toBe(1);
  });

  test('a sentence that stands already is left alone', async () => {
    const own = new CommandError('own words', { exitCode: 2 });
    await expect(attempt('find it', () => Promise.reject(own))).rejects.toBe(own);
  });

  test.each([
    [fault('Error', 'x', { code: 'ECONNRESET' }), true],
    [fault('ThrottlingException', 'x'), true],
    [fault('InternalError', 'x', { $metadata: { httpStatusCode: 503 } }), true],
    [fault('AccessDeniedException', 'x', { $metadata: { httpStatusCode: 400 } }), false],
    [new CommandError('There is no record'), false],
  ])('%s: passing %s', (error, passing) => {
    expect(isPassing(error)).toBe(passing);
    if (!(error instanceof CommandError)) expect(isPassing(awsError('read', error))).toBe(passing);
  });
});

describe('an error of a function', () => {
  test('that says the input is wrong has exit code 2', () => {
    const error = functionError('put', 'register the pipeline web', {
      errorType: 'InvalidRequestError',
      errorMessage: 'name: expected …',
    });
    expect([error.exitCode, error.message]).toEqual([
      2,
      'Could not register the pipeline web: InvalidRequestError: name: expected …',
    ]);
  });

  test('of any other kind names the log of the function', () => {
    const error = functionError('put', 'register the pipeline web', {
      errorType: 'Sandbox.Timedout',
      errorMessage: 'timed out',
    });
    expect(error.exitCode).toBe(1);
    expect(error.message).toContain(
      'Sandbox.Timedout: timed out\nThe function put failed; its log is in /aws/lambda/put.',
    );
    expect(functionError('put', 'x', null).message).toContain('Could not x: Error: ');
  });
});

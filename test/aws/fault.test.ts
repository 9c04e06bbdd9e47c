import { describe, expect, it } from 'vitest';
import { attempt, codeOf, fault } from '../../shared/aws/fault.ts';
import { stateReason } from '../../shared/aws/state-reason.ts';
import { CancelledError } from '../../shared/errors.ts';
import { awsError } from '../phase/fake-ec2.ts';

const named = (code: string, status = 400, message = 'said') => fault('Tried it', awsError(code, message, status));

describe('what AWS said becomes one of our errors', () => {
  it.each([
    ['InsufficientInstanceCapacity', 500, 'CapacityError'],
    ['InsufficientFreeAddressesInSubnet', 400, 'CapacityError'],
    ['Unsupported', 400, 'CapacityError'],
    ['VcpuLimitExceeded', 400, 'CapacityError'],
    ['InvalidInstanceID.NotFound', 400, 'NotReadyError'],
    ['InvalidAMIID.NotFound', 400, 'NotReadyError'],
    ['InvalidAMIID.Unavailable', 400, 'NotReadyError'],
    ['InvalidInstanceId', 400, 'NotReadyError'],
    ['InvalidSnapshot.InUse', 400, 'NotReadyError'],
    ['RequestLimitExceeded', 503, 'ThrottledError'],
    ['Unavailable', 503, 'ThrottledError'],
    ['ThrottlingException', 400, 'ThrottledError'],
    ['UnauthorizedOperation', 403, 'AccessDeniedError'],
    ['AccessDeniedException', 400, 'AccessDeniedError'],
    ['ParameterNotFound', 400, 'NotFoundError'],
    ['InvalidGroup.NotFound', 400, 'NotFoundError'],
    ['NotFoundException', 404, 'NotFoundError'],
    ['UnsupportedOperation', 400, 'InvalidRequestError'],
    ['InvalidParameterValue', 400, 'InvalidRequestError'],
  ])('%s with status %i is a %s', (code, status, name) => {
    expect(named(code, status)).toMatchObject({ name, message: expect.stringContaining(`Tried it: AWS said ${code}`) });
  });
  it.each([
    ['no dot at its end', 'no dot at its end. Check'],
    ['A dot.', 'A dot. Check'],
  ])('advice follows a whole sentence: %s', (said, expected) => {
    expect(named('UnauthorizedOperation', 403, said).message).toContain(expected);
  });
  it.each([500, 503, 429])('a code nobody knows with status %i is a ThrottledError', (status) => {
    expect(named('Strange', status).name).toBe('ThrottledError');
  });
  it('a code nobody knows with status 403 is an AccessDeniedError', () => {
    expect(named('Strange', 403).name).toBe('AccessDeniedError');
  });
  it('a new instance profile is waited for, by what the message says', () => {
    const error = named(
      'InvalidParameterValue',
      400,
      'Value (x) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name',
    );
    expect(error).toMatchObject({ name: 'NotReadyError', message: expect.stringContaining('needs some seconds') });
  });
  it.each([
    Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
    Object.assign(new AggregateError([], 'connect'), { code: 'ECONNREFUSED' }),
    Object.assign(new Error('timed out'), { name: 'TimeoutError' }),
  ])('a broken connection is a ThrottledError: %s', (thrown) => {
    expect(fault('Tried it', thrown).name).toBe('ThrottledError');
  });
  it('keeps what was thrown as its cause, so that a phase can read the code', () => {
    expect(codeOf(named('InvalidAMIName.Duplicate').cause)).toBe('InvalidAMIName.Duplicate');
  });
  it('lets our own errors through as they are', async () => {
    const own = new CancelledError('the build has ended');
    await expect(attempt('Tried it', () => Promise.reject(own))).rejects.toBe(own);
  });
  it.each([undefined, null, 'text'])('survives a thrown %s', (thrown) => {
    expect(fault('Tried it', thrown).name).toBe('InvalidRequestError');
  });
});

describe('the state reason of EC2', () => {
  it('says its code once', () => {
    expect(stateReason({ Code: 'Server.InternalError', Message: 'Client.VolumeLimitExceeded: Volume limit' })).toBe(
      'Server.InternalError: Client.VolumeLimitExceeded: Volume limit',
    );
    expect(stateReason({ Code: 'Client.UserInitiatedShutdown', Message: 'Client.UserInitiatedShutdown: User' })).toBe(
      'Client.UserInitiatedShutdown: User',
    );
    expect(stateReason({ Code: '' })).toBeUndefined();
  });
});

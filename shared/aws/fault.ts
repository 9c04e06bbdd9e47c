// Turns what an AWS client threw into one of our errors: by code first, by status only where the code says nothing.
import {
  AccessDeniedError,
  type ErrorName,
  errorNamed,
  errorNames,
  InvalidRequestError,
  NotFoundError,
  NotReadyError,
  ThrottledError,
} from '../errors.ts';

/** Codes by class, from the EC2 error code tables (docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html) and the service models. */
const codes: Partial<Record<ErrorName, string[]>> = {
  CapacityError: [
    'InsufficientInstanceCapacity',
    'InsufficientHostCapacity',
    'InsufficientReservedInstanceCapacity',
    'InsufficientReservedInstancesCapacity',
    'InsufficientCapacityOnHost',
    'InsufficientVolumeCapacity',
    'InsufficientAddressCapacity',
    'InsufficientFreeAddressesInSubnet',
    'ReservationCapacityExceeded',
    'Unsupported',
    'VolumeTypeNotAvailableInZone',
    'UnfulfillableCapacity',
    'SpotMaxPriceTooLow',
    'MaxSpotInstanceCountExceeded',
    'VcpuLimitExceeded',
    'InstanceLimitExceeded',
  ],
  NotReadyError: [
    'InvalidInstanceID.NotFound',
    'InvalidAMIID.NotFound',
    'InvalidAMIID.Unavailable',
    'IncorrectInstanceState',
    'IncorrectState',
    'InvalidInstanceId',
    'InvocationDoesNotExist',
    // An AMI that was deregistered a moment ago still holds its snapshots.
    'InvalidSnapshot.InUse',
  ],
  AccessDeniedError: [
    'UnauthorizedOperation',
    'AccessDenied',
    'AccessDeniedException',
    'AuthFailure',
    'OptInRequired',
    'PendingVerification',
    'TagPolicyViolation',
    'UnrecognizedClientException',
    'InvalidClientTokenId',
    'ExpiredTokenException',
    'CustomerKeyHasBeenRevoked',
    'AuthorizationError',
    'AuthorizationErrorException',
  ],
  NotFoundError: [
    'ParameterNotFound',
    'ResourceNotFoundException',
    'InvalidSnapshot.NotFound',
    'InvalidSubnetID.NotFound',
  ],
  ThrottledError: [
    'RequestLimitExceeded',
    'ResourceLimitExceeded',
    'PendingSnapshotLimitExceeded',
    'ConcurrentTagAccess',
    'ConcurrentSnapshotLimitExceeded',
    'ConcurrentCreateImageNoRebootLimitExceeded',
    'SnapshotCreationPerVolumeRateExceeded',
    'Unavailable',
    'ServiceUnavailable',
    'InternalError',
    'InternalFailure',
    'ServerInternal',
    'InternalServerError',
    'EC2ThrottledException',
    'Throttling',
    'ThrottlingException',
    'ThrottledException',
    'RequestThrottled',
    'RequestThrottledException',
    'SlowDown',
    'TooManyRequestsException',
    'PriorRequestNotComplete',
    'BandwidthLimitExceeded',
    'ProvisionedThroughputExceededException',
    'TooManyUpdates',
    'OperationAbortedException',
  ],
};

const classOf = new Map(Object.entries(codes).flatMap(([name, list]) => list.map((code) => [code, name as ErrorName])));

const advice: Partial<Record<ErrorName, string>> = {
  AccessDeniedError:
    "Check the function's role in serverless.yml (in another account that of distribution-role.yml), permission boundaries and service control policies.",
  NotFoundError: 'Check the name, the region and the account.',
};

const connectionCodes = /ECONN|ETIMEDOUT|EPIPE|EAI_AGAIN|ENOTFOUND|TimeoutError|AbortError|NetworkingError/;

type Fault = { name?: string; code?: string; message?: string; $metadata?: { httpStatusCode?: number } };

/** The AWS error code of anything thrown by an SDK client (Node's own code where the connection broke), or undefined. */
export function codeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const { name, code }: Fault = thrown;
  return name === 'Error' ? code : name;
}

/** Our error for what an SDK client threw while `what` was tried; ours pass through unchanged. */
export function fault(what: string, thrown: unknown): Error {
  if (thrown instanceof Error && errorNames.some((name) => name === thrown.name)) return thrown;
  const { name = 'Error', code: ownCode, message = String(thrown), $metadata } = (thrown ?? {}) as Fault;
  const code = codeOf(thrown) ?? name;
  const status = $metadata?.httpStatusCode;
  const known = classOf.get(code);
  const said = `${what}: AWS said ${code}: ${message}`;
  // Not all of AWS's messages end as sentences do.
  const going = (more: string | undefined) => (more ? `${said.replace(/([^.!?\s])\s*$/, '$1.')} ${more}` : said);
  if (known) return errorNamed(known, going(advice[known]), { cause: thrown });
  if (connectionCodes.test(`${ownCode} ${name}`) || status === 429 || (status !== undefined && status >= 500))
    return new ThrottledError(said, { cause: thrown });
  if (status === 403) return new AccessDeniedError(going(advice.AccessDeniedError), { cause: thrown });
  if (/Invalid IAM Instance Profile/i.test(message))
    return new NotReadyError(going('A new instance profile needs some seconds before EC2 knows it.'), {
      cause: thrown,
    });
  if (/NotFound(Exception)?$/.test(code)) return new NotFoundError(going(advice.NotFoundError), { cause: thrown });
  return new InvalidRequestError(said, { cause: thrown });
}

/** Runs one SDK call; `what` completes the sentence "tried to …" in the error. */
export async function attempt<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    throw fault(what, thrown);
  }
}

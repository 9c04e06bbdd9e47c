// Errors of AWS as a user can act on them: what was tried, on which thing, what was said, what to do next.
import { CommandError } from '../command-error.ts';
import { environment } from '../environment.ts';
import { printable } from '../terminal-text.ts';

/** Runs `work`; what it throws comes back as a CommandError that begins with `what` ("read the image …"). */
export async function attempt<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw awsError(what, error);
  }
}

export function awsError(what: string, error: unknown): CommandError {
  const { name, message, code } = parts(error);
  const advice = adviceFor(name, message, code);
  const said = message && message !== name ? `${name}: ${message}` : name;
  return new CommandError(`Could not ${what}: ${printable(said)}${advice ? `\n${advice}` : ''}`, { cause: error });
}

/** True for faults that may be over in a moment: the network, throttling, a server's stumble. */
export function isPassing(error: unknown): boolean {
  const cause = error instanceof CommandError ? error.cause : error;
  const { name, code, status } = parts(cause);
  return (
    /^(?:ECONNRESET|ECONNREFUSED|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN)$/.test(code) ||
    /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown|TimeoutError/.test(name) ||
    (status >= 500 && status < 600)
  );
}

function parts(error: unknown): { name: string; message: string; code: string; status: number } {
  const { name, message, code, errors, $metadata } = (typeof error === 'object' && error !== null ? error : {}) as {
    name?: unknown;
    message?: unknown;
    code?: unknown;
    errors?: { code?: unknown; message?: unknown }[];
    $metadata?: { httpStatusCode?: number };
  };
  // Node tries every address of a host name and puts the refusals into one AggregateError.
  const first = errors?.[0];
  return {
    name: String(name ?? 'Error'),
    message: String(message || first?.message || (error === undefined ? '' : error)),
    code: String(code ?? first?.code ?? ''),
    status: $metadata?.httpStatusCode ?? 0,
  };
}

function adviceFor(name: string, message: string, code: string): string | undefined {
  if (
    name === 'CredentialsProviderError' ||
    /could not load credentials|resolved credential object is not valid/i.test(message)
  ) {
    return 'No AWS credentials were found. Set AWS_PROFILE, or log in with `aws configure sso`; or add --local to build on this machine.';
  }
  if (/region is missing/i.test(message)) return 'Set AWS_REGION to the region where the stack is deployed.';
  if (/^ExpiredToken|^RequestExpired|TokenRefreshRequired/.test(name))
    return 'The credentials have expired: log in again.';
  if (/UnrecognizedClient|InvalidClientTokenId|SignatureDoesNotMatch|InvalidSignature|AuthFailure/.test(name)) {
    return 'AWS does not accept these credentials: check AWS_PROFILE and the access key.';
  }
  if (/AccessDenied|UnauthorizedOperation|NotAuthorized/.test(name)) {
    return 'The credentials in use lack this permission; docs/deploy.md lists what the command line needs.';
  }
  if (code === 'ECONNREFUSED') {
    const endpoint = environment.endpoint ? ` at AWS_ENDPOINT_URL=${environment.endpoint}` : '';
    return `Nothing listens${endpoint}. Start the local cloud with \`./image-builder local start\`, or unset AWS_ENDPOINT_URL to use AWS.`;
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return 'The host name could not be resolved: check the network and the name of the region.';
  return undefined;
}

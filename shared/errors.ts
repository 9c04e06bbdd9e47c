// The errors a build can end with: Lambda reports `error.name`, and the state machine's retriers match that string.

type Options = { cause?: unknown };

/** AWS asked us to slow down or stumbled (throttling, 5xx, connection reset). Retried quickly. */
export class ThrottledError extends Error {
  override name = 'ThrottledError' as const;
}

/** It exists but cannot be used yet (just created, agent not online, profile not propagated). Retried quickly. */
export class NotReadyError extends Error {
  override name = 'NotReadyError' as const;
}

/** Released as far as anything shows; only time proves that nothing comes to light later. To the machine a NotReadyError like any other. */
export class UnprovenError extends NotReadyError {}

/** No room now, after every instance type and subnet of the list was tried. Retried slowly. */
export class CapacityError extends Error {
  override name = 'CapacityError' as const;
}

/** AWS or a schema refused what was asked; asking again would not help. */
export class InvalidRequestError extends Error {
  override name = 'InvalidRequestError' as const;
}

/** A component document does not compile. */
export class InvalidDocumentError extends Error {
  override name = 'InvalidDocumentError' as const;
}

/** What the build refers to does not exist. */
export class NotFoundError extends Error {
  override name = 'NotFoundError' as const;
}

/** A role or a policy says no. */
export class AccessDeniedError extends Error {
  override name = 'AccessDeniedError' as const;
}

/** A component failed on the builder. */
export class ComponentFailedError extends Error {
  override name = 'ComponentFailedError' as const;
}

/** At least one test failed on the tester. */
export class TestFailedError extends Error {
  override name = 'TestFailedError' as const;
}

/** AWS accepted it and lost it later: an AMI that went to `failed`, an instance that died by itself. */
export class ResourceFailedError extends Error {
  override name = 'ResourceFailedError' as const;
}

/** A wait lasted longer than the plan allows. */
export class DeadlineError extends Error {
  override name = 'DeadlineError' as const;
}

/** The build was ended; nothing more may be made for it. */
export class CancelledError extends Error {
  override name = 'CancelledError' as const;
}

/** Something could not be released, and trying again will not help; the image's record names it. */
export class CleanupError extends Error {
  override name = 'CleanupError' as const;
}

const classes = {
  ThrottledError,
  NotReadyError,
  CapacityError,
  InvalidRequestError,
  InvalidDocumentError,
  NotFoundError,
  AccessDeniedError,
  ComponentFailedError,
  TestFailedError,
  ResourceFailedError,
  DeadlineError,
  CancelledError,
  CleanupError,
};

export type ErrorName = keyof typeof classes;

/** Every name the state machine can meet from our own code. */
export const errorNames = Object.keys(classes) as ErrorName[];

/** An error by its name, for outcomes that were stored and are raised later. */
export function errorNamed(name: ErrorName, message: string, options?: Options): Error {
  return new classes[name](message, options);
}

// How a wait ends: well, or with one of our errors.
import type { ErrorName } from '../errors.ts';

export type Outcome = { ok: true } | { ok: false; error: ErrorName; cause: string };

/** The errors after which the machine tries a state again; any other ends the build. */
export const retriedErrors: string[] = ['ThrottledError', 'NotReadyError', 'CapacityError'] satisfies ErrorName[];

/** What ended a wait: AWS's event, the first look after the token was registered, or a later safety poll. */
export type EndedBy = 'event' | 'look' | 'heartbeat';

export const succeeded: Outcome = { ok: true };

/** An outcome that fails the waiting state with `error`. */
export const failed = (error: ErrorName, cause: string): Outcome => ({ ok: false, error, cause });

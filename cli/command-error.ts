// An error that ends the command: a sentence for the user, never a stack trace, and the exit code.

/** 1: the build or the command failed; 2: the input is invalid and nothing was started. */
export type ExitCode = 1 | 2;

export class CommandError extends Error {
  override name = 'CommandError';
  readonly exitCode: ExitCode;
  constructor(message: string, { exitCode = 1, cause }: { exitCode?: ExitCode; cause?: unknown } = {}) {
    super(message, { cause });
    this.exitCode = exitCode;
  }
}

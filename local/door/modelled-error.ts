// An error with members beside its message, such as the item that failed a condition.
import { AwsError } from '../service.ts';

export class ModelledError extends AwsError {
  readonly members: Record<string, unknown>;
  constructor(code: string, message: string, members: Record<string, unknown>, statusCode = 400) {
    super(code, message, statusCode);
    this.members = members;
  }
}

export const membersOf = (error: AwsError): Record<string, unknown> =>
  error instanceof ModelledError ? error.members : {};

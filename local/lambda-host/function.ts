// A function as it is registered with the host: what the template says of it, resolved.

export type FunctionDefinition = {
  name: string;
  /** Path of the zip with its code. */
  zip: string;
  /** `functions/prepare-image.handler`: the module in the zip without its extension, and what it exports. */
  handler: string;
  environment: Record<string, string>;
  /** Seconds. */
  timeout: number;
  /** MiB. */
  memorySize: number;
  roleArn: string;
  /** The one published version, beside `$LATEST`. */
  version?: string;
  reservedConcurrentExecutions?: number;
  /** Where an asynchronous event goes that failed for good: the event itself. */
  deadLetterTargetArn?: string;
  /** Where a record of the failure goes (the OnFailure destination). */
  onFailureArn?: string;
  /** Further tries of an asynchronous invocation after an error: 0, 1 or 2. */
  maximumRetryAttempts?: number;
  maximumEventAgeInSeconds?: number;
};

export type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

/** The fault that Lambda reports for a function: the payload of an answer with FunctionError. */
export type FunctionFault = { errorType: string; errorMessage: string; trace?: string[] };

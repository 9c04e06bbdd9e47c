// What every emulated service is made of: operations by AWS name, who called, and AWS's errors.

/** Who signed a request. `principalArn` is the account root for ordinary keys and the role for a function's or an assumed role's keys. */
export type Caller = { accountId: string; region: string; accessKeyId: string; principalArn: string };

// biome-ignore lint/suspicious/noExplicitAny: an input is whatever the client sent; each operation checks what it reads.
export type Input = Record<string, any>;

export type Operation = (input: Input, caller: Caller) => unknown | Promise<unknown>;

/** A service that speaks EC2's query protocol, the AWS query protocol (XML answers) or AWS JSON. */
export type Service = {
  signingName: string;
  protocol: 'ec2' | 'query' | 'json';
  /** API version (XML namespaces) for ec2 and query; X-Amz-Target prefix for json. */
  version?: string;
  targetPrefix?: string;
  jsonVersion?: '1.0' | '1.1';
  operations: Record<string, Operation>;
};

export type RestRequest = {
  method: string;
  path: string;
  parameters: string[];
  query: URLSearchParams;
  headers: Record<string, string | undefined>;
  body: Buffer;
};

export type RestAnswer = { statusCode?: number; headers?: Record<string, string>; body?: string | Buffer };

/** A service that speaks REST (Lambda): routes are tried in order; `path` groups become `parameters`, URI-decoded. */
export type RestService = {
  signingName: string;
  protocol: 'rest';
  /** How it tells an error, where that is not JSON (S3). */
  refuse?: (error: AwsError) => RestAnswer;
  routes: {
    /** AWS's name of the operation. */
    name: string;
    method: string;
    path: RegExp;
    /** A parameter of the query that must be there, where it tells operations of one path apart. */
    query?: string;
    operation: (request: RestRequest, caller: Caller) => RestAnswer | Promise<RestAnswer>;
  }[];
};

/** An error as a service answers it; `code` is AWS's own. */
export class AwsError extends Error {
  override name = 'AwsError';
  readonly code: string;
  readonly statusCode: number;
  constructor(code: string, message: string, statusCode = 400) {
    super(message);
    this.code = code;
    this.statusCode = statusCode;
  }
}

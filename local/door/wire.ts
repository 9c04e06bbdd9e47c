// A request and its answer as they cross the socket, before any protocol has looked at them.

export type WireRequest = {
  method: string;
  /** Path as sent, still percent-encoded, without the query. */
  path: string;
  /** Query string as sent, without the question mark. */
  query: string;
  /** Lower-case names; repeated headers joined with a comma. */
  headers: Record<string, string | undefined>;
  body: Buffer;
};

export type WireAnswer = { statusCode: number; headers: Record<string, string>; body: string | Buffer };

// How to reach an account: the ordinary AWS environment, or the endpoint of a local cloud.

export type Connection = {
  /** Undefined: AWS, or wherever AWS_ENDPOINT_URL points. */
  endpoint?: string;
  region?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
};

/** A local cloud takes any credentials; an access key of twelve digits names the account. */
export function localConnection(endpoint: string, region = 'us-east-1'): Connection {
  return { endpoint, region, credentials: { accessKeyId: '000000000000', secretAccessKey: 'local' } };
}

// Who is at the keyboard, as far as AWS can tell.
import type { Connection } from './connection.ts';

/** The ARN of the caller's identity; undefined where STS does not tell it: an answer is not refused for that. */
export async function callerArn(connection: Connection): Promise<string | undefined> {
  const { STSClient, GetCallerIdentityCommand } = await import('@aws-sdk/client-sts');
  const client = new STSClient(connection);
  try {
    return (await client.send(new GetCallerIdentityCommand({}))).Arn;
  } catch {
    return undefined;
  } finally {
    client.destroy();
  }
}

// SSM Parameter Store: one SDK call per function, faults translated, no decisions.
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { attempt } from './fault.ts';

export type Parameters = { value(name: string): Promise<string> };

/** Parameters of the function's own region and, by ARN, of others that are shared with it. */
export function parameters(): Parameters {
  const client = new SSMClient({});
  return {
    value: (Name) =>
      attempt(`Tried to read SSM parameter ${Name}`, async () => {
        return (await client.send(new GetParameterCommand({ Name }))).Parameter!.Value!;
      }),
  };
}

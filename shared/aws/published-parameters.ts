// The SSM parameters that publishing sets: one SDK call per function, faults translated, no decisions.
import {
  DeleteParameterCommand,
  GetParameterCommand,
  PutParameterCommand,
  SSMClient,
  type SSMClientConfig,
} from '@aws-sdk/client-ssm';
import { destinationText } from '../build/destinations.ts';
import { attempt, codeOf } from './fault.ts';

export type ParameterView = { value: string; type: string; dataType: string };

export type PublishedParameters = {
  find(name: string): Promise<ParameterView | undefined>;
  /** `overwrites`: there is one already. A value of the data type aws:ec2:image is taken later, or never (Systems Manager API reference, PutParameter). */
  put(name: string, value: string, dataType: string, overwrites: boolean): Promise<void>;
  remove(name: string): Promise<'released' | 'gone'>;
};

const missing = 'ParameterNotFound';

/** The parameters of one region, in the account of the function or of the credentials. */
export function publishedParametersOf(
  region: string,
  credentials?: SSMClientConfig['credentials'],
  account?: string,
): PublishedParameters {
  const place = destinationText({ region, account });
  const client = new SSMClient({ region, ...(credentials && { credentials }) });
  const unlessMissing = async <Answer>(call: () => Promise<Answer>): Promise<Answer | undefined> => {
    try {
      return await call();
    } catch (thrown) {
      if (codeOf(thrown) === missing) return undefined;
      throw thrown;
    }
  };
  return {
    find: (Name) =>
      attempt(`Tried to read SSM parameter ${Name} in ${place}`, async () => {
        const found = (await unlessMissing(() => client.send(new GetParameterCommand({ Name }))))?.Parameter;
        return found && { value: found.Value!, type: found.Type!, dataType: found.DataType ?? 'text' };
      }),
    put: (Name, Value, DataType, overwrites) =>
      attempt(`Tried to set SSM parameter ${Name} to ${Value} in ${place}`, async () => {
        const request = { Name, Value, DataType, Type: 'String' as const, Overwrite: overwrites };
        await client.send(new PutParameterCommand(request));
      }),
    remove: (Name) =>
      attempt(`Tried to delete SSM parameter ${Name} in ${place}`, async () => {
        const call = () => client.send(new DeleteParameterCommand({ Name }));
        return (await unlessMissing(call)) ? 'released' : 'gone';
      }),
  };
}

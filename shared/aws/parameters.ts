// SSM Parameter Store: one SDK call per function, faults translated, no decisions.
import { DeleteParameterCommand, GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { NotFoundError } from '../errors.ts';
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

export type ParameterView = { value: string; dataType: string };

/** Data type of parameters that hold AMI ids: validated after the answer, so that what was put is only there once it is read (Systems Manager API, PutParameter). */
export const imageDataType = 'aws:ec2:image';

export type ImageParameters = {
  /** Undefined where there is none. */
  find(name: string): Promise<ParameterView | undefined>;
  /** Asks for the value; it is there once `find` tells it, or never where the AMI is not available in the account. */
  put(name: string, imageId: string): Promise<void>;
  delete(name: string): Promise<void>;
};

/** Parameters of one region that hold AMI ids, in the account of the function. */
export function imageParametersOf(region: string): ImageParameters {
  const client = new SSMClient({ region });
  const unlessGone = async <T>(call: Promise<T>): Promise<T | undefined> => {
    try {
      return await call;
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
  };
  return {
    find: (Name) =>
      unlessGone(
        attempt(`Tried to read SSM parameter ${Name} in ${region}`, async () => {
          const { Value, DataType = 'text' } = (await client.send(new GetParameterCommand({ Name }))).Parameter!;
          return { value: Value!, dataType: DataType };
        }),
      ),
    put: (Name, Value) =>
      attempt(`Tried to set SSM parameter ${Name} to ${Value} in ${region}`, async () => {
        const request = { Name, Value, Type: 'String' as const, DataType: imageDataType, Overwrite: true };
        await client.send(new PutParameterCommand(request));
      }),
    delete: async (Name) =>
      void (await unlessGone(
        attempt(`Tried to delete SSM parameter ${Name} in ${region}`, () =>
          client.send(new DeleteParameterCommand({ Name })),
        ),
      )),
  };
}

// From the product's client of tables straight to a database of this process: the client translates documents, as ever, and nothing between is done.
// The rest of the client (HTTP, repeating, errors by their shape) is two thirds of the work of a test of phases; the tests of the store have it.
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Store } from '../../local/dynamodb/store.ts';
import type { AwsError, Input } from '../../local/service.ts';

type Next = (given: { input: Input }) => Promise<{ output: Input }>;
type Middleware = (next: Next, context: object) => Next;
type Command = {
  input: Input;
  clientCommand: object;
  inputKeyNodes: object;
  outputKeyNodes: object;
  addMarshallingMiddleware(configuration: object): void;
};
type Client = { config: { isCustomEndpoint?: boolean }; send(command: Command, ...more: unknown[]): Promise<Input> };

let open: ((endpoint: string) => Store | undefined) | undefined;

/** From now on, clients of this process that find their endpoint in the environment ask the store that `storeOf` gives for it, if any. */
export function shortCut(storeOf: (endpoint: string) => Store | undefined): void {
  const client = DynamoDBDocumentClient.prototype as unknown as Client;
  if (!open) {
    const { send } = client;
    const known = new WeakMap<object, Store>();
    client.send = function (command, ...more) {
      // As the client itself does: the endpoint of its first request is that of all.
      const store = known.get(this) ?? open!(process.env.AWS_ENDPOINT_URL ?? '');
      if (!store || this.config.isCustomEndpoint) return send.call(this, command, ...more);
      known.set(this, store);
      return ask(store, command, this.config);
    };
  }
  open = storeOf;
}

async function ask(store: Store, command: Command, configuration: object): Promise<Input> {
  const layers: Record<string, Middleware> = {};
  const addRelativeTo = (layer: Middleware, { name }: { name: string }) => {
    layers[name] = layer;
  };
  const { addMarshallingMiddleware, inputKeyNodes, outputKeyNodes } = command;
  const stack = { inputKeyNodes, outputKeyNodes, clientCommand: { middlewareStack: { addRelativeTo } } };
  addMarshallingMiddleware.call(stack as unknown as Command, configuration);
  const { DocumentMarshall, DocumentUnmarshall } = layers as Record<string, Middleware>;
  const operation = command.clientCommand.constructor.name.replace(/Command(\$\d)?$/, '');
  const run: Next = async ({ input }) => ({ output: received(await store.run(operation, sent(input))) });
  try {
    return (await DocumentMarshall!(DocumentUnmarshall!(run, {}), {})({ input: command.input })).output;
  } catch (error) {
    const { code, message, statusCode } = error as AwsError;
    if (!code) throw error;
    throw Object.assign(new Error(message), { name: code, $metadata: { httpStatusCode: statusCode } });
  }
}

/** What JSON does on the way: nothing that is undefined arrives, and bytes are base64. */
function sent(input: Input): Input {
  return JSON.parse(
    JSON.stringify(input, function (this: Input, key, value: unknown) {
      const bytes = this[key];
      return bytes instanceof Uint8Array ? Buffer.from(bytes).toString('base64') : value;
    }),
  ) as Input;
}

function received(output: Input): Input {
  const text = JSON.stringify(output);
  if (!text.includes('"B":"')) return output;
  return JSON.parse(text, (key, value: unknown) =>
    key === 'B' && typeof value === 'string' ? new Uint8Array(Buffer.from(value, 'base64')) : value,
  ) as Input;
}

// Lambda's API: invoking functions and looking at them; running them is the Lambda host's work.
import type { Functions } from '../cloud.ts';
import { AwsError, type Caller, type RestAnswer, type RestRequest, type RestService } from '../service.ts';
import { configuration, type DeployedFunction } from './configuration.ts';
import { functionArn } from './function-arn.ts';

/** `deployed` is asked at every call; `logTail` gives the last lines that a function wrote. */
export function lambda(
  functions: Functions,
  deployed: () => DeployedFunction[],
  logTail: (found: DeployedFunction) => string,
): RestService {
  const find = (request: RestRequest, caller: Caller): { found: DeployedFunction; arn: string } => {
    const arn = functionArn(request.parameters[0] ?? '', request.query.get('Qualifier'), caller);
    const unqualified = arn.split(':').slice(0, 7).join(':');
    const found = deployed().find((candidate) => candidate.arn === unqualified);
    if (!found) throw new AwsError('ResourceNotFoundException', `Function not found: ${arn}`, 404);
    return { found, arn };
  };

  const invoke = async (request: RestRequest, caller: Caller): Promise<RestAnswer> => {
    const { found, arn } = find(request, caller);
    const payload = payloadOf(request);
    const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
    if (type === 'DryRun') return { statusCode: 204 };
    if (type === 'Event') {
      functions.invokeLater(arn, payload);
      return { statusCode: 202 };
    }
    if (type !== 'RequestResponse') {
      throw new AwsError(
        'InvalidParameterValueException',
        `Unknown invocation type ${type}: RequestResponse, Event or DryRun`,
      );
    }
    const answer = await functions.invoke(arn, payload);
    const headers: Record<string, string> = { 'x-amz-executed-version': answer.executedVersion };
    if (answer.functionError) headers['x-amz-function-error'] = answer.functionError;
    if (request.headers['x-amz-log-type'] === 'Tail') headers['x-amz-log-result'] = encode(logTail(found));
    return { headers, body: answer.payload };
  };

  const inScope = (caller: Caller) => (found: DeployedFunction) =>
    found.arn.startsWith(`arn:aws:lambda:${caller.region}:${caller.accountId}:`);

  return {
    signingName: 'lambda',
    protocol: 'rest',
    routes: [
      {
        name: 'Invoke',
        method: 'POST',
        path: /^\/2015-03-31\/functions\/([^/]+)\/invocations$/,
        operation: invoke,
      },
      {
        name: 'ListFunctions',
        method: 'GET',
        path: /^\/2015-03-31\/functions\/?$/,
        operation: (_, caller) =>
          json({
            Functions: deployed()
              .filter(inScope(caller))
              .map((found) => configuration(found)),
          }),
      },
      {
        name: 'GetFunction',
        method: 'GET',
        path: /^\/2015-03-31\/functions\/([^/]+)$/,
        operation: (request, caller) =>
          json({ Configuration: configuration(find(request, caller).found), Code: { RepositoryType: 'S3' }, Tags: {} }),
      },
      {
        name: 'GetFunctionConfiguration',
        method: 'GET',
        path: /^\/2015-03-31\/functions\/([^/]+)\/configuration$/,
        operation: (request, caller) => json(configuration(find(request, caller).found)),
      },
      {
        name: 'ListVersionsByFunction',
        method: 'GET',
        path: /^\/2015-03-31\/functions\/([^/]+)\/versions$/,
        operation: (request, caller) => {
          const { found } = find(request, caller);
          return json({ Versions: ['$LATEST', ...found.versions].map((version) => configuration(found, version)) });
        },
      },
    ],
  };
}

function payloadOf({ body }: RestRequest): string {
  const text = body.length === 0 ? '{}' : body.toString();
  try {
    JSON.parse(text);
    return text;
  } catch (cause) {
    throw new AwsError(
      'InvalidRequestContentException',
      `Could not parse request body into json: ${(cause as Error).message}`,
    );
  }
}

const json = (value: unknown): RestAnswer => ({ body: JSON.stringify(value) });
const encode = (text: string) => Buffer.from(text.slice(-4096)).toString('base64');

// Runs in the process of one function: imports its handler, then answers one request at a time, as Lambda's runtime for Node 24 does.
import { existsSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FunctionFault } from './function.ts';
import type { Message, Request, Start } from './protocol.ts';

type Handler = (event: unknown, context: object) => unknown;

// Not imported: an import reads every export, and some of this module's are made when first read (5 ms).
const { format } = process.getBuiltinModule('node:util');

let requestId = '';
let handler: Handler;

const send = (message: Message, then: () => void = () => {}) => process.send?.(message, then);

const faultOf = (error: unknown, errorType?: string): FunctionFault =>
  error instanceof Error
    ? { errorType: errorType ?? error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] }
    : { errorType: errorType ?? typeof error, errorMessage: String(error), trace: [] };

const fault = (errorType: string, errorMessage: string): FunctionFault => ({ errorType, errorMessage, trace: [] });

/** Exit statuses as of Lambda's runtime interface client. */
process.on('uncaughtException', (error) =>
  send({ kind: 'fault', fault: faultOf(error), last: true }, () => process.exit(129)),
);
process.on('unhandledRejection', (reason) => {
  const unhandled = faultOf(reason, 'Runtime.UnhandledPromiseRejection');
  send({ kind: 'fault', fault: unhandled, last: true }, () => process.exit(128));
});
process.on('disconnect', () => process.exit(0));
process.on('message', (message: Start | Request) => {
  if (message.kind === 'start') start(message);
  else answer(message);
});

const levels = { debug: 'DEBUG', info: 'INFO', log: 'INFO', warn: 'WARN', error: 'ERROR', trace: 'TRACE' } as const;
for (const [method, level] of Object.entries(levels))
  console[method as keyof typeof levels] = (...values: unknown[]) => {
    process.stdout.write(`${new Date().toISOString()}\t${requestId}\t${level}\t${format(...values)}\n`);
  };

async function start({ taskRoot, handler: name }: Start): Promise<void> {
  // The function must not see how its process was started.
  delete process.env.NODE_COMPILE_CACHE;
  const found = await load(taskRoot, name);
  if (typeof found !== 'function') return void send({ kind: 'fault', fault: found, last: true });
  handler = found;
  // A process that is killed writes no compile cache by itself.
  flushCompileCache();
  send({ kind: 'ready' });
}

async function load(taskRoot: string, name: string): Promise<Handler | FunctionFault> {
  const match = /^([^.]+)\.(.+)$/.exec(basename(name));
  if (!match?.[1] || !match[2]) return fault('Runtime.MalformedHandlerName', `Bad handler: '${name}'`);
  const module = join(dirname(name), match[1]);
  const file = ['.mjs', '.js', '.cjs'].map((extension) => join(taskRoot, module + extension)).find(existsSync);
  if (!file) return fault('Runtime.ImportModuleError', `Error: Cannot find module '${module}'`);
  let exported: unknown;
  try {
    exported = await import(pathToFileURL(file).href);
  } catch (error) {
    if (error instanceof SyntaxError) return faultOf(error, 'Runtime.UserCodeSyntaxError');
    const missing = (error as { code?: string }).code === 'ERR_MODULE_NOT_FOUND';
    return missing ? { ...faultOf(error, 'Runtime.ImportModuleError'), errorMessage: String(error) } : faultOf(error);
  }
  for (const key of match[2].split('.')) exported = (exported as Record<string, unknown> | undefined)?.[key];
  if (typeof exported !== 'function') return fault('Runtime.HandlerNotFound', `${name} is undefined or not exported`);
  if (exported.length > 2)
    return fault(
      'Runtime.CallbackHandlerDeprecated',
      'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.',
    );
  return exported as Handler;
}

async function answer(request: Request): Promise<void> {
  requestId = request.requestId;
  const started = performance.now();
  const version = process.env.AWS_LAMBDA_FUNCTION_VERSION;
  process.stdout.write(`START RequestId: ${requestId} Version: ${version}\n`);
  let message: Message;
  try {
    const result = await handler(
      JSON.parse(request.event),
      contextOf(request, Date.now() + request.timeoutMilliseconds),
    );
    message = { kind: 'answer', payload: JSON.stringify(result) ?? 'null' };
  } catch (error) {
    const thrown = faultOf(error);
    console.error('Invoke Error', JSON.stringify(thrown));
    message = { kind: 'fault', fault: thrown, last: false };
  }
  process.stdout.write(`END RequestId: ${requestId}\n${report(performance.now() - started)}\n`);
  send(message);
}

/** The fields of AWS's line, in its order: osls takes them by number. */
function report(took: number): string {
  const fields = [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${took.toFixed(2)} ms`,
    `Billed Duration: ${Math.ceil(took)} ms`,
    `Memory Size: ${process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE} MB`,
    `Max Memory Used: ${Math.ceil(process.memoryUsage.rss() / 2 ** 20)} MB`,
  ];
  return fields.map((field) => `${field}\t`).join('');
}

const contextOf = (request: Request, deadline: number) => ({
  awsRequestId: request.requestId,
  invokedFunctionArn: request.functionArn,
  functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
  functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
  memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
  logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
  logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
  getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
});

// Runs the functions of the stack, each in processes of its own, with the limits and the faults of AWS Lambda.
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cloud, Functions, InvokeAnswer } from '../cloud.ts';
import { AwsError } from '../service.ts';
import { type Code, CodeStore } from './code.ts';
import type { Credentials, FunctionDefinition } from './function.ts';
import { type DeadLetter, Later } from './later.ts';
import { Pool, type Sandbox, type StartFunction } from './pool.ts';
import { FunctionProcess, type Outcome } from './process.ts';
import { variablesOf } from './variables.ts';

export type HostSettings = {
  /** Where functions find the cloud, asked when a process is started. */
  endpoint: () => string;
  /** The access key of a role. */
  credentials: (roleArn: string) => Credentials | Promise<Credentials>;
  /** Takes events that failed for good to their queue or topic. */
  deadLetter: DeadLetter;
  /** Milliseconds before the further tries of an asynchronous invocation; AWS's by default. */
  retryDelays?: [number, number];
  /** How many requests may run at a time, all functions together. */
  concurrency?: number;
  /** Milliseconds after which an idle process is ended. */
  keepIdle?: number;
  /** A process of its own for each by default. */
  startFunction?: StartFunction | undefined;
};

export type Registered = FunctionDefinition & { functionArn: string; codeSha256: string; codeSize: number };

export type LambdaHost = Functions & {
  /** Unpacks the code; nothing is started before the first request. Gives the function's ARN, without a version. */
  register(definition: FunctionDefinition): Promise<string>;
  /** By name or ARN, qualified or not; a ResourceNotFoundException where there is none. */
  find(function_: string): Registered;
  list(): Registered[];
  /** Tries at once what waits for its next try; resolves when no asynchronous invocation is left, or after `milliseconds`. */
  finish(milliseconds: number): Promise<void>;
  /** Kills every process; what runs is answered with a fault. */
  stop(): Promise<void>;
};

type Entry = Registered & { code: Code; running: number; pools: Map<string, Pool> };

const mostBytes = 6_291_556;
const mostBytesLater = 1_048_576;

export function lambdaHost(
  cloud: Pick<Cloud, 'clock' | 'logs' | 'stateDirectory' | 'accountId' | 'region'>,
  settings: HostSettings,
): LambdaHost {
  const { concurrency = 64, keepIdle = 60_000, retryDelays = [60_000, 120_000] } = settings;
  const directory = join(cloud.stateDirectory, 'lambda');
  const compileCache = join(directory, 'compile-cache');
  const codes = new CodeStore(join(directory, 'code'));
  const entries = new Map<string, Entry>();
  let running = 0;
  let stopped = false;
  const arnOf = (name: string) => `arn:aws:lambda:${cloud.region}:${cloud.accountId}:function:${name}`;

  const resolve = (function_: string): { entry: Entry; version: string; functionArn: string } => {
    const parts = function_.split(':');
    const start = parts[0] === 'arn' ? 6 : parts[1] === 'function' ? 2 : 0;
    const [name = '', qualifier = '$LATEST'] = parts.slice(start);
    const here = start !== 6 || function_.startsWith(arnOf(''));
    const entry = here ? entries.get(name) : undefined;
    if (!entry || (qualifier !== '$LATEST' && qualifier !== entry.version))
      throw new AwsError('ResourceNotFoundException', `Function not found: ${arnOf(name)}:${qualifier}`, 404);
    const qualified = parts.length > start + 1;
    return { entry, version: qualifier, functionArn: qualified ? `${arnOf(name)}:${qualifier}` : arnOf(name) };
  };

  const poolOf = (entry: Entry, version: string): Pool => {
    const known = entry.pools.get(version);
    if (known) return known;
    const pool = new Pool(() => startProcess(entry, version), cloud.clock, keepIdle);
    entry.pools.set(version, pool);
    return pool;
  };

  const startFunction = settings.startFunction ?? ((launch) => new FunctionProcess(launch));
  const startProcess = async (entry: Entry, version: string): Promise<Sandbox> => {
    const { taskRoot } = entry.code;
    const day = new Date(cloud.clock.now()).toISOString().slice(0, 10).replaceAll('-', '/');
    const logStream = `${day}/[${version}]${randomBytes(16).toString('hex')}`;
    const scope = { accountId: cloud.accountId, region: cloud.region };
    return startFunction({
      taskRoot,
      handler: entry.handler,
      memorySize: entry.memorySize,
      timeout: entry.timeout,
      clock: cloud.clock,
      log: (lines) => cloud.logs.append(scope, `/aws/lambda/${entry.name}`, logStream, lines),
      variables: variablesOf(entry, {
        region: cloud.region,
        endpoint: settings.endpoint(),
        taskRoot,
        version,
        logStream,
        compileCache,
        credentials: await settings.credentials(entry.roleArn),
      }),
    });
  };

  const invoke = async (function_: string, payload: string): Promise<InvokeAnswer> => {
    const { entry, version, functionArn } = resolve(function_);
    checkSize(payload, mostBytes);
    checkJson(payload);
    if (stopped) throw new AwsError('ServiceException', 'The local cloud is stopping', 503);
    const reserved = entry.reservedConcurrentExecutions ?? Number.POSITIVE_INFINITY;
    if (running >= concurrency || entry.running >= reserved)
      throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429);
    running += 1;
    entry.running += 1;
    try {
      return answerOf(await poolOf(entry, version).invoke(payload === '' ? '{}' : payload, functionArn), version);
    } finally {
      running -= 1;
      entry.running -= 1;
    }
  };

  let wanted: string[] = [];
  let warming = false;
  const warmAll = async () => {
    warming = true;
    try {
      for (let next = wanted.shift(); next && !stopped; next = wanted.shift()) {
        const { entry, version } = resolve(next);
        await poolOf(entry, version).warm();
      }
    } catch {
      // What is not there, its invocation will tell.
    } finally {
      warming = false;
    }
  };

  const lost = ({ name }: FunctionDefinition, error: unknown) => {
    const scope = { accountId: cloud.accountId, region: cloud.region };
    cloud.logs.append(scope, `/aws/lambda/${name}`, 'lost-events', [
      `An asynchronous event was lost: ${String(error)}`,
    ]);
  };
  const later = new Later({ clock: cloud.clock, retryDelays, deadLetter: settings.deadLetter, invoke, lost });
  return {
    invoke,
    invokeLater(function_, payload) {
      const { entry, functionArn } = resolve(function_);
      checkSize(payload, mostBytesLater);
      checkJson(payload);
      later.put(entry, functionArn, payload);
    },
    warm(functions) {
      // Processes of a test's own are started by nothing but requests.
      if (settings.startFunction) return;
      wanted = functions;
      if (!warming) void warmAll();
    },
    async register(definition) {
      const code = await codes.unpack(definition.zip);
      const functionArn = arnOf(definition.name);
      const codeFacts = { codeSha256: code.sha256, codeSize: code.size };
      entries.set(definition.name, { ...definition, functionArn, ...codeFacts, code, running: 0, pools: new Map() });
      return functionArn;
    },
    find: (function_) => registered(resolve(function_).entry),
    list: () => [...entries.values()].map(registered),
    finish: (milliseconds) => later.finish(milliseconds),
    async stop() {
      stopped = true;
      later.stop();
      const pools = [...entries.values()].flatMap((entry) => [...entry.pools.values()]);
      await Promise.all(pools.map((pool) => pool.stop()));
      // The compiled code of what is gone is not kept apart from the rest.
      if ((await codes.prune()) > 0) await rm(compileCache, { recursive: true, force: true });
    },
  };
}

function registered({ code: _code, running: _running, pools: _pools, ...rest }: Entry): Registered {
  return rest;
}

function checkSize(payload: string, most: number): void {
  if (payload.length > most / 3 && Buffer.byteLength(payload) > most)
    throw new AwsError(
      'RequestTooLargeException',
      `${Buffer.byteLength(payload)} byte payload is too large for the Invoke operation (limit ${most} bytes)`,
      413,
    );
}

function checkJson(payload: string): void {
  try {
    if (payload !== '') JSON.parse(payload);
  } catch (error) {
    throw new AwsError(
      'InvalidRequestContentException',
      `Could not parse request body into json: ${(error as Error).message}`,
    );
  }
}

function answerOf(outcome: Outcome, executedVersion: string): InvokeAnswer {
  if ('fault' in outcome)
    return { payload: JSON.stringify(outcome.fault), functionError: 'Unhandled', executedVersion };
  const size = Buffer.byteLength(outcome.payload);
  if (size <= mostBytes) return { payload: outcome.payload, executedVersion };
  const errorMessage = `Response payload size (${size} bytes) exceeded maximum allowed payload size (${mostBytes} bytes).`;
  const payload = JSON.stringify({ errorType: 'Function.ResponseSizeTooLarge', errorMessage });
  return { payload, functionError: 'Unhandled', executedVersion };
}

import { createRequire } from 'node:module';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { testClock } from '../../../local/clock.ts';
import { openHost } from './open-host.ts';

const osls = createRequire(import.meta.url);

let opened: ReturnType<typeof openHost>[] = [];
const open = (...settings: Parameters<typeof openHost>) => {
  const host = openHost(...settings);
  opened.push(host);
  return host;
};
afterEach(async () => {
  await Promise.all(opened.map(({ close }) => close()));
  opened = [];
});

const alive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
const until = async (condition: () => boolean) => {
  for (let tries = 0; !condition(); tries += 1) {
    if (tries > 500) throw new Error('it did not come true in five seconds');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

test('a function gets its event and context and answers with its result', async () => {
  const { add, invoke } = open();
  await add(
    'echo',
    'export const handler = async (event, context) => ({ event, context, left: context.getRemainingTimeInMillis() });',
  );
  const answer = await invoke('echo', { a: [1, null] });
  expect(answer.functionError).toBeUndefined();
  expect(answer.executedVersion).toBe('$LATEST');
  expect(answer.payload.event).toEqual({ a: [1, null] });
  expect(answer.payload.context).toMatchObject({
    functionName: 'echo',
    functionVersion: '$LATEST',
    memoryLimitInMB: '256',
    invokedFunctionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:echo',
    logGroupName: '/aws/lambda/echo',
  });
  expect(answer.payload.left).toBeGreaterThan(4000);
});

test('the environment holds what Lambda sets, the variables of the function and its own credentials, and nothing of ours', async () => {
  process.env.OURS = 'secret of the host';
  const { add, invoke } = open();
  await add('look', 'export const handler = async () => process.env;', { environment: { TABLE_NAME: 'images' } });
  const { payload } = await invoke('look');
  delete process.env.OURS;
  expect(payload).toMatchObject({
    TABLE_NAME: 'images',
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'key-of-look-role',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:4999',
    AWS_LAMBDA_FUNCTION_NAME: 'look',
    _HANDLER: 'functions/it.handler',
  });
  expect(Object.keys(payload)).not.toContain('OURS');
  expect(Object.keys(payload)).not.toContain('NODE_COMPILE_CACHE');
});

test('an undefined result is null', async () => {
  const { add, invoke } = open();
  await add('silent', 'export const handler = async () => {};');
  expect((await invoke('silent')).payload).toBeNull();
});

test('a thrown error is reported by its name, message and trace, and the process goes on', async () => {
  const { add, invoke } = open();
  await add(
    'fail',
    `let calls = 0; class NotReadyError extends Error { name = 'NotReadyError' }
    export const handler = async () => { calls += 1; if (calls === 1) throw new NotReadyError('not yet'); return calls; };`,
  );
  const failed = await invoke('fail');
  expect(failed.functionError).toBe('Unhandled');
  expect(failed.payload).toMatchObject({ errorType: 'NotReadyError', errorMessage: 'not yet' });
  expect(failed.payload.trace[0]).toBe('NotReadyError: not yet');
  expect((await invoke('fail')).payload).toBe(2);
});

test.each([
  [
    'exports nothing',
    'export const other = 1;',
    'Runtime.HandlerNotFound',
    /functions\/it\.handler is undefined or not exported/,
  ],
  [
    'imports what is not there',
    `import 'nowhere'; export const handler = async () => 1;`,
    'Runtime.ImportModuleError',
    /Cannot find package 'nowhere'/,
  ],
  [
    'is not JavaScript',
    'export const handler = async () => {',
    'Runtime.UserCodeSyntaxError',
    /Unexpected end of input/,
  ],
  ['throws when it is loaded', `throw new RangeError('at init');`, 'RangeError', /^at init$/],
  [
    'has a callback',
    'export const handler = (event, context, callback) => callback();',
    'Runtime.CallbackHandlerDeprecated',
    /removed support for callback-based/,
  ],
  [
    'ends the process',
    'export const handler = async () => process.exit(7);',
    'Runtime.ExitError',
    /Runtime exited with error: exit status 7/,
  ],
  [
    'throws outside its promise',
    `export const handler = () => new Promise(() => setImmediate(() => { throw new TypeError('late') }));`,
    'TypeError',
    /^late$/,
  ],
  [
    'rejects what nobody waits for',
    `export const handler = () => new Promise(() => { Promise.reject(new Error('lost')) });`,
    'Runtime.UnhandledPromiseRejection',
    /^lost$/,
  ],
])('a function that %s is answered with the fault, each time anew', async (_what, source, errorType, message) => {
  const { add, invoke } = open();
  await add('broken', source);
  for (let call = 0; call < 2; call += 1) {
    const { payload, functionError } = await invoke('broken');
    expect(functionError).toBe('Unhandled');
    expect(payload.errorType).toBe(errorType);
    expect(payload.errorMessage).toMatch(message);
  }
});

test('a module that the zip does not hold is named', async () => {
  const { add, invoke } = open();
  await add('absent', '', { handler: 'functions/elsewhere.handler' });
  expect((await invoke('absent')).payload).toMatchObject({
    errorType: 'Runtime.ImportModuleError',
    errorMessage: "Error: Cannot find module 'functions/elsewhere'",
  });
});

test('a function that takes too long is killed, and the next request starts cold', async () => {
  const { add, invoke } = open();
  await add(
    'slow',
    `let warm = 0; export const handler = async ({ hang }) => hang ? new Promise(() => setInterval(() => {}, 1000)) : [process.pid, ++warm];`,
    {
      timeout: 1,
    },
  );
  const [first] = (await invoke('slow')).payload;
  const late = await invoke('slow', { hang: true });
  expect(late.functionError).toBe('Unhandled');
  expect(late.payload.errorType).toBe('Sandbox.Timedout');
  expect(late.payload.errorMessage).toMatch(/^RequestId: [0-9a-f-]{36} Error: Task timed out after 1\.00 seconds$/);
  await until(() => !alive(first));
  const [second, warm] = (await invoke('slow')).payload;
  expect(second).not.toBe(first);
  expect(warm).toBe(1);
});

test('one process serves one request at a time, and an idle one is used again', async () => {
  const { add, invoke } = open();
  await add(
    'who',
    'export const handler = async () => { await new Promise((r) => setTimeout(r, 50)); return process.pid; };',
  );
  const together = await Promise.all([invoke('who'), invoke('who'), invoke('who')]);
  const pids = together.map(({ payload }) => payload);
  expect(new Set(pids).size).toBe(3);
  expect(pids).toContain((await invoke('who')).payload);
});

test('an idle process is ended after a while', async () => {
  const { add, invoke } = open({ keepIdle: 50 });
  await add('who', 'export const handler = async () => process.pid;');
  const { payload } = await invoke('who');
  await until(() => !alive(payload));
  expect((await invoke('who')).payload).not.toBe(payload);
});

test('more requests than the concurrency allows are throttled', async () => {
  const { add, invoke } = open({ concurrency: 2 });
  await add('who', 'export const handler = async () => { await new Promise((r) => setTimeout(r, 100)); return 1; };');
  const answers = await Promise.allSettled([invoke('who'), invoke('who'), invoke('who')]);
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  expect(answers[2]).toMatchObject({
    reason: { code: 'TooManyRequestsException', statusCode: 429, message: 'Rate Exceeded.' },
  });
  expect((await invoke('who')).payload).toBe(1);
});

test('reserved concurrency throttles its function only', async () => {
  const { add, invoke } = open();
  const wait = 'export const handler = async () => { await new Promise((r) => setTimeout(r, 100)); return 1; };';
  await add('one', wait, { reservedConcurrentExecutions: 1 });
  await add('many', wait);
  const answers = await Promise.allSettled([invoke('one'), invoke('one'), invoke('many')]);
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('functions are found by name, ARN, version and $LATEST, and nothing else', async () => {
  const { add, invoke, host } = open();
  await add('it', 'export const handler = async (event, { functionVersion }) => functionVersion;');
  const arn = 'arn:aws:lambda:eu-west-1:000000000000:function:it';
  expect((await invoke('it')).payload).toBe('$LATEST');
  expect((await invoke('it:$LATEST')).payload).toBe('$LATEST');
  expect(await invoke('it:1')).toEqual({ payload: '1', executedVersion: '1' });
  expect((await invoke(arn)).payload).toBe('$LATEST');
  expect((await invoke(`${arn}:1`)).payload).toBe('1');
  expect((await invoke('000000000000:function:it:1')).payload).toBe('1');
  for (const absent of [
    'other',
    'it:2',
    arn.replace('eu-west-1', 'eu-west-2'),
    arn.replace('000000000000', '111111111111'),
  ])
    await expect(invoke(absent)).rejects.toMatchObject({ code: 'ResourceNotFoundException', statusCode: 404 });
  await expect(invoke('it:2')).rejects.toThrow(`Function not found: ${arn}:2`);
  expect(host.list().map(({ functionArn, codeSize }) => [functionArn, codeSize > 0])).toEqual([[arn, true]]);
});

test('what a function writes is in its log, line by line, with the request', async () => {
  const { add, invoke, lines } = open();
  await add(
    'talk',
    `export const handler = async () => { console.log('hello %s', 'you', { a: 1 }); process.stderr.write('raw\\nlines\\n'); };`,
  );
  await invoke('talk');
  await until(() => lines.some(({ line }) => line.startsWith('REPORT')) && lines.some(({ line }) => line === 'lines'));
  const [stream] = lines.map((entry) => entry.stream);
  expect(stream).toMatch(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/);
  expect(new Set(lines.map(({ group }) => group))).toEqual(new Set(['/aws/lambda/talk']));
  const texts = lines.map(({ line }) => line);
  expect(texts.find((line) => line.includes('hello'))).toMatch(
    /^\d{4}-.*Z\t[0-9a-f-]{36}\tINFO\thello you \{ a: 1 \}$/,
  );
  expect(texts).toEqual(
    expect.arrayContaining(['raw', 'lines', expect.stringMatching(/^START RequestId: .* Version: \$LATEST$/)]),
  );
  const report = texts.find((line) => line.startsWith('REPORT')) ?? '';
  expect(report).toMatch(
    /^REPORT RequestId: [0-9a-f-]{36}\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 256 MB\tMax Memory Used: \d+ MB\t$/,
  );
  // What `sls invoke --log` makes of it.
  const formatted: string[] = osls('serverless/lib/plugins/aws/utils/format-lambda-log-event.js')(report);
  expect(stripVTControlCharacters(formatted.join(''))).toMatch(/^END Duration: \d+\.\d\d ms Memory Used: \d+ MB$/);
});

test('requests that are too large or not JSON are refused', async () => {
  const { add, host } = open();
  await add('it', 'export const handler = async () => 1;');
  await expect(host.invoke('it', JSON.stringify('x'.repeat(6_291_556)))).rejects.toMatchObject({
    code: 'RequestTooLargeException',
    statusCode: 413,
  });
  expect(() => host.invokeLater('it', JSON.stringify('x'.repeat(1_048_576)))).toThrow(
    /1048578 byte payload is too large/,
  );
  await expect(host.invoke('it', '{')).rejects.toMatchObject({ code: 'InvalidRequestContentException' });
});

test('a result that is too large is a fault', async () => {
  const { add, invoke } = open();
  await add('large', `export const handler = async () => 'x'.repeat(6_291_556);`);
  expect((await invoke('large')).payload).toEqual({
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: 'Response payload size (6291558 bytes) exceeded maximum allowed payload size (6291556 bytes).',
  });
});

test('an asynchronous invocation that fails is tried twice more, after one minute and after two', async () => {
  const clock = testClock();
  const { add, host, lines, deadLetters } = open({ clock });
  await add('fail', `export const handler = async ({ id }) => { console.log('try'); throw new Error('no ' + id); };`, {
    deadLetterTargetArn: 'arn:aws:sqs:eu-west-1:000000000000:dead',
    onFailureArn: 'arn:aws:sqs:eu-west-1:000000000000:failed',
  });
  const tries = () => lines.filter(({ line }) => line.endsWith('try')).length;
  const reported = () => lines.filter(({ line }) => line.startsWith('REPORT')).length;
  host.invokeLater('fail', '{"id":5}');
  await until(() => reported() === 1);
  await settled();
  await clock.advance(59_000);
  expect(tries()).toBe(1);
  await clock.advance(1_000);
  await until(() => reported() === 2);
  await settled();
  await clock.advance(119_000);
  expect(tries()).toBe(2);
  expect(deadLetters).toEqual([]);
  await clock.advance(1_000);
  await until(() => deadLetters.length === 2);
  expect(tries()).toBe(3);
  expect(deadLetters[0]).toMatchObject({
    target: 'arn:aws:sqs:eu-west-1:000000000000:dead',
    body: '{"id":5}',
    attributes: { ErrorCode: '200', ErrorMessage: 'no 5' },
  });
  expect(JSON.parse(deadLetters[1]?.body ?? '')).toMatchObject({
    requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 3 },
    requestPayload: { id: 5 },
    responseContext: { statusCode: 200, functionError: 'Unhandled' },
    responsePayload: { errorType: 'Error', errorMessage: 'no 5' },
  });
});
test('an asynchronous invocation that waits for its next try has it at once when the host is to finish', async () => {
  const clock = testClock();
  const { add, host, lines, deadLetters } = open({ clock });
  const source = `let tries = 0;
    export const handler = async ({ ends }) => { tries += 1; console.log('try ' + tries); if (tries < ends) throw new Error('no'); };`;
  const dead = { deadLetterTargetArn: 'arn:aws:sqs:eu-west-1:000000000000:dead' };
  await add('second', source, dead);
  await add('never', source, dead);
  host.invokeLater('second', '{"ends":2}');
  host.invokeLater('never', '{"ends":9}');
  await until(() => lines.filter(({ line }) => line.startsWith('REPORT')).length === 2);
  await settled();
  let finished = false;
  const finishing = host.finish(10_000).then(() => {
    finished = true;
  });
  for (let tries = 0; !finished && tries < 90; tries += 1) {
    await clock.advance(100);
    await settled();
  }
  await finishing;
  expect(lines.filter(({ line }) => /try \d/.test(line)).length).toBe(2 + 3);
  expect(deadLetters.map(({ body }) => body)).toEqual(['{"ends":9}']);
});

test('a host that is to finish waits for what runs, but not for ever', async () => {
  const { add, host, lines } = open();
  const source = `export const handler = async ({ for: time }) => { await new Promise((r) => setTimeout(r, time)); console.log('done'); };`;
  await add('it', source);
  host.invokeLater('it', '{"for":400}');
  await host.finish(5_000);
  await until(() => lines.some(({ line }) => line.endsWith('done')));
  host.invokeLater('it', '{"for":4000}');
  const started = Date.now();
  await host.finish(200);
  expect(Date.now() - started).toBeLessThan(2_000);
});

/** The answer of the process has gone through to the queue of asynchronous invocations. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 50));

test('a throttled asynchronous invocation is tried again without using up its tries', async () => {
  const { add, host, invoke, deadLetters, lines } = open({ concurrency: 1, retryDelays: [1, 1] });
  await add(
    'busy',
    `export const handler = async ({ hold }) => { console.log(hold ? 'held' : 'done'); if (hold) await new Promise((r) => setTimeout(r, 300)); };`,
    {
      maximumRetryAttempts: 0,
      deadLetterTargetArn: 'arn:aws:sqs:eu-west-1:000000000000:dead',
    },
  );
  const held = invoke('busy', { hold: true });
  host.invokeLater('busy', '{}');
  await held;
  await until(() => lines.some(({ line }) => line.endsWith('done')));
  expect(deadLetters).toEqual([]);
});

test('an asynchronous invocation of a function that is not there is refused at once', () => {
  const { host } = open();
  expect(() => host.invokeLater('nobody', '{}')).toThrow(
    'Function not found: arn:aws:lambda:eu-west-1:000000000000:function:nobody:$LATEST',
  );
});

test('when the host stops, every process is gone and what ran is answered', async () => {
  const { add, host, invoke } = open();
  await add(
    'hang',
    `export const handler = async ({ pid }) => pid ? process.pid : new Promise(() => setInterval(() => {}, 1000));`,
  );
  const { payload: pid } = await invoke('hang', { pid: true });
  const hanging = invoke('hang', {});
  await settled();
  await host.stop();
  expect(alive(pid)).toBe(false);
  expect((await hanging).payload.errorType).toBe('Runtime.ExitError');
  await expect(invoke('hang')).rejects.toMatchObject({ code: 'ServiceException' });
});

test('code is unpacked once per content', async () => {
  const { add, host } = open();
  await add('one', 'export const handler = async () => 1;');
  await add('two', 'export const handler = async () => 1;');
  const hashes = host.list().map(({ codeSha256 }) => codeSha256);
  expect(hashes[0]).toBe(hashes[1]);
});

test('what is warmed is initialised ahead of its request, once, and one that cannot be hinders nobody', async () => {
  const { add, invoke, host, lines } = open();
  const who = 'console.log("initialised"); export const handler = async () => process.pid;';
  await add('broken', 'throw new Error("no");');
  await add('first', who);
  await add('second', who);
  const { payload: first } = await invoke('first');
  host.warm!(['broken', 'first', 'absent']);
  host.warm!(['broken', 'first', 'second']);
  const initialised = (name: string) =>
    lines.filter(({ group, line }) => group === `/aws/lambda/${name}` && line.includes('initialised'));
  await until(() => initialised('second').length > 0);
  await invoke('second');
  expect(initialised('second')).toHaveLength(1);
  expect((await invoke('first')).payload).toEqual(first);
  expect((await invoke('broken')).payload.errorMessage).toBe('no');
});

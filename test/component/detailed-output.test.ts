// detailedoutput.json: AWSTOE's shape, field by field; printed on request; and steps that are hidden tell nothing.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { compileDocument } from '../../shared/component/compile.ts';
import { bash, buildDocument, compileIn, newPlace, run } from './bash-run.ts';

const document = JSON.stringify({
  name: 'inside',
  description: 'says "all"',
  schemaVersion: '1.0',
  parameters: [{ Name: { type: 'string', default: "it's" } }],
  phases: [
    {
      name: 'build',
      steps: [
        {
          name: 'Print',
          action: 'ExecuteBash',
          maxAttempts: 2,
          timeoutSeconds: 60,
          inputs: { commands: ['cat <<"END"', '{{ Name }} "é" \\ \t', 'two', 'END'] },
        },
        { name: 'Skipped', action: 'ExecuteBash', if: { stringIsEmpty: 'x' }, inputs: { commands: ['true'] } },
        {
          name: 'Each',
          action: 'ExecuteBash',
          loop: { name: 'Loop', forEach: ['a', 'b'] },
          inputs: { commands: ['echo {{ loop.value }}'] },
        },
        { name: 'Fails', action: 'ExecuteBash', onFailure: 'Ignore', inputs: { commands: ['echo why >&2', 'exit 3'] } },
      ],
    },
    { name: 'validate', steps: [{ name: 'Check', action: 'CreateFile', inputs: [{ path: 'file', content: 1.1 }] }] },
  ],
});

const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
const step = (name: string, rest: object) => ({
  name,
  status: 'success',
  failureMessage: '',
  timeoutSeconds: 7200,
  onFailure: 'Abort',
  maxAttempts: 1,
  action: 'ExecuteBash',
  startTime: time,
  endTime: time,
  outputs: '[]',
  loop: null,
  detailedOutput: null,
  ...rest,
});

test('the file tells every document, phase and step, and the last line but one holds it when asked for', async () => {
  const place = newPlace();
  const { script = '' } = compileDocument(document, {
    name: 'example',
    phases: ['build', 'validate'],
    parameters: {},
    runKey: 'run',
    workingDirectory: place.directory,
    host: place.host,
    detailedOutput: true,
  });
  const { stdout } = await run(place, script);
  const file = readFileSync(join(place.host.stateDirectory, 'detailedoutput.json'), 'utf8');
  expect(readFileSync(join(place.stateOfRun(), 'detailedoutput.json'), 'utf8')).toBe(file);
  const printed = /^::detailedoutput:: (\S+)$/m.exec(stdout)?.[1] ?? '';
  expect(gunzipSync(Buffer.from(printed, 'base64')).toString('utf8')).toBe(file);
  place.remove();
  expect(JSON.parse(file)).toEqual({
    executionId: expect.stringMatching(/^[0-9a-f]{32}$/),
    status: 'success',
    failedStepCount: 0,
    executedStepCount: 4,
    ignoredFailedStepCount: 1,
    failureMessage: '',
    logUrl: '',
    startTime: time,
    endTime: time,
    documents: [
      {
        name: 'example',
        filePath: 'example',
        description: 'says "all"',
        status: 'SuccessWithIgnoredFailure',
        startTime: time,
        endTime: time,
        failureMessage: '',
        phases: [
          {
            name: 'build',
            status: 'SuccessWithIgnoredFailure',
            startTime: time,
            endTime: time,
            failureMessage: '',
            steps: [
              step('Print', {
                timeoutSeconds: 60,
                maxAttempts: 2,
                inputs: JSON.stringify({ commands: ['cat <<"END"', 'it\'s "é" \\ \t', 'two', 'END'] }),
                outputs: JSON.stringify([{ stdout: 'it\'s "é" \\ \t\ntwo' }]),
              }),
              step('Skipped', { status: 'skipped', inputs: JSON.stringify({ commands: ['true'] }) }),
              step('Each', {
                inputs: JSON.stringify({ commands: ['echo {{ loop.value }}'] }),
                outputs: JSON.stringify([{ stdout: 'a\nb' }]),
                loop: { name: 'Loop', forEach: { items: 2 } },
              }),
              step('Fails', {
                status: 'ignoredFailure',
                failureMessage: 'exit code 3; stderr ends: why',
                onFailure: 'Ignore',
                inputs: JSON.stringify({ commands: ['echo why >&2', 'exit 3'] }),
              }),
            ],
          },
          {
            name: 'validate',
            status: 'success',
            startTime: time,
            endTime: time,
            failureMessage: '',
            steps: [
              step('Check', { action: 'CreateFile', inputs: JSON.stringify([{ path: 'file', content: '1.1' }]) }),
            ],
          },
        ],
      },
    ],
  });
});

test('any bytes that steps print leave valid JSON, and long outputs are cut', async () => {
  const place = newPlace();
  const steps = [
    'head -c 3000 /dev/urandom',
    'head -c 20000 /dev/zero | tr "\\0" "\\""',
    'printf "\\\\377\\\\0\\\\1"',
    'printf "%0.sé" {1..3000}',
    'printf "é€😀\\1\\37\\177\\33[0m\\\\\\\\\\\\t\\r"',
  ];
  const text = buildDocument(...steps.map((command, index) => bash(`Step${index}`, [command])));
  await run(place, compileIn(place, text));
  const detail = JSON.parse(readFileSync(join(place.host.stateDirectory, 'detailedoutput.json'), 'utf8'));
  place.remove();
  const outputs = detail.documents[0].phases[0].steps.map(
    (one: { outputs: string }) => JSON.parse(one.outputs)[0].stdout,
  );
  expect(outputs[1]).toBe(`${'"'.repeat(4096)} (cut)`);
  expect(outputs[2]).toBe('\ufffd\u0001');
  expect(outputs[3]).toBe(`${'é'.repeat(2047)} (cut)`);
  expect(outputs[4]).toBe('é€😀\u0001\u001f\u007f\u001b[0m\\\t\r');
});

test('disableLogging keeps what a step prints out of the log, the result and the detailed output; outputs still work', async () => {
  const place = newPlace();
  const text = buildDocument(
    bash('Hidden', ['echo invisible', 'echo invisible >&2'], { disableLogging: true }),
    bash('Use', ['echo "{{ build.Hidden.outputs.stdout }}" | tr a-z A-Z']),
    bash('Fails', ['echo invisible >&2', 'exit 5'], {
      disableLogging: true,
      if: { stringEquals: 'invisible', value: 'invisible' },
    }),
  );
  const { stdout, stderr, result } = await run(place, compileIn(place, text));
  const detail = readFileSync(join(place.host.stateDirectory, 'detailedoutput.json'), 'utf8');
  place.remove();
  expect(stdout).toContain('\nINVISIBLE\n');
  for (const told of [stdout, stderr, detail]) expect(told).not.toContain('invisible');
  expect(result?.failureMessage).toBe('example: step build/Fails (ExecuteBash) failed: exit code 5');
});

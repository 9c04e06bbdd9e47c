// Values of Parameter Store and Secrets Manager: read on the instance with the role's credentials, data in the step, and in no log.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bash, buildDocument, compileIn, newPlace, run } from './bash-run.ts';
import { type ParameterStore, startParameterStore } from './parameter-store.ts';

const password = `p'4"$(x)\\ é😀{{ y }}`;
let store: ParameterStore;

beforeAll(async () => {
  store = await startParameterStore({
    '/db/password': ['SecureString', password],
    '/aws/reference/secretsmanager/api-key': ['SecureString', 'hunter2hunter2'],
    '/region': ['String', 'eu'],
    '/which': ['String', '/db/password'],
    '/list': ['StringList', 'alpha,beta'],
    '/lines': ['SecureString', 'one\ntwo'],
  });
});
afterAll(() => store.stop());

/** Everything that is left of a run but for the script, which holds no values. */
const leftOf = (directory: string) =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((name) => statSync(name).isFile())
    .map((name) => readFileSync(name, 'utf8'))
    .join('\n');

test('values arrive as data and are masked in the log, the result and what is left of the run', async () => {
  const place = newPlace();
  const length = (name: string) => `{{ aws:ssm:${name} }}`;
  const document = buildDocument(
    { name: 'Write', action: 'CreateFile', inputs: [{ path: '/dev/stdout', content: `<${length('/db/password')}>` }] },
    bash('Print', ["cat <<'END'", length('/db/password'), length('/aws/reference/secretsmanager/api-key'), 'END']),
    bash('Chain', [
      "cat <<'END' | md5sum",
      '{{ build.Print.outputs.stdout }}',
      'END',
      'echo "{{ aws:ssm:/region }} {{ aws:ssm:/list }}"',
    ]),
    bash('Fails', ["cat <<'END' >&2", '{{ build.Print.outputs.stdout }}', 'END', 'echo hunter2"hunter2"', 'exit 1']),
  );
  const script = compileIn(place, document);
  const { stdout, stderr, result } = await run(place, script, store.environment);
  expect(result?.steps.map(({ name, status }) => [name, status])).toContainEqual(['Chain', 'success']);
  expect(stdout).toContain('\n***\n***\n');
  expect(stdout).toMatch(/^[0-9a-f]{32} {2}-\neu \*\*\*$/m);
  const left = leftOf(place.host.stateDirectory);
  for (const text of [stdout, stderr, left]) {
    expect(text).not.toContain(password);
    expect(text).not.toContain(JSON.stringify(password).slice(1, -1));
    expect(text).not.toContain('hunter2hunter2');
  }
  expect(result?.failure?.command).toContain('***');
  expect(readdirSync(place.stateOfRun())).not.toContain('secrets');
  place.remove();
});

test('a value is asked for once, by the name that a parameter or another value holds', async () => {
  const place = newPlace();
  store.asked.length = 0;
  const text = '{{ aws:ssm:resolve(Name) }} {{ aws:ssm:resolve(Name) }} {{ aws:ssm:resolve(aws:ssm:/which) }}';
  const document = JSON.stringify({
    schemaVersion: '1.0',
    parameters: [{ Name: { type: 'string', default: '/region' } }],
    phases: [
      {
        name: 'build',
        steps: [{ action: 'ExecuteBash', ...bash('Print', ["cat <<'END' | wc -l", text, 'END']) }],
      },
    ],
  });
  const { result } = await run(place, compileIn(place, document), store.environment);
  place.remove();
  expect(result?.output).toBe('1\n');
  expect(store.asked).toEqual(['/region', '/which', '/db/password']);
});

test('masks outlive a reboot', async () => {
  const place = newPlace();
  const document = buildDocument(
    bash('Print', ['echo "{{ aws:ssm:/aws/reference/secretsmanager/api-key }}"']),
    bash('Restart', ['[[ -e rebooted ]] || { touch rebooted; exit 194; }', 'echo "{{ build.Print.outputs.stdout }}"']),
  );
  const script = compileIn(place, document);
  expect((await run(place, script, store.environment)).code).toBe(194);
  place.reboot();
  const { stdout, result } = await run(place, script, store.environment);
  place.remove();
  expect(result?.status).toBe('success');
  expect(stdout).toContain('\n***\n');
  expect(stdout).not.toContain('hunter2');
});

test.each([
  ['/missing', /cannot read \/missing from Parameter Store: ParameterNotFound: /],
  ['/lines', /the value of \/lines in Parameter Store has more than one line, which cannot be kept out of the logs/],
])('%s fails the step', async (name, message) => {
  const place = newPlace();
  const { result } = await run(
    place,
    compileIn(place, buildDocument(bash('Print', [`echo {{ aws:ssm:${name} }}`]))),
    store.environment,
  );
  place.remove();
  expect(result?.failureMessage).toMatch(message);
});

test('without the aws CLI and curl the step says what is missing', async () => {
  const place = newPlace();
  const script = compileIn(place, buildDocument(bash('Print', ['echo {{ aws:ssm:/region }}'])));
  const hidden = script.replaceAll('type -P curl', 'type -P no-such-curl');
  const { result } = await run(place, hidden, { ...store.environment, AWS_REGION: 'eu-west-1' });
  place.remove();
  expect(result?.failureMessage).toBe(
    'example: step build/Print (ExecuteBash) failed: cannot read /region from Parameter Store: there is neither the aws CLI nor curl; install one of them in an earlier step',
  );
});

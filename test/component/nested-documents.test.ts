// ExecuteDocument: another document as a step, with parameters, phases, outputs, loops, failures and reboots.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compileDocument } from '../../shared/component/compile.ts';
import { bash, buildDocument, newPlace, type Place, run } from './bash-run.ts';

function compile(place: Place, text: string, documents: Record<string, string>): string {
  const { script, diagnostics } = compileDocument(text, {
    name: 'example',
    phases: ['build', 'validate'],
    parameters: {},
    runKey: 'run',
    workingDirectory: place.directory,
    host: place.host,
    documents: (reference) =>
      documents[reference] === undefined ? undefined : { name: reference, text: documents[reference] },
  });
  if (!script) throw new Error(JSON.stringify(diagnostics));
  return script;
}

const nested = (name: string, inputs: object, rest: object = {}) => ({
  name,
  action: 'ExecuteDocument',
  inputs: { document: 'inner.yml', ...inputs },
  ...rest,
});

function inner(steps: object[], parameters: object[] = [], validate: object[] = []): string {
  const withAction = (list: object[]) => list.map((step) => ({ action: 'ExecuteBash', ...step }));
  const phases = [
    { name: 'build', steps: withAction(steps) },
    ...(validate.length > 0 ? [{ name: 'validate', steps: withAction(validate) }] : []),
  ];
  return JSON.stringify({ name: 'inner', schemaVersion: '1.0', parameters, phases });
}

const detailOf = (place: Place) =>
  JSON.parse(readFileSync(join(place.host.stateDirectory, 'detailedoutput.json'), 'utf8'));

test('parameters known now and later arrive, references inside are to the inner document, and its outputs are told', async () => {
  const place = newPlace();
  const text = buildDocument(
    bash('Print', ['printf "%s\\n" "it\'s \\"late\\""']),
    nested('Inner', {
      parameters: [
        { name: 'Known', value: 'now' },
        { name: 'Later', value: '<{{ build.Print.outputs.stdout }}>' },
      ],
    }),
    bash('After', [
      'echo "{{ build.Inner.outputs.status }} {{ build.Inner.outputs.executedStepCount }} {{ build.Inner.outputs.failedStepCount }}"',
    ]),
  );
  const document = inner(
    [
      bash('Print', ['cat <<"END"', '{{ Known }} {{ Later }} {{ Preset }}', 'END']),
      bash('Again', ["cat <<'END'", '{{ build.Print.outputs.stdout }}!', 'END']),
    ],
    [{ Known: { type: 'string' } }, { Later: { type: 'string' } }, { Preset: { type: 'string', default: 'preset' } }],
  );
  const { result, stdout } = await run(place, compile(place, text, { 'inner.yml': document }));
  const detail = detailOf(place);
  place.remove();
  expect(stdout).toContain('\nnow <it\'s "late"> preset!\n');
  expect(result?.output).toBe('success 2 0\n');
  expect(result?.steps.map(({ name, action, status }) => [name, action, status])).toEqual([
    ['Print', 'ExecuteBash', 'success'],
    ['Inner', 'ExecuteDocument', 'success'],
    ['After', 'ExecuteBash', 'success'],
  ]);
  const told = detail.documents[0].phases[0].steps[1].detailedOutput;
  expect(told.documents[0]).toMatchObject({
    name: 'inner',
    status: 'success',
    phases: [{ name: 'build', steps: [{ name: 'Print' }, { name: 'Again' }] }],
  });
  expect(JSON.parse(told.documents[0].phases[0].steps[1].outputs)).toEqual([{ stdout: 'now <it\'s "late"> preset!' }]);
});

test('a failure inside ends the inner document, and is one of the outer step, to which its own onFailure applies', async () => {
  const place = newPlace();
  const text = buildDocument(nested('Inner', {}, { onFailure: 'Continue' }), bash('After', ['true']));
  const document = inner([bash('Fails', ['echo broken >&2; exit 3']), bash('Never', ['echo never'])]);
  const { result, stdout } = await run(place, compile(place, text, { 'inner.yml': document }));
  place.remove();
  expect(stdout).not.toContain('never');
  expect(result?.steps.map(({ status }) => status)).toEqual(['failed', 'success']);
  expect(result?.failureMessage).toBe(
    'example: step build/Inner (ExecuteDocument) failed: exit code 1; stderr ends: example: step build/Fails (ExecuteBash) failed: exit code 3; stderr ends: broken',
  );
});

test('only the asked phases run; all without', async () => {
  for (const [phases, lines] of [
    ['validate', ['checked']],
    ['', ['built', 'checked']],
    [undefined, ['built', 'checked']],
  ] as const) {
    const place = newPlace();
    const document = inner([bash('Build', ['echo built'])], [], [bash('Check', ['echo checked'])]);
    const { stdout } = await run(
      place,
      compile(place, buildDocument(nested('Inner', { phases })), { 'inner.yml': document }),
    );
    place.remove();
    expect(stdout.split('\n').filter((line) => /^(built|checked)$/.test(line))).toEqual(lines);
  }
});

test('in a loop the document runs for each value, and is told for each', async () => {
  const place = newPlace();
  const text = buildDocument(
    nested('Inner', { parameters: [{ name: 'Value', value: '{{ loop.value }}' }] }, { loop: { forEach: ['a', 'b'] } }),
    bash('After', ['echo "{{ build.Inner.outputs.status }}"']),
  );
  const document = inner(
    [
      bash('Print', ['echo "value {{ Value }} {{ loop.value }}"'], {
        loop: { for: { start: 1, end: 2, updateBy: 1 } },
      }),
    ],
    [{ Value: { type: 'string' } }],
  );
  const { result, stdout } = await run(place, compile(place, text, { 'inner.yml': document }));
  const detail = detailOf(place);
  place.remove();
  expect(stdout.match(/^value .*$/gm)).toEqual(['value a 1', 'value a 2', 'value b 1', 'value b 2']);
  expect(result?.output).toBe('success\nsuccess\n');
  expect(detail.documents[0].phases[0].steps[0].detailedOutput.documents).toHaveLength(2);
});

test('the trees of a loop come in the order of its iterations, more than ten too', async () => {
  const place = newPlace();
  const text = buildDocument(
    nested(
      'Inner',
      { parameters: [{ name: 'Number', value: '{{ loop.value }}' }] },
      { loop: { for: { start: 0, end: 10, updateBy: 1 } } },
    ),
  );
  const document = inner([bash('Print', ['echo {{ Number }}'])], [{ Number: { type: 'string' } }]);
  await run(place, compile(place, text, { 'inner.yml': document }));
  const { documents } = detailOf(place).documents[0].phases[0].steps[0].detailedOutput;
  const printed = documents.map(({ phases: [phase] }: { phases: { steps: { outputs: string }[] }[] }) =>
    JSON.parse(phase?.steps[0]?.outputs ?? ''),
  );
  expect(printed).toEqual(Array.from({ length: 11 }, (_, number) => [{ stdout: String(number) }]));
  place.remove();
});

test('four documents in a chain, and a reboot in the innermost goes on where it was', async () => {
  const place = newPlace();
  const chain = (next: string) =>
    inner([
      bash('Before', [`echo ${next} >>log`]),
      nested('Inner', { document: next }),
      bash('Behind', [`echo behind ${next} >>log`]),
    ]);
  const text = buildDocument(nested('Inner', { document: 'one.yml' }), bash('Show', ['cat log']));
  const last = inner([
    bash('Twice', ['echo twice >>log', '[[ -e rebooted ]] || { touch rebooted; exit 194; }']),
    { name: 'Restart', action: 'Reboot' },
    bash('Last', ['echo last >>log']),
  ]);
  const script = compile(place, text, {
    'one.yml': chain('two.yml'),
    'two.yml': chain('three.yml'),
    'three.yml': last,
  });
  for (let boot = 0; boot < 2; boot += 1) {
    expect((await run(place, script)).code).toBe(194);
    // A copy that runs before the boot changes nothing.
    expect((await run(place, script)).code).toBe(194);
    place.reboot();
  }
  const { result } = await run(place, script);
  place.remove();
  expect(result?.output).toBe('two.yml\nthree.yml\ntwice\ntwice\nlast\nbehind three.yml\nbehind two.yml\n');
  expect(result).toMatchObject({ status: 'success', rebootCount: 2, executedStepCount: 2 });
});

// Steps with a loop: values, indices, outputs put together, one time-out for all iterations, retries from the first.
import { expect, test } from 'vitest';
import { bash, buildDocument, compileIn, newPlace, run, runDocument } from './bash-run.ts';

/** What a loop's step prints, index and value of each iteration. */
async function valuesOf(loop: object, before: object[] = []): Promise<string[]> {
  const print = bash('Print', [`printf '%s=%q\\n' {{ loop.index }} '{{ loop.value }}'`], { loop });
  const { stdout, result } = await runDocument(buildDocument(...before, print));
  expect(result?.status).toBe('success');
  return stdout.split('\n').filter((line) => /^\d+=/.test(line));
}

test.each([
  [{ for: { start: 1, end: 10, updateBy: 3 } }, ['0=1', '1=4', '2=7', '3=10']],
  [{ for: { start: 2, end: -3, updateBy: -2 } }, ['0=2', '1=0', '2=-2']],
  [{ for: { start: 5, end: 5, updateBy: 1 } }, ['0=5']],
  [{ forEach: ['a b', '', 1.1] }, ['0=a\\ b', "1=''", '2=1.1']],
  [{ forEach: [] }, []],
  [{ forEach: { list: 'a, b,,c,' } }, ['0=a', '1=\\ b', "2=''", '3=c', "4=''"]],
  [{ forEach: { list: '', delimiter: ';' } }, []],
  [{ forEach: { list: 'a\tb', delimiter: '\\t' } }, ['0=a', '1=b']],
  [{ forEach: { list: 'x\ny\n', delimiter: '\n' } }, ['0=x', '1=y']],
  [{ forEach: { list: '1.2', delimiter: '.' } }, ['0=1', '1=2']],
])('loop %j', async (loop, values) => {
  expect(await valuesOf(loop)).toEqual(values);
});

test('a list may come from an earlier step, an element too', async () => {
  const before = [bash('Find', ['printf "a b\\nc\\n\\n"'])];
  const reference = '{{ build.Find.outputs.stdout }}';
  expect(await valuesOf({ forEach: { list: reference, delimiter: '\\n' } }, before)).toEqual(['0=a\\ b', '1=c']);
  expect(await valuesOf({ forEach: ['x', reference] }, before)).toEqual(['0=x', "1=$'a b\\nc'"]);
});

test('a list of sixty thousand pieces is split within a moment', async () => {
  const { result } = await runDocument(
    buildDocument(
      bash('List', ['seq -s , 1 60000']),
      bash('First', ['exit 3'], { loop: { forEach: { list: '{{ build.List.outputs.stdout }}' } } }),
    ),
  );
  expect(result?.failureMessage).toContain('the loop failed at index 0: exit code 3');
});

test('a named loop has its name beside "loop", and names of other loops stay as they are', async () => {
  const commands = [`echo '{{ Each.index }} {{ Each.value }} {{ loop.value }} {{ Other.value }}'`];
  const { stdout } = await runDocument(
    buildDocument(bash('One', commands, { loop: { name: 'Each', forEach: ['a'] } })),
  );
  expect(stdout).toContain('\n0 a a {{ Other.value }}\n');
});

test('outputs of the iterations are put together with newlines', async () => {
  const document = buildDocument(
    bash('Each', ['printf "%s\\n\\n" {{ loop.value }}'], { loop: { forEach: ['Hello', 'World'] } }),
    bash('Use', ['echo "<{{ build.Each.outputs[0].stdout }}>"']),
  );
  const { result } = await runDocument(document);
  expect(result?.output).toBe('<Hello\nWorld>\n');
});

test('the first iteration that fails ends the loop, its index is told, and what came before it remains', async () => {
  const document = buildDocument(
    bash('Each', ['echo at {{ loop.value }}; exit {{ loop.value }}'], {
      loop: { forEach: [0, 0, 7, 0] },
      onFailure: 'Ignore',
    }),
    bash('Use', ['echo "{{ build.Each.outputs.stdout }}"']),
    bash('Again', ['exit {{ loop.value }}'], { loop: { forEach: [5] } }),
  );
  const { result } = await runDocument(document);
  expect(result?.steps[0]).toMatchObject({ status: 'ignoredFailure', exitCode: 7 });
  expect(result?.notes).toContain('build/Each failed and was ignored: the loop failed at index 2: exit code 7');
  expect(result?.steps[1]).toMatchObject({ status: 'success' });
  expect(result?.failureMessage).toBe(
    'example: step build/Again (ExecuteBash) failed: the loop failed at index 0: exit code 5',
  );
});

test('a retry begins again with the first iteration, and outputs of the failed attempt are gone', async () => {
  const place = newPlace();
  const commands = ['echo {{ loop.value }}', 'echo x >>count', '(($(wc -l <count) != 2))'];
  const document = buildDocument(
    bash('Each', commands, { loop: { forEach: ['a', 'b'] }, maxAttempts: 2 }),
    bash('Use', ['echo "{{ build.Each.outputs.stdout }} $(wc -l <count)"']),
  );
  const { result, stdout } = await run(place, compileIn(place, document));
  place.remove();
  expect(result?.steps[0]).toMatchObject({ status: 'success', attempts: 2 });
  expect(result?.output).toBe('a\nb 4\n');
  expect(stdout.match(/^--- .*$/gm)).toEqual([0, 1, 0, 1].map((index) => `--- build/Each loop index ${index}`));
});

test('the time-out is for all iterations of an attempt together', async () => {
  const begun = Date.now();
  const document = buildDocument(
    bash('Each', ['sleep 0.6'], { loop: { for: { start: 1, end: 50, updateBy: 1 } }, timeoutSeconds: 2 }),
  );
  const { result } = await runDocument(document);
  expect(result?.failureMessage).toMatch(/failed: the loop timed out after 2 s, at index [1-3]$/);
  expect(Date.now() - begun).toBeLessThan(10_000);
});

test('values are found once: a reboot in the middle goes on with the same ones, from the first', async () => {
  const place = newPlace();
  const commands = [
    'echo {{ loop.value }} >>log',
    '[[ {{ loop.index }} == 0 || -e rebooted ]] || { touch rebooted; exit 194; }',
  ];
  const document = buildDocument(bash('Each', commands, { loop: { forEach: ['a', 'b'] } }), bash('Show', ['cat log']));
  const script = compileIn(place, document);
  expect((await run(place, script)).code).toBe(194);
  place.reboot();
  const { result } = await run(place, script);
  place.remove();
  expect(result?.output).toBe('a\nb\na\nb\n');
});

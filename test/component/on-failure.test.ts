// What onFailure means: for a step, its phase, its document and the whole run, wherever the step stands and however it fails.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bash, buildDocument, compileIn, newPlace, run } from './bash-run.ts';

const good = (name: string) => bash(name, ['true']);

/** Where the failing step stands, and how it fails. */
const places: Record<string, (onFailure: string) => object[]> = {
  first: (onFailure) => [bash('Fails', ['exit 3'], { onFailure }), good('Next'), good('Last')],
  middle: (onFailure) => [good('First'), bash('Fails', ['exit 3'], { onFailure }), good('Last')],
  last: (onFailure) => [good('First'), good('Next'), bash('Fails', ['exit 3'], { onFailure })],
  'in a loop': (onFailure) => [
    good('First'),
    bash('Fails', ['exit {{ loop.value }}'], { onFailure, loop: { forEach: [0, 3, 0] } }),
    good('Last'),
  ],
  'with maxAttempts': (onFailure) => [
    good('First'),
    bash('Fails', ['exit 3'], { onFailure, maxAttempts: 3 }),
    good('Last'),
  ],
  'timed out': (onFailure) => [
    good('First'),
    bash('Fails', ['sleep 60'], { onFailure, timeoutSeconds: 1 }),
    good('Last'),
  ],
};

const meanings = {
  Abort: { step: 'failed', next: false, document: 'failed', run: 'failed', counts: [1, 0] },
  Continue: { step: 'failed', next: true, document: 'failed', run: 'failed', counts: [1, 0] },
  Ignore: { step: 'ignoredFailure', next: true, document: 'SuccessWithIgnoredFailure', run: 'success', counts: [0, 1] },
};

const table = Object.keys(places).flatMap((place) =>
  Object.entries(meanings).map(([onFailure, meaning]) => ({ place, onFailure, ...meaning })),
);

test.each(table)('$onFailure, $place: step $step, document $document, run $run', async (row) => {
  const steps = places[row.place]?.(row.onFailure) ?? [];
  const place = newPlace();
  const { code, result } = await run(place, compileIn(place, buildDocument(...steps)));
  const detail = JSON.parse(readFileSync(join(place.host.stateDirectory, 'detailedoutput.json'), 'utf8'));
  place.remove();
  const failing = steps.findIndex((step) => 'onFailure' in step);
  const ran = row.next ? steps.length : failing + 1;
  const expected = steps.slice(0, ran).map((_, index) => (index === failing ? row.step : 'success'));
  expect(result?.steps.map(({ status }) => status)).toEqual(expected);
  expect(result?.steps[failing]?.attempts).toBe(row.place === 'with maxAttempts' ? 3 : 1);
  expect([result?.failedStepCount, result?.ignoredFailedStepCount, result?.executedStepCount]).toEqual([
    ...row.counts,
    ran,
  ]);
  expect([result?.status, code]).toEqual([row.run, row.run === 'success' ? 0 : 1]);
  const [document] = detail.documents;
  expect([detail.status, document.status, document.phases[0].status]).toEqual([row.run, row.document, row.document]);
  expect(document.phases[0].steps.map(({ status }: { status: string }) => status)).toEqual(expected);
});

test.each([
  ['Ignore', 'Continue'],
  ['Continue', 'Ignore'],
])('%s and %s: a failure weighs more than an ignored one, and both phases run', async (first, second) => {
  const place = newPlace();
  const step = (onFailure: string) => ({ action: 'ExecuteBash', ...bash('Fails', ['exit 3'], { onFailure }) });
  const phases = [
    { name: 'build', steps: [step(first)] },
    { name: 'validate', steps: [step(second)] },
  ];
  const { result, stdout } = await run(place, compileIn(place, JSON.stringify({ schemaVersion: '1.0', phases })));
  const detail = JSON.parse(readFileSync(join(place.host.stateDirectory, 'detailedoutput.json'), 'utf8'));
  place.remove();
  expect(result).toMatchObject({ status: 'failed', failedStepCount: 1, ignoredFailedStepCount: 1 });
  const status = (onFailure: string) => (onFailure === 'Ignore' ? 'SuccessWithIgnoredFailure' : 'failed');
  expect(detail.documents[0].status).toBe('failed');
  expect(detail.documents[0].phases.map((phase: { status: string }) => phase.status)).toEqual([
    status(first),
    status(second),
  ]);
  expect(stdout).toMatch(/^note: build\/Fails failed /m);
});

test('Abort ends the run before the next phase', async () => {
  const place = newPlace();
  const step = { action: 'ExecuteBash', ...bash('Fails', ['exit 3']) };
  const phases = [
    { name: 'build', steps: [step] },
    { name: 'validate', steps: [step] },
  ];
  const { result } = await run(place, compileIn(place, JSON.stringify({ schemaVersion: '1.0', phases })));
  place.remove();
  expect(result?.steps.map(({ phase }) => phase)).toEqual(['build']);
});

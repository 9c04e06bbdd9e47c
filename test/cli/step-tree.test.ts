import { describe, expect, test } from 'vitest';
import { runReport } from '../../cli/component/run-report.ts';
import { stepTree } from '../../cli/component/step-tree.ts';

const grow = (...lines: string[]) => stepTree('web').grow(lines);

describe('the step tree', () => {
  test('has each phase once, its steps below it, their output below them', () => {
    expect(
      grow(
        '==> build/Install ExecuteBash (attempt 1 of 1)',
        'installing',
        '<== build/Install success 12s',
        '==> build/Second step ExecuteBash (attempt 1 of 2)',
        '<== build/Second step failed 0s exit code 3',
        '==> build/Second step ExecuteBash (attempt 2 of 2)',
        '<== build/Second step ignoredFailure 1s exit code 3',
        '==> validate/Check ExecuteBash (attempt 1 of 1)',
        '<== validate/Check reboot 0s',
        'web: failed, 3 of 3 steps run, 0 failed, 1 ignored, 13s',
      ),
    ).toEqual([
      'build',
      '  Install  ExecuteBash',
      '    | installing',
      '    ✓ success 12s',
      '  Second step  ExecuteBash  (attempt 1 of 2)',
      '    ✗ failed 0s: exit code 3',
      '  Second step  ExecuteBash  (attempt 2 of 2)',
      '    ! failed, ignored 1s: exit code 3',
      'validate',
      '  Check  ExecuteBash',
      '    ↻ reboot 0s',
    ]);
  });

  test('shows of progress that is written over what a terminal would show, and lets no escape sequence through', () => {
    const began = '==> build/Unpack ExecuteBash (attempt 1 of 1)';
    expect(grow(began, 'Reading 5%\rReading 50%\rReading 100%\r', 'red \x1b[31m').slice(2)).toEqual([
      '    | Reading 100%',
      '    | red \\x1b[31m',
    ]);
  });

  test('has conditions and loops in their steps', () => {
    expect(
      grow(
        "--- build/Apt if binaryExists 'apt-get': false",
        '<== build/Apt skipped 0s',
        "--- build/Each if binaryExists 'dnf': true",
        '==> build/Each ExecuteBash (attempt 1 of 1)',
        '--- build/Each loop index 0',
        'first',
        '<== build/Each success 1s',
      ),
    ).toEqual([
      'build',
      '  Apt',
      "    if binaryExists 'apt-get': false",
      '    – skipped 0s',
      '  Each',
      "    if binaryExists 'dnf': true",
      '  Each  ExecuteBash',
      '    loop index 0',
      '    | first',
      '    ✓ success 1s',
    ]);
  });

  test('has the steps of a nested document below the step that runs it', () => {
    expect(
      grow(
        '==> build/Base ExecuteDocument (attempt 1 of 1)',
        '==> build/Say ExecuteBash (attempt 1 of 1)',
        'hello',
        '<== build/Say success 0s',
        '==> validate/Look ExecuteBash (attempt 1 of 1)',
        '<== validate/Look success 0s',
        '<== build/Base success 1s',
        '==> build/After ExecuteBash (attempt 1 of 1)',
        '<== build/After success 0s',
      ),
    ).toEqual([
      'build',
      '  Base  ExecuteDocument',
      '    build',
      '      Say  ExecuteBash',
      '        | hello',
      '        ✓ success 0s',
      '    validate',
      '      Look  ExecuteBash',
      '        ✓ success 0s',
      '    ✓ success 1s',
      '  After  ExecuteBash',
      '    ✓ success 0s',
    ]);
  });

  test('shows a line outside of any step as it is', () => {
    expect(grow('web: another copy of this command ran it')).toEqual(['web: another copy of this command ran it']);
  });
});

test('the report has the counts and the failure', () => {
  const report = runReport('web', {
    ...{ status: 'failed', failureMessage: 'web: step build/Install failed\nsecond line', executedStepCount: 2 },
    ...{ failedStepCount: 1, ignoredFailedStepCount: 1, rebootCount: 1, durationSeconds: 75, steps: [], output: '' },
  });
  expect(report).toEqual([
    'web: failed, 2 steps run, 1 failed, 1 failed and ignored, 1 reboot, 1m 15s',
    '  web: step build/Install failed',
    '  second line',
  ]);
});

import { describe, expect, test } from 'vitest';
import { frame } from '../../cli/progress/frame.ts';
import { liveRegion } from '../../cli/progress/live-region.ts';
import { plainLines } from '../../cli/progress/plain.ts';
import { stepBegun } from '../../cli/progress/step.ts';
import { at, command, entry, image, start } from './image.ts';

describe('plain progress', () => {
  test('has one line for each beginning and end, in order of time', () => {
    const before = image({ state: { status: 'CREATING' }, timeline: { PrepareImage: entry('PrepareImage', 0, 0.4) } });
    const after = image({
      state: { status: 'TESTING' },
      timeline: {
        ...before.timeline,
        'CopyRegion#0': entry('CopyRegion', 4, undefined, { index: 0, region: 'eu-west-1' }),
        LaunchTester: entry('LaunchTester', 4.1, 6.2),
        'RunComponent#1': entry('RunComponent', 2, 3.5, { index: 1, label: 'hello-web' }),
      },
    });
    expect(plainLines(before, after, start + 7000)).toEqual([
      '  0:02  TESTING',
      '  0:02  run component hello-web',
      '  0:03  run component hello-web done in 1.5s',
      '  0:04  copy region eu-west-1',
      '  0:04  launch tester',
      '  0:06  launch tester done in 2.1s',
    ]);
  });

  test('tells what a copy waits for, whenever that changes, until it has begun', () => {
    const waiting = 'waiting for one of 20 snapshot copies to eu-west-1, 7 before it';
    const copy = (facts: object) =>
      image({ timeline: { 'CopyRegion#0': entry('CopyRegion', 4, undefined, { region: 'eu-west-1', ...facts }) } });
    expect(plainLines(copy({}), copy({ waiting }), start + 7000)).toEqual([
      `  0:07  copy region eu-west-1: ${waiting}`,
    ]);
    expect(plainLines(copy({ waiting }), copy({ waiting }), start + 8000)).toEqual([]);
    expect(plainLines(copy({ waiting: 'old' }), copy({ waiting, resource: 'ami-1' }), start + 8000)).toEqual([]);
    expect(frame(copy({ waiting }), new Map(), start + 8000, { columns: 120, rows: 24, colours: false })[1]).toContain(
      `copy region eu-west-1  4.0s  ${waiting}`,
    );
  });

  test('says nothing when nothing has changed', () => {
    const same = image({ timeline: { PrepareImage: entry('PrepareImage', 0) } });
    expect(plainLines(same, same, start)).toEqual([]);
  });

  test('ends with the last status, and shows notes once', () => {
    const before = image({ notes: ['one'] });
    const after = image({
      notes: ['one', 'Debian 12 stands in\x1b[31m'],
      state: { status: 'AVAILABLE' },
      dateEnded: at(3661),
    });
    expect(plainLines(before, after, start + 4_000_000)).toEqual([
      '1:06:40  note: Debian 12 stands in\\x1b[31m',
      '1:01:01  AVAILABLE',
    ]);
  });
});

describe('the frame on a terminal', () => {
  const screen = { columns: 60, rows: 24, colours: false };
  const running = image({
    timeline: {
      LaunchBuilder: entry('LaunchBuilder', 0, 2),
      'RunComponent#0': entry('RunComponent', 2, undefined, { index: 0, label: 'hello-web', ...command }),
    },
  });

  test('shows what is done, and the step of what runs', () => {
    const steps = new Map([['RunComponent#0', { phase: 'build', name: 'Install', action: 'ExecuteBash' }]]);
    expect(frame(running, steps, start + 65_000, screen)).toEqual([
      'hello-web 1.0.0/1  BUILDING  1:05',
      '  ✓ launch builder  2.0s',
      '  ⠋ run component hello-web  1m 03s  build/Install (Execut…',
    ]);
  });

  test('never is wider or higher than the screen', () => {
    const timeline = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [
        `CopyRegion#${index}`,
        entry('CopyRegion', index, undefined, { index, label: 'x'.repeat(80) }),
      ]),
    );
    const lines = frame(image({ timeline }), new Map(), start, { columns: 40, rows: 10, colours: false });
    expect(lines).toHaveLength(8);
    expect(lines[1]).toBe('  … 34 earlier');
    for (const line of lines) expect([...line].length).toBeLessThan(40);
  });

  test('has colours only where they are wanted', () => {
    expect(frame(running, new Map(), start, { ...screen, colours: true }).join('')).toContain('\x1b[32m✓');
    expect(frame(running, new Map(), start, screen).join('')).not.toContain('\x1b');
  });
});

describe('the live region', () => {
  test('is drawn over, and other lines stay above it', () => {
    const written: string[] = [];
    const region = liveRegion((text) => written.push(text));
    region.draw(['a', 'b']);
    region.draw(['a', 'b']);
    region.above(['log']);
    region.draw(['c']);
    region.clear();
    expect(written).toEqual(['a\nb\n', '\r\x1b[2A\x1b[Jlog\na\nb\n', '\r\x1b[2A\x1b[Jc\n', '\r\x1b[1A\x1b[J']);
  });
});

describe('the marker of a step', () => {
  test.each([
    ['==> build/Install ExecuteBash (attempt 1 of 2)', { phase: 'build', name: 'Install', action: 'ExecuteBash' }],
    [
      '==> test/Letters only ExecuteBash (attempt 1 of 1)',
      { phase: 'test', name: 'Letters only', action: 'ExecuteBash' },
    ],
    ['<== build/Install success 3s', undefined],
    ['==> something else', undefined],
  ])('%s', (line, step) => {
    expect(stepBegun(line)).toEqual(step);
  });
});

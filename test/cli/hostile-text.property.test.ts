// Whatever others wrote into names, logs, reasons, notes and descriptions: no report lets a control sequence through.
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { findingLines } from '../../cli/component/finding.ts';
import { runReport } from '../../cli/component/run-report.ts';
import { stepTree } from '../../cli/component/step-tree.ts';
import { complain, type Output, processOutput, writeFile } from '../../cli/output.ts';
import { display } from '../../cli/progress/display.ts';
import { frame } from '../../cli/progress/frame.ts';
import { liveRegion } from '../../cli/progress/live-region.ts';
import { stepBegun } from '../../cli/progress/step.ts';
import { columns } from '../../cli/report/columns.ts';
import { imageJson } from '../../cli/report/image-json.ts';
import { imageReport } from '../../cli/report/image-report.ts';
import type { ImageRecord } from '../../shared/model/image-record.ts';
import { problemAt, problemText } from '../../shared/model/problem.ts';
import { asciiLine, visibleJson } from '../../shared/model/visible-text.ts';
import { sourceFiles } from '../source-files.ts';
import { at, command, entry, image } from './image.ts';

const tricks = [
  ...[
    '\x1b[2J',
    '\x1b]0;title\x07',
    '\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\',
    '\x1b[31m',
    '\x1bPq\x1b\\',
    '\x1bc',
  ],
  ...['\r', '\b\b\b', '\x07', '\x00', '\x7f', '\x9b2J', '\x9d0;t\x9c', '\x85', '\u2028', '\u2029', '\v', '\f'],
  ...['\u202a', '\u202b', '\u202c', '\u202d', '\u202e', '\u2066', '\u2067', '\u2068', '\u2069', '\u200b', '\u200e'],
  ...['\ufeff', '\u061c', '\u{e0041}', '\ud800', '\n', '\t', '\u00ad'],
];
const hostile = fc
  .array(
    fc.oneof(fc.constantFrom(...tricks), fc.string({ maxLength: 4 }), fc.string({ unit: 'binary', maxLength: 4 })),
    {
      minLength: 1,
      maxLength: 8,
    },
  )
  .map((parts) => parts.join(''));

const esc = '\x1b';
const redrawn = new RegExp(`^\\r${esc}\\[\\d+A${esc}\\[J`);

/** What a terminal would act on; line feeds and tabs are ours. */
const acting = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const times = new Set(['dateCreated', 'dateEnded', 'started', 'ended']);
/** The same with each text replaced, but for times, which our own functions write and the reports compute with. */
function filled<T>(value: T, text: () => string, key = ''): T {
  if (typeof value === 'string') return (times.has(key) ? value : text()) as T;
  if (Array.isArray(value)) return value.map((item) => filled(item as unknown, text)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, filled(inner as unknown, text, name)]),
  ) as T;
}

const whole: ImageRecord = image({
  dateEnded: at(60),
  state: {
    status: 'FAILED',
    reason: 'x',
    failureContext: {
      imageStatus: 'BUILDING',
      failedStep: 'x',
      error: 'x',
      componentFailure: {
        ...{ component: 'x', phaseName: 'x', stepName: 'x', action: 'x', exitCode: 1, duration: 2 },
        ...{ command: 'x', stderr: 'x', errorMessage: 'x' },
      },
    },
  },
  outputResources: { amis: [{ region: 'x', image: 'x', name: 'x', accountId: 'x', description: 'x' }] },
  tests: { total: 1, passed: 0, failed: 1, results: [{ component: 'x', status: 'failed', reason: 'x' }] } as never,
  timeline: {
    LaunchBuilder: entry('LaunchBuilder', 0, 2, { endedBy: 'event', label: 'x', region: 'x', resource: 'x' }),
    'RunComponent#0': entry('RunComponent', 2, undefined, { index: 0, label: 'x', ...command }),
    'CopyRegion#0': entry('CopyRegion', 2, 3, { index: 0, region: 'x' }),
  },
  notes: ['x', 'x'],
});

let written = '';
const listen = () => {
  written = '';
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      written += String(text);
      return true;
    });
};
afterEach(() => {
  vi.restoreAllMocks();
});

type Text = () => string;
const options = { logsCommand: './image-builder logs x', now: Date.parse(at(60)) };
const stepLines = (text: Text) => [
  `==> ${text()}/${text()} ${text()} (attempt 1 of 2)`,
  `==> build/Step Execute${text().replaceAll(/\s/g, '')} (attempt 1 of 1)`,
  text(),
  `<== build/Step failed 1s ${text()}`,
  `--- build/Step if ${text()}`,
];

const reports: Record<string, (output: Output, text: Text) => void> = {
  'the report of an image': ({ out }, text) => imageReport(filled(whole, text), options).forEach(out),
  'progress in lines': (output, text) => {
    const { live: _, ...plain } = output;
    const shown = display(plain, { verbose: true });
    shown.seen(filled(whole, text), new Map());
    shown.wrote(filled(whole.timeline['RunComponent#0']!, text), [text()]);
    shown.say(text());
  },
  'progress on a terminal': (_, text) => {
    const region = liveRegion((part) => {
      // What the region itself writes: up to its first line, and what is below it away.
      written += part.replace(redrawn, '');
    });
    const step = stepBegun(`==> build/${text()} Exec${text().replaceAll(/\s/g, '')} (attempt 1 of 1)`);
    const steps = new Map([['RunComponent#0', step ?? { phase: text(), name: text(), action: text() }]]);
    for (const now of [0, 100]) {
      region.draw(frame(filled(whole, text), steps, options.now + now, { columns: 4000, rows: 24, colours: false }));
      region.above([text()]);
    }
    region.clear();
  },
  'the tree of a run': ({ say }, text) => stepTree(text()).grow(stepLines(text)).forEach(say),
  'the report of a run': ({ out }, text) =>
    runReport(
      text(),
      filled({ ...{ status: 'x', failureMessage: 'x' }, executedStepCount: 1, durationSeconds: 1 } as never, text),
    ).forEach(out),
  'what is wrong with a document': ({ out }, text) =>
    findingLines(text(), text(), {
      ...{ code: 'unknown-key', severity: 'error', message: text(), path: [], offset: 0, end: 3 },
    }).forEach(out),
  'what is wrong with a pipeline': (_, text) => complain(problemText(problemAt(text(), text(), 1, text()))),
  'a list': ({ out }, text) =>
    columns([
      [text(), text()],
      [text(), text()],
    ]).forEach(out),
  'errors and notices': ({ warn }, text) => {
    warn(text());
    complain(text());
  },
};

describe('to a terminal', () => {
  it.each(Object.entries(reports))('%s', (_, report) => {
    const output = processOutput('text');
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 20 }), (texts) => {
        let next = 0;
        listen();
        report(output, () => texts[next++ % texts.length]!);
        vi.restoreAllMocks();
        expect(written).not.toBe('');
        expect(acting.exec(written)?.[0]).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });

  it('a script is shown, not obeyed; to a file it goes as it is', () => {
    const script = '#!/bin/bash\nprintf "\x1b[2J"\n';
    const shown = (isTTY: boolean) => {
      const before = process.stdout.isTTY;
      process.stdout.isTTY = isTTY;
      listen();
      writeFile(script);
      vi.restoreAllMocks();
      process.stdout.isTTY = before;
      return written;
    };
    expect(shown(true)).toBe('#!/bin/bash\nprintf "\\x1b[2J"\n');
    expect(shown(false)).toBe(script);
  });

  it('nothing writes but output.ts', () => {
    const writers = sourceFiles('cli').filter(({ text }) => /\bstd(?:out|err)\.write\(|\bconsole\./.test(text));
    expect(writers.map(({ path }) => path)).toEqual(['cli/output.ts']);
  });
});

describe('as JSON', () => {
  it('the value is the same, and nothing in it is hidden: for programs, notifications and events', () => {
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 20 }), (texts) => {
        let next = 0;
        const value = imageJson(filled(whole, () => texts[next++ % texts.length]!));
        for (const json of [visibleJson(value), visibleJson(value, 2)]) {
          expect(acting.exec(json)?.[0]).toBeUndefined();
          expect(json).not.toMatch(/\t/);
          expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('as the subject of a message', () => {
  it('it is one line of visible ASCII, no longer than SNS takes', () => {
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 40 }), (texts) => {
        expect(asciiLine(texts.join(''), 99)).toMatch(/^[\x20-\x7e]{0,99}$/);
      }),
      { numRuns: 200 },
    );
  });
});

// Where a command writes, and nothing else does: results on stdout, progress beside them when stdout carries JSON, problems
// on stderr. Whoever wrote the text, no control sequence reaches the terminal.
import { visibleJson } from '../shared/model/visible-text.ts';
import { environment } from './environment.ts';
import { printableLines } from './terminal-text.ts';

export type Output = {
  /** Results. */
  out(line: string): void;
  /** A result for programs, on lines of its own. */
  json(value: unknown, indent?: number): void;
  /** Progress. */
  say(line: string): void;
  /** Problems and notices. */
  warn(line: string): void;
  /** Redraws a live region at the end of the progress; absent where progress is not a terminal. */
  live?: { columns(): number; rows(): number; write(text: string): void };
  colours: boolean;
};

/** Text output reports progress on stdout; JSON output keeps stdout for the one document. */
export function processOutput(format: 'text' | 'json'): Output {
  const progress = format === 'json' ? process.stderr : process.stdout;
  return {
    out: (line) => write(process.stdout, line),
    json: (value, indent = 2) => void process.stdout.write(`${visibleJson(value, indent)}\n`),
    say: (line) => write(progress, line),
    warn: complain,
    ...(progress.isTTY &&
      process.stdin.isTTY && {
        live: {
          columns: () => progress.columns || 80,
          rows: () => progress.rows || 24,
          write: (text: string) => void progress.write(text),
        },
      }),
    colours: progress.isTTY === true && environment.colours,
  };
}

/** On stderr. */
export function complain(text: string): void {
  write(process.stderr, text);
}

/** A result that is a file: exactly as it is where a program reads it, visible where a person does. */
export function writeFile(text: string): void {
  process.stdout.write(process.stdout.isTTY ? printableLines(text).join('\n') : text);
}

function write(stream: NodeJS.WriteStream, text: string): void {
  stream.write(`${printableLines(text).join('\n')}\n`);
}

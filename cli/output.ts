// Where a command writes: results on stdout, progress beside them when stdout carries JSON, problems on stderr.
import { environment } from './environment.ts';

export type Output = {
  /** Results. */
  out(line: string): void;
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
    out: (line) => void process.stdout.write(`${line}\n`),
    say: (line) => void progress.write(`${line}\n`),
    warn: (line) => void process.stderr.write(`${line}\n`),
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

// One log stream: a file with an event a line, read once and then kept in memory; appending goes to both.
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Times are milliseconds since the epoch. */
export type LogEvent = { timestamp: number; ingestionTime: number; message: string };

export class LogStream {
  readonly #file: string;
  #events: LogEvent[] | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  events(): readonly LogEvent[] {
    this.#events ??= read(this.#file);
    return this.#events;
  }

  append(events: LogEvent[]): void {
    this.events();
    mkdirSync(dirname(this.#file), { recursive: true });
    appendFileSync(this.#file, events.map((event) => `\n${JSON.stringify(event)}`).join(''));
    this.#events?.push(...events);
  }
}

// A SIGKILL in the middle of a write cuts a line short: that event is lost, those after it begin on a line of their own.
function read(file: string): LogEvent[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw cause;
  }
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line)];
    } catch {
      return [];
    }
  });
}

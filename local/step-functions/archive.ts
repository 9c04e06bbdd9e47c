// Executions on disk: the record at start and end, each event as it happens, so that a killed cloud still knows what was running.
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ExecutionRecord } from './execution.ts';
import type { HistoryEvent } from './history.ts';

export type EventLog = { append(event: HistoryEvent): void; close(): void };

export class Archive {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true });
  }

  records(): ExecutionRecord[] {
    return readdirSync(this.#directory)
      .filter((file) => file.endsWith('.json'))
      .map((file) => JSON.parse(readFileSync(join(this.#directory, file), 'utf8')) as ExecutionRecord)
      .sort((left, right) => left.startDate - right.startDate);
  }

  write(record: ExecutionRecord): void {
    const file = this.#file(record, 'json');
    writeFileSync(`${file}.new`, JSON.stringify(record));
    renameSync(`${file}.new`, file);
  }

  /** Written at once, without waiting for the disk: what a killed process wrote stays. */
  log(record: ExecutionRecord): EventLog {
    const descriptor = openSync(this.#file(record, 'events'), 'a');
    return {
      append: (event) => writeSync(descriptor, `${JSON.stringify(event)}\n`),
      close: () => closeSync(descriptor),
    };
  }

  events(record: ExecutionRecord): HistoryEvent[] {
    const lines = readFileSync(this.#file(record, 'events'), 'utf8').split('\n');
    // What follows the last line feed is a line that a killed process did not finish.
    return lines.slice(0, -1).map((line) => JSON.parse(line) as HistoryEvent);
  }

  /** No name holds a comma. */
  #file({ executionArn }: ExecutionRecord, kind: 'json' | 'events'): string {
    const [, , , region, account, , machine, name] = executionArn.split(':');
    return join(this.#directory, `${region},${account},${machine},${name}.${kind}`);
  }
}

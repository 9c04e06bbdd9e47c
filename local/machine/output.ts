// Turns a stream of bytes into lines and stops passing them on at a limit, since a component can write without end; its end comes all the same.
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** What one command may write to one stream before the rest is dropped: lines too, as each costs more than its bytes. */
export const outputLimit = { bytes: 16 * 1024 * 1024, lines: 200_000 };

/** Bytes of the end that are passed on when the stream ends: it tells how the command ended. */
const keptEnd = 16 * 1024;

/** A line longer than this is passed on in pieces: CloudWatch Logs takes 256 KiB an event. */
const longestLine = 128 * 1024;

export type OutputLimit = typeof outputLimit;

export function cutMarker(stream: string, { bytes, lines }: OutputLimit): string {
  return `[output cut here: this command wrote more than ${bytes} bytes or ${lines} lines to ${stream}; its end follows]`;
}

export function readLines(stream: Readable, name: string, limit: OutputLimit, take: (lines: string[]) => void): void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let bytes = limit.bytes;
  let lines = limit.lines;
  /** What came last, once the limit is reached. */
  let end: Buffer | undefined;
  let dropped = false;
  const pass = (text: string, last: boolean) => {
    const found = (rest + text).split('\n');
    rest = found.pop() ?? '';
    while (rest.length > longestLine) {
      found.push(rest.slice(0, longestLine));
      rest = rest.slice(longestLine);
    }
    if (last && rest !== '') {
      found.push(rest);
      rest = '';
    }
    lines -= found.length;
    if (found.length > 0) take(found);
  };
  stream.on('data', (chunk: Buffer) => {
    if (end) {
      end = Buffer.concat([end, chunk]);
      dropped ||= end.length > keptEnd;
      end = end.subarray(-keptEnd);
      return;
    }
    pass(decoder.write(chunk.subarray(0, bytes)), false);
    bytes -= chunk.length;
    if (bytes >= 0 && lines >= 0) return;
    pass(decoder.end(), true);
    take([cutMarker(name, limit)]);
    end = chunk.subarray(chunk.length + Math.min(0, bytes)).subarray(-keptEnd);
  });
  stream.on('close', () => {
    if (!end) return pass(decoder.end(), true);
    const text = end.toString('utf8');
    // The first line is likely to be half of one.
    pass(dropped ? text.slice(text.indexOf('\n') + 1) : text, true);
  });
  stream.on('error', () => stream.destroy());
}

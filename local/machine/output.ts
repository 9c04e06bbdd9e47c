// Turns a stream of bytes into lines and stops passing them on at a limit, since a component can write without end.
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** What one command may write to one stream before the rest is dropped. */
export const outputLimit = 16 * 1024 * 1024;

/** A line longer than this is passed on in pieces: CloudWatch Logs takes 256 KiB an event. */
const longestLine = 128 * 1024;

export function cutMarker(stream: string, limit: number): string {
  return `[output cut here: this command wrote more than ${limit} bytes to ${stream}]`;
}

export function readLines(stream: Readable, name: string, limit: number, take: (lines: string[]) => void): void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let left = limit;
  const pass = (text: string, last: boolean) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    while (rest.length > longestLine) {
      lines.push(rest.slice(0, longestLine));
      rest = rest.slice(longestLine);
    }
    if (last && rest !== '') {
      lines.push(rest);
      rest = '';
    }
    if (lines.length > 0) take(lines);
  };
  stream.on('data', (chunk: Buffer) => {
    if (left < 0) return;
    pass(decoder.write(chunk.subarray(0, left)), false);
    left -= chunk.length;
    if (left < 0) {
      pass(decoder.end(), true);
      take([cutMarker(name, limit)]);
    }
  });
  stream.on('close', () => pass(decoder.end(), true));
  stream.on('error', () => stream.destroy());
}

// The text of a file: bytes that are no UTF-8 would silently become other characters, which an instance then runs.
import { isUtf8 } from 'node:buffer';

/** Throws an Error that names the first line that is no UTF-8. */
export function fileText(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  for (let line = 1, from = 0; ; line += 1) {
    const end = bytes.indexOf('\n', from);
    if (end === -1 || !isUtf8(bytes.subarray(from, end))) throw new Error(`it is not UTF-8: see line ${line}`);
    from = end + 1;
  }
}

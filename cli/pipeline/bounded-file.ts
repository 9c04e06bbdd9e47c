// Reads files that are small where they are right: one that is larger, or has no end, is never held in memory.
import { closeSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';

/** Bytes: more than any pipeline file, component document or shipped file may have in any encoding. */
export const largestRead = 1024 * 1024;

const tooLarge = () => new Error(`it has more than ${largestRead} bytes`);

/** The bytes of a file. Throws what opening it throws, or that it is too large. */
export async function readBounded(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const bytes = Buffer.alloc(largestRead + 1);
    for (let length = 0; ; ) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length, null);
      if (bytesRead === 0) return bytes.subarray(0, length);
      length += bytesRead;
      if (length > largestRead) throw tooLarge();
    }
  } finally {
    await file.close();
  }
}

/** The same for callers that cannot wait. */
export function readBoundedSync(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(largestRead + 1);
    for (let length = 0; ; ) {
      const bytesRead = readSync(file, bytes, length, bytes.length - length, null);
      if (bytesRead === 0) return bytes.subarray(0, length);
      length += bytesRead;
      if (length > largestRead) throw tooLarge();
    }
  } finally {
    closeSync(file);
  }
}

// Reads a zip archive as far as packagers of functions write them: stored or deflated files, no encryption, no zip64.
import { inflateRawSync } from 'node:zlib';

export type ZipEntry = { name: string; content: Buffer };

/** Every file of the archive. Throws an Error that says what is wrong with it, also for names that would lead out of a directory. */
export function readZip(archive: Buffer): ZipEntry[] {
  const end = archive.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0) throw new Error('not a zip archive: no end of central directory');
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  if (count === 0xffff || at === 0xffffffff) throw new Error('zip64 archives are not supported');
  const entries: ZipEntry[] = [];
  for (let index = 0; index < count; index += 1) {
    if (archive.readUInt32LE(at) !== 0x02014b50) throw new Error(`zip entry ${index}: no central header`);
    const nameLength = archive.readUInt16LE(at + 28);
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    if (!name.endsWith('/')) entries.push({ name: checked(name), content: contentOf(archive, at, name) });
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return entries;
}

function checked(name: string): string {
  if (name.startsWith('/') || name.includes('\\') || name.split('/').includes('..'))
    throw new Error(`zip entry '${name}': the name leads out of the archive`);
  return name;
}

function contentOf(archive: Buffer, header: number, name: string): Buffer {
  const flags = archive.readUInt16LE(header + 8);
  const method = archive.readUInt16LE(header + 10);
  const size = archive.readUInt32LE(header + 20);
  const local = archive.readUInt32LE(header + 42);
  if (flags & 1) throw new Error(`zip entry '${name}': encrypted`);
  const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
  const data = archive.subarray(start, start + size);
  if (method === 0) return data;
  if (method === 8) return inflateRawSync(data);
  throw new Error(`zip entry '${name}': compression method ${method} is not supported`);
}

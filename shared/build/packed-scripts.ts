// Scripts as they are kept: several in one text, compressed. Most of each is the same driver, which then counts once.
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';

/** 13 KB in 9 ms for the eight scripts of five components; the best quality takes 136 ms for 12 KB. */
const quality = { [constants.BROTLI_PARAM_QUALITY]: 5 };

export const packScripts = (scripts: string[]): Uint8Array =>
  brotliCompressSync(JSON.stringify(scripts), { params: quality });

export const unpackScripts = (packed: Uint8Array): string[] =>
  JSON.parse(brotliDecompressSync(packed).toString('utf8')) as string[];

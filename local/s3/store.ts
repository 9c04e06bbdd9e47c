// The buckets and objects of the local S3, as files: an object's bytes are in a file of its own.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeJson } from '../state/json-file.ts';

export type Bucket = { name: string; accountId: string; region: string; created: number; keys: Record<string, number> };

export type S3Store = {
  find(name: string): Bucket | undefined;
  list(): Bucket[];
  create(bucket: Omit<Bucket, 'keys'>): void;
  remove(name: string): void;
  /** Where the bytes of an object are, or are to be written before `keep`. */
  fileOf(bucket: string, key: string): string;
  /** Says that the object is there, from this time (epoch milliseconds) on. */
  keep(bucket: string, key: string, time: number): void;
  delete(bucket: string, key: string): void;
  sizeOf(bucket: string, key: string): number;
};

export function s3Store(stateDirectory: string): S3Store {
  const directory = join(stateDirectory, 's3');
  const index = join(directory, 'buckets.json');
  const buckets = readJson<Record<string, Bucket>>(index, {});
  const save = () => writeJson(index, buckets);
  // Keys may be longer than names of files.
  const fileOf = (bucket: string, key: string) =>
    join(directory, bucket, createHash('sha256').update(key).digest('hex'));
  return {
    find: (name) => (Object.hasOwn(buckets, name) ? buckets[name] : undefined),
    list: () => Object.values(buckets),
    create(bucket) {
      buckets[bucket.name] = { ...bucket, keys: {} };
      save();
    },
    remove(name) {
      delete buckets[name];
      rmSync(join(directory, name), { recursive: true, force: true });
      save();
    },
    fileOf(bucket, key) {
      mkdirSync(join(directory, bucket), { recursive: true, mode: 0o700 });
      return fileOf(bucket, key);
    },
    keep(bucket, key, time) {
      const found = buckets[bucket];
      if (!found) return;
      found.keys[key] = time;
      save();
    },
    delete(bucket, key) {
      const found = buckets[bucket];
      if (!found) return;
      delete found.keys[key];
      rmSync(fileOf(bucket, key), { force: true });
      save();
    },
    sizeOf: (bucket, key) => (existsSync(fileOf(bucket, key)) ? statSync(fileOf(bucket, key)).size : 0),
  };
}

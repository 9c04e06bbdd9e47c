// A directory that stands for an instance's root, filled with what an instance leaves behind.
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { newPlace, type Place } from '../component/bash-run.ts';

export type FakeRoot = Place & {
  root: string;
  write(path: string, content?: string): void;
  link(path: string, target: string): void;
  read(path: string): string;
  has(path: string): boolean;
  /** All files and links below the root, as absolute paths of the instance. */
  files(): string[];
};

export function fakeRoot(): FakeRoot {
  const place = newPlace();
  const root = join(place.directory, 'root');
  mkdirSync(root);
  const parent = (path: string) => {
    mkdirSync(dirname(root + path), { recursive: true });
    return root + path;
  };
  return {
    ...place,
    root,
    write: (path, content = 'x\n') => writeFileSync(parent(path), content),
    link: (path, target) => symlinkSync(target, parent(path)),
    read: (path) => readFileSync(root + path, 'utf8'),
    has: (path) => existsSync(root + path),
    files: () =>
      readdirSync(root, { recursive: true })
        .map((name) => `/${name}`)
        .filter((name) => !lstatSync(root + name).isDirectory())
        .toSorted(),
  };
}

// The project's own TypeScript files with what each imports.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

export const repository = join(import.meta.dirname, '..');

export type SourceFile = { path: string; text: string; imports: string[] };

/** Files below a top-level folder; imports of our own files as paths from the repository's root, packages by name. */
export function sourceFiles(folder: string): SourceFile[] {
  return readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => {
      const path = join(folder, name);
      const text = readFileSync(join(repository, path), 'utf8');
      const specifiers = [...text.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map((match) => match[1]!);
      const imports = specifiers.map((specifier) =>
        specifier.startsWith('.') ? normalize(join(dirname(path), specifier)) : specifier,
      );
      return { path, text, imports };
    });
}

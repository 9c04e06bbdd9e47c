// Keeps which pipelines news of a package or of a parent image may concern: it may name too many, never too few.
import type { Table } from '../aws/table.ts';
import { normalisedName } from '../model/names.ts';

/** `package#openssl`, `parent-image#amazon-linux-2023`; `package#*` for pipelines whose newest image may contain anything. */
export type Subject = `package#${string}` | `parent-image#${string}`;

export type UpdateSubjects = {
  /** Names of pipelines, as they were added. */
  concerned(subject: Subject): Promise<string[]>;
  /** Entries are never taken away: two builds that end at once could take away each other's. Whoever reads decides by the image. */
  add(pipelineName: string, subjects: Iterable<Subject>): Promise<void>;
};

/** Of every version and build of an image that is built here. */
export const imageBuiltHere = (name: string): Subject => `parent-image#image/${normalisedName(name)}`;

export const anyPackage: Subject = 'package#*';

/** A key holds 2,048 bytes, four a character at most; names of packages come from machines that we did not make. */
const longestSubject = 512;

const keyOf = (subject: Subject) => subject.slice(0, longestSubject);

export const updateSubjects = (table: Table): UpdateSubjects => ({
  concerned: async (subject) => (await table.query(keyOf(subject))).map(({ pipelineName }) => String(pipelineName)),
  add: (pipelineName, subjects) =>
    table.putAll(
      [...new Set([...subjects].map(keyOf))].map((pk) => ({ pk, sk: normalisedName(pipelineName), pipelineName })),
    ),
});

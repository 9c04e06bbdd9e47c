// Paginators read members that no source of ours need name: bundles keep those of every client that we have.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repository } from '../source-files.ts';

const file = '../../functions/bundle-plugins/named-members.cjs';
const { ofClients } = (await import(file)).default as { ofClients: string[] };

/** Clients whose structures are not narrowed (functions/bundle-plugins/schemas.cjs). */
const whole = /(?:client-(?:dynamodb|s3|sqs)|lib-dynamodb)\b/;

/** Its own names of the token, of the next one, and of the size of a page ("" where it has none). */
const call = /createPaginator\(.*, "(\w+)", "(\w+)", "(\w*)"\)/;

const { dependencies } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
};
const paginators = Object.keys(dependencies)
  .map((name) => join(repository, 'node_modules', name, 'dist-es', 'pagination'))
  .filter((folder) => existsSync(folder) && !whole.test(folder))
  .flatMap((folder) => readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8')))
  .filter((text) => text.includes('createPaginator('));

test('what paginators read is kept', () => {
  expect(paginators.length).toBeGreaterThan(200);
  const members = paginators.flatMap((text) => call.exec(text)?.slice(1) ?? ['a paginator of another form']);
  expect([...new Set(members)].filter((member) => member !== '' && !ofClients.includes(member))).toEqual([]);
});

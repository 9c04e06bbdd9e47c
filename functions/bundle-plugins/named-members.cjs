// Of the structures of a client, the members that our sources name: no other is ever sent or read. Halves the schemas of EC2.
const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

/**
 * What the clients themselves read or fill in: where a page ends and the next begins, the tokens that make a call idempotent, and
 * the command that providers of STS import.
 */
const ofClients = [
  ...['NextToken', 'nextToken', 'nextForwardToken', 'Marker', 'NextMarker', 'IsTruncated', 'Truncated'],
  ...['MaxResults', 'maxResults', 'MaxRecords', 'MaxItems', 'Limit', 'limit', 'ClientToken', 'clientToken'],
  'AssumeRoleWithWebIdentityCommand',
];

/** The module and the command of a paginator that is named. */
const ofPaginator = (word) => {
  const [, command] = /^paginate(\w+)$/.exec(word) ?? [];
  return command ? [word, `${command}Paginator`, `${command}Command`] : [word];
};

const wordsIn = (folder) =>
  readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').match(/\w+/g) ?? [])
    .flatMap(ofPaginator);

/** Every word of the functions and of what they share, comments and all. */
const wordsOf = (repository) =>
  new Set([...ofClients, ...['shared', 'functions'].flatMap((folder) => wordsIn(join(repository, folder)))]);

/** The elements of an array's text: `[a, [b, c]]` has two. */
const elements = (array) => {
  const found = [''];
  let depth = 0;
  for (const [token] of array.matchAll(/`[^`]*`|"[^"]*"|[[\]{}()]|[^`"[\]{}(),]+|,/g)) {
    if (/^[\])}]/.test(token)) depth -= 1;
    if (depth === 1 && token === ',') found.push('');
    else if (depth > 0) found.push(found.pop() + token);
    if (/^[[({]/.test(token)) depth += 1;
  }
  return found.map((element) => element.trim());
};

const structure = /^(?:export )?var \w+\$? = (?=\[3, )/;

/**
 * The statements of a schema file, its structures without the members that are not among the words. A structure is [3, namespace,
 * name, traits, names of members, their schemas] (@smithy/core, StaticStructureSchema); one of another shape stays as it is.
 */
const withNamedMembers = (statements, words) => {
  const names = new Map(
    statements.flatMap((one) => [...one.matchAll(/^const (\w+) = "(\w+)";$/gm)].map((m) => m.slice(1))),
  );
  return statements.map((statement) => {
    const [head] = structure.exec(statement) ?? [];
    const end = statement.search(/;$/m);
    if (!head || end < 0) return statement;
    const parts = elements(statement.slice(head.length, end));
    if (parts.length !== 6) return statement;
    const [members, schemas] = parts.slice(4).map(elements);
    const kept = members.map((member) => !names.has(member) || words.has(names.get(member)));
    const list = (all) => `[${all.filter((_, index) => kept[index]).join(', ')}]`;
    return `${head}[${[...parts.slice(0, 4), list(members), list(schemas)].join(', ')}]${statement.slice(end)}`;
  });
};

module.exports = { ofClients, withNamedMembers, wordsOf };

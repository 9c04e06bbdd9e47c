// Of a client, the commands that our sources name. The others would be left out of each bundle, but only after they were read and
// linked for each: half the time of bundling.
const { readFile } = require('node:fs/promises');

/** Nobody asks a client for all its commands as methods, nor to wait: an event tells (docs/how-it-works.md). */
const isExported = (module, words) =>
  /(?:Command|Paginator)$/.test(module) ? words.has(module) : /^(?!waiters)[a-z]|Client$/.test(module);

/** The text of an index of modules, without the modules of other commands. */
const withNamedModules = (text, words) =>
  text.replace(/^export \* from "\.\/(\w+)";\n/gm, (line, module) => (isExported(module, words) ? line : ''));

/** Schemas start with a number for their kind; what else a file declares is strings, and the registry of errors. */
const declared = /^(?:export )?(?:var|const) (\w+\$?) = (?:\[(\d+),|")/;
const operation = '9';

/** The statements of a schema file, without the operations of other commands and what only these use. */
const withNamedCommands = (statements, words) => {
  const places = new Map(statements.map((statement, place) => [declared.exec(statement)?.[1], place]));
  const kept = new Set();
  const keep = (place) => {
    if (place === undefined || kept.has(place)) return;
    kept.add(place);
    for (const [name] of statements[place].matchAll(/\w+\$?/g)) keep(places.get(name));
  };
  statements.forEach((statement, place) => {
    const [found, name, kind] = declared.exec(statement) ?? [];
    if (!found || (kind === operation && words.has(name.replace('$', 'Command')))) keep(place);
  });
  return statements.filter((_, place) => kept.has(place));
};

/** For all clients but those that `whole` matches. */
const namedCommands = (words, whole) => ({
  name: 'named-commands',
  setup(build) {
    const filter = /@aws-sdk[\\/]client-[\w-]+[\\/]dist-es[\\/](?:(?:commands|pagination)[\\/])?index\.js$/;
    build.onLoad({ filter }, async ({ path }) => {
      if (whole.test(path)) return undefined;
      return { contents: withNamedModules(await readFile(path, 'utf8'), words), loader: 'js' };
    });
  },
});

module.exports = { namedCommands, withNamedCommands };

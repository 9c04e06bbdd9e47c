// The schemas of a client are one table of all its operations: a bundle gets what its function uses of it.
const { readFile } = require('node:fs/promises');
const { join } = require('node:path');
const { namedCommands, withNamedCommands } = require('./named-commands.cjs');
const { withNamedMembers, wordsOf } = require('./named-members.cjs');

const declaration = /^(?:export )?var \w+\$? = /;

/** Entries of the table have computed keys, so esbuild may not drop unused ones unless each is marked as pure. Halves bundles with EC2. */
const marked = (statement) => {
  const [head] = declaration.exec(statement) ?? [];
  const end = statement.search(/;$/m);
  if (!head || end < 0) return statement;
  return `${head}/* @__PURE__ */ (() => (${statement.slice(head.length, end)}))()${statement.slice(end)}`;
};

/** An error without its class is the client's base class under the error's own name (@aws-sdk/core, ProtocolLib): all that we read. */
const withoutErrors = (statement) => statement.replace(/^n0_registry\.registerError\(\w+\$, \w+\);$/gm, '');

/** Clients whose own middleware or document client reads members of which we know nothing. */
const whole = /[\\/]client-(?:dynamodb|s3|sqs)[\\/]/;

const words = wordsOf(join(__dirname, '..', '..'));

async function contentsOf(path) {
  const statements = (await readFile(path, 'utf8')).split(/^(?=(?:export )?(?:var|const|let|import|function|class) )/m);
  const narrow = whole.test(path) ? statements : withNamedCommands(withNamedMembers(statements, words), words);
  return narrow.map(marked).map(withoutErrors).join('');
}

/** One promise a file, whichever function asks first. */
const contents = new Map();

const usedSchemas = {
  name: 'used-schemas',
  setup(build) {
    const filter = /@aws-sdk[\\/]client-[\w-]+[\\/]dist-es[\\/]schemas[\\/]schemas_0\.js$/;
    build.onLoad({ filter }, async ({ path }) => {
      if (!contents.has(path)) contents.set(path, contentsOf(path));
      return { contents: await contents.get(path), loader: 'js' };
    });
  },
};

module.exports = { ofNamedCommands: namedCommands(words, whole), usedSchemas };

// Bundles the schemas of an AWS client that a function uses, and not the others: the entries of a client's schema table
// have computed keys, so esbuild may not drop unused ones unless each is marked as pure. Halves bundles with EC2.
const { readFile } = require('node:fs/promises');

const declaration = /^(?:export )?var \w+\$? = /;

const marked = (statement) => {
  const [head] = declaration.exec(statement) ?? [];
  const end = statement.search(/;$/m);
  if (!head || end < 0) return statement;
  return `${head}/* @__PURE__ */ (() => (${statement.slice(head.length, end)}))()${statement.slice(end)}`;
};

const pureSchemas = {
  name: 'pure-schemas',
  setup(build) {
    build.onLoad(
      { filter: /@aws-sdk[\\/]client-[\w-]+[\\/]dist-es[\\/]schemas[\\/]schemas_0\.js$/ },
      async ({ path }) => {
        const statements = (await readFile(path, 'utf8')).split(
          /^(?=(?:export )?(?:var|const|let|import|function|class) )/m,
        );
        return { contents: statements.map(marked).join(''), loader: 'js' };
      },
    );
  },
};

module.exports = [pureSchemas];

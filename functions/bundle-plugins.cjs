// Keeps bundles small, and so cold starts short: what a function never uses of the AWS SDK stays out of its bundle.
const { readFile } = require('node:fs/promises');
const { dirname } = require('node:path');

const declaration = /^(?:export )?var \w+\$? = /;

const marked = (statement) => {
  const [head] = declaration.exec(statement) ?? [];
  const end = statement.search(/;$/m);
  if (!head || end < 0) return statement;
  return `${head}/* @__PURE__ */ (() => (${statement.slice(head.length, end)}))()${statement.slice(end)}`;
};

/** An error without its class is the client's base class under the error's own name (@aws-sdk/core, ProtocolLib): all that we read. */
const withoutErrors = (statement) => statement.replace(/^n0_registry\.registerError\(\w+\$, \w+\);$/gm, '');

/**
 * The schemas of a client that a function uses, and not the others: the entries of a client's schema table have computed
 * keys, so esbuild may not drop unused ones unless each is marked as pure. Halves bundles with EC2.
 */
const pureSchemas = {
  name: 'pure-schemas',
  setup(build) {
    build.onLoad(
      { filter: /@aws-sdk[\\/]client-[\w-]+[\\/]dist-es[\\/]schemas[\\/]schemas_0\.js$/ },
      async ({ path }) => {
        const statements = (await readFile(path, 'utf8')).split(
          /^(?=(?:export )?(?:var|const|let|import|function|class) )/m,
        );
        return { contents: statements.map(marked).map(withoutErrors).join(''), loader: 'js' };
      },
    );
  },
};

/**
 * Lambda gives a function its role's credentials in environment variables (Lambda developer guide, "Working with Lambda
 * execution environment credentials"): the clients for every other source of credentials are not bundled.
 */
const environmentCredentials = {
  name: 'environment-credentials',
  setup(build) {
    build.onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, () => ({
      path: 'credential-provider-node',
      namespace: 'environment-credentials',
    }));
    build.onLoad({ filter: /.*/, namespace: 'environment-credentials' }, () => ({
      contents: "export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';",
      resolveDir: dirname(require.resolve('@aws-sdk/credential-provider-node')),
    }));
  },
};

/** Of its own package.json a client tells its version only (in the user agent): two kilobytes of each client stay out. */
const packageVersions = {
  name: 'package-versions',
  setup(build) {
    build.onLoad({ filter: /@aws-sdk[\\/]client-[\w-]+[\\/]package\.json$/ }, async ({ path }) => {
      const { version } = JSON.parse(await readFile(path, 'utf8'));
      return { contents: JSON.stringify({ version }), loader: 'json' };
    });
  },
};

/** No request of ours is for several regions at once: the plain signature does for the clients that know both (STS, EventBridge). */
const plainSignature = {
  name: 'plain-signature',
  setup(build) {
    build.onResolve({ filter: /^@aws-sdk\/signature-v4-multi-region$/ }, () => ({
      path: 'signature-v4-multi-region',
      namespace: 'plain-signature',
    }));
    build.onLoad({ filter: /.*/, namespace: 'plain-signature' }, () => ({
      // The second is for directory buckets of S3, of which there are none here.
      contents:
        "export { SignatureV4 as SignatureV4MultiRegion, SignatureV4 as SignatureV4SignWithCredentials } from '@smithy/signature-v4';",
      resolveDir: dirname(require.resolve('@aws-sdk/signature-v4-multi-region')),
    }));
  },
};

module.exports = [pureSchemas, environmentCredentials, packageVersions, plainSignature];

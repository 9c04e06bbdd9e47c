// Keeps bundles small, and so cold starts short: what a function never uses of its libraries stays out of its bundle.
const { readFile } = require('node:fs/promises');
const { isBuiltin } = require('node:module');
const { basename, dirname, join } = require('node:path');
const { neverRun, refusal } = require('./bundle-plugins/never-run.cjs');
const { ofNamedCommands, usedSchemas } = require('./bundle-plugins/schemas.cjs');
const { together } = require('./bundle-plugins/together.cjs');

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

/** Regions that the expression of their partition matches anyway need not be listed: four kilobytes of each function. */
const partitionExpressions = {
  name: 'partition-expressions',
  setup(build) {
    build.onLoad({ filter: /@aws-sdk[\\/]core[\\/].*[\\/]aws[\\/]partitions\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const [start, end] = [text.indexOf('{'), text.lastIndexOf('}') + 1];
      const info = JSON.parse(text.slice(start, end));
      for (const partition of info.partitions) {
        const expression = new RegExp(partition.regionRegex);
        const others = Object.entries(partition.regions).filter(([region]) => !expression.test(region));
        partition.regions = Object.fromEntries(others);
      }
      return { contents: `${text.slice(0, start)}${JSON.stringify(info)}${text.slice(end)}`, loader: 'js' };
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

/** The YAML parser as modules (built from the same sources as its CommonJS), so that what is not used can be left out; and none of its writer. */
const yamlParser = {
  name: 'yaml-parser',
  setup(build) {
    build.onResolve({ filter: /^yaml$/ }, () => ({
      path: join(dirname(require.resolve('yaml/package.json')), 'browser', 'dist', 'index.js'),
      sideEffects: false,
    }));
    build.onLoad({ filter: /[\\/]yaml[\\/]browser[\\/]dist[\\/]stringify[\\/]\w+\.js$/ }, async ({ path }) => {
      const [, names] = /^export \{(.*)\};$/m.exec(await readFile(path, 'utf8'));
      const absent = names.split(',').map((name) => `export const ${name} = ${refusal('No function writes YAML')};`);
      return { contents: absent.join('\n'), loader: 'js' };
    });
  },
};

/** Functions that make scripts of component documents; the others only read the documents. */
const compiling = ['prepare-image'];
const isCompiling = (entry) => compiling.includes(basename(entry, '.ts'));

/** The bash of the action modules and conditions: elsewhere a function that would use it after all is told so. */
const bashOfScripts = {
  name: 'bash-of-scripts',
  setup(build) {
    if (build.initialOptions.entryPoints.some(isCompiling)) return;
    const filter = /[\\/]shared[\\/]component[\\/](?:actions|condition)[\\/](?:\w+-)*functions\.ts$/;
    build.onLoad({ filter }, async ({ path }) => {
      const names = [...(await readFile(path, 'utf8')).matchAll(/^export const (\w+)/gm)].map(([, name]) => name);
      const useRefused = refusal(`Only ${compiling.join(', ')} makes scripts`);
      return {
        contents: names.map((name) => `export const ${name} = { toString: ${useRefused} };`).join('\n'),
        loader: 'js',
      };
    });
  },
};

/**
 * Node's own modules as `require` would give them. Who imports one as a module has every export of it read, and what node:http
 * and node:crypto make only when it is read (WebSocket, webcrypto) loads all of undici: a fifth of a cold start.
 */
const builtinModules = {
  name: 'builtin-modules',
  setup(build) {
    build.onResolve({ filter: /^[a-z:/_]+$/ }, ({ path }) =>
      isBuiltin(path) ? { path, namespace: 'builtin-modules', sideEffects: false } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'builtin-modules' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};

const plugins = [
  builtinModules,
  ofNamedCommands,
  usedSchemas,
  neverRun,
  environmentCredentials,
  packageVersions,
  partitionExpressions,
  plainSignature,
  yamlParser,
  bashOfScripts,
];

module.exports = [together(plugins, isCompiling)];

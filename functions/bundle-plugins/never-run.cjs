// Modules that AWS's clients import, and that no function ever runs.
const { readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');

/** The source of a function that says that it was left out. */
const refusal = (why) => `() => { throw new Error(${JSON.stringify(`${why}: functions/bundle-plugins.cjs`)}); }`;
/** A plugin of a client that adds nothing. */
const noPlugin = (name, middleware) => `
  export const get${name}Plugin = () => ({ applyToStack() {} });
  export const ${middleware} = ${refusal('This middleware is not bundled')};
  export const ${middleware}Options = {};`;
const folderOf = (name) => dirname(require.resolve(`${name}/package.json`));
const core = join(folderOf('@smithy/core'), 'dist-es', 'submodules');
const s3 = join(folderOf('@aws-sdk/middleware-sdk-s3'), 'dist-es', 'submodules', 's3');
const checksums = join(folderOf('@aws-sdk/checksums'), 'dist-es', 'submodules');

/** Modules that the clients import but that no function ever runs, by file, and what stands in for each. */
const standIns = {
  // No operation of ours answers with a stream of events.
  [join(core, 'event-streams', 'index.js')]: `
    export const eventStreamSerdeProvider = () => undefined;
    export const resolveEventStreamSerdeConfig = (config) => config;
    export const EventStreamSerde = ${refusal('No operation with a stream of events is bundled')};`,
  // Lambda has no ~/.aws.
  [join(core, 'config', 'shared-ini-file-loader', 'loadSharedConfigFiles.js')]: `
    export const CONFIG_PREFIX_SEPARATOR = '.';
    export const loadSharedConfigFiles = async () => ({ configFile: {}, credentialsFile: {} });`,
  // Asks for the region only where no environment variable tells.
  [join(core, 'config', 'config-resolver', 'regionConfig', 'getInstanceMetadataRegion.js')]:
    'export const getInstanceMetadataRegion = async () => undefined;',
  // Stand in for node:crypto and node:zlib where a Node is built without them.
  [join(core, 'checksum', 'sha256', 'Sha256Js.js')]: 'export const Sha256Js = undefined;',
  [join(core, 'checksum', 'md5', 'Md5Js.js')]: 'export const Md5Js = undefined;',
  [join(core, 'checksum', 'crc32', 'Crc32Js.js')]: 'export const Crc32Js = undefined;',
  [join(checksums, 'sha', 'sha1', 'Sha1Js.js')]: 'export const Sha1Js = undefined;',
  // AWS_RETRY_MODE=adaptive is not set: the machine retries what the standard mode does not.
  [join(core, 'retry', 'util-retry', 'AdaptiveRetryStrategy.js')]: `
    export const AdaptiveRetryStrategy = ${refusal('The retry mode adaptive is not bundled')};`,
  // DynamoDB no longer discovers endpoints; no command asks for it.
  [join(folderOf('@aws-sdk/endpoint-cache'), 'dist-es', 'index.js')]: 'export class EndpointCache {}',
  // No bucket of ours is a directory bucket, nor one that has an ARN.
  [join(s3, 'middleware-s3-express', 'classes', 'S3ExpressIdentityProviderImpl.js')]:
    'export class S3ExpressIdentityProviderImpl {}',
  [join(s3, 'middleware-s3-express', 'functions', 's3ExpressMiddleware.js')]: noPlugin(
    'S3Express',
    's3ExpressMiddleware',
  ),
  [join(s3, 'middleware-s3-express', 'functions', 's3ExpressHttpSigningMiddleware.js')]: noPlugin(
    'S3ExpressHttpSigning',
    's3ExpressHttpSigningMiddleware',
  ),
  // Requests to S3 have no body, answers no stream, and nobody asked to follow a bucket to another region.
  [join(s3, 'middleware-expect-continue', 'middleware-expect-continue.js')]: noPlugin(
    'AddExpectContinue',
    'addExpectContinueMiddleware',
  ),
  [join(s3, 'middleware-region-redirect', 'region-redirect-middleware.js')]: noPlugin(
    'RegionRedirectMiddleware',
    'regionRedirectMiddleware',
  ),
  [join(core, 'serde', 'util-stream', 'sdk-stream-mixin.js')]: `
    export const sdkStreamMixin = ${refusal('No operation with a stream in its answer is bundled')};`,
  [join(core, 'serde', 'util-stream', 'getAwsChunkedEncodingStream.js')]: `
    export const getAwsChunkedEncodingStream = ${refusal('No operation with a stream in its request is bundled')};`,
  [join(folderOf('@aws-sdk/client-s3'), 'dist-es', 'endpoint', 'endpointResolver.js')]: readFileSync(
    join(__dirname, 'bucket-endpoint.mjs'),
    'utf8',
  ),
};
for (const file of Object.keys(standIns)) require.resolve(file);

const neverRun = {
  name: 'never-run',
  setup(build) {
    const files = Object.keys(standIns).map((file) => file.replace(/[^\w]/g, '\\$&'));
    build.onLoad({ filter: new RegExp(`^(?:${files.join('|')})$`) }, ({ path }) => ({
      contents: standIns[path],
      loader: 'js',
    }));
  },
};

module.exports = { neverRun, refusal };

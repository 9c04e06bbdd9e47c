// The transfer modules.
import type { Nodes } from '../node.ts';
import type { ActionModule } from './action.ts';
import { flag, formed, type InputValues, needed, text } from './input.ts';
import { listModule } from './list-module.ts';
import { pathFunctions, publishFunctions } from './path-functions.ts';
import { s3CommandFunctions } from './s3-command-functions.ts';
import { s3CurlFunctions } from './s3-curl-functions.ts';
import { s3Functions } from './s3-functions.ts';
import { uriFunctions } from './uri-functions.ts';
import { webFunctions } from './web-functions.ts';

const s3Place = (key: string, form: RegExp, rule: string) =>
  needed(key, (given) => (form.test(given) ? undefined : `it must be ${rule}`));

const owner = formed('expectedBucketOwner', '', /^[0-9]{12}$/, 'an account id of 12 digits');

const talking = [pathFunctions, publishFunctions, uriFunctions, s3Functions, s3CommandFunctions, s3CurlFunctions];

/** Both are needed for a check (AWS's guide): one alone is most likely meant to be checked. */
function checkChecksum(values: InputValues, nodes: Nodes): void {
  const lone = values.has('checksum') ? 'checksum' : 'algorithm';
  const missing = lone === 'checksum' ? 'algorithm' : 'checksum';
  const given = values.get(lone);
  if (!given || values.has(missing)) return;
  nodes.report('invalid-value', `"${lone}" without "${missing}": the download is not checked.`, given, 'warning');
}

export const transferModules: ActionModule[] = [
  listModule({
    name: 'S3Download',
    inputs: [
      s3Place(
        'source',
        /^s3:\/\/[^/*]+\/[^*]*[^*/]$|^s3:\/\/[^/*]+\/[^*]*\*$/,
        's3://bucket/key or s3://bucket/prefix/*',
      ),
      needed('destination'),
      owner,
      flag('overwrite', true),
    ],
    functions: talking,
  }),
  listModule({
    name: 'S3Upload',
    inputs: [
      needed('source'),
      s3Place('destination', /^s3:\/\/[^/]+(\/.*)?$/s, 's3://bucket/key'),
      flag('recurse', false),
      owner,
    ],
    functions: talking,
  }),
  listModule({
    name: 'WebDownload',
    outputs: ['destination'],
    inputs: [
      needed('source', (given) =>
        /^https?:\/\/[^/\s]\S*$/i.test(given) ? undefined : 'it must be a URL that starts with http:// or https://',
      ),
      needed('destination'),
      flag('overwrite', true),
      text('checksum'),
      formed('algorithm', '', /^(md5|sha1|sha256|sha512)$/i, 'MD5, SHA1, SHA256 or SHA512'),
      flag('ignoreCertificateErrors', false),
    ],
    check: checkChecksum,
    functions: [pathFunctions, publishFunctions, uriFunctions, webFunctions],
  }),
];

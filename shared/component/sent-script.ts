// A script as Run Command gets it: compressed, and free of `{{`, which Systems Manager would take for its own parameters.
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { instanceHost } from './program.ts';
import { quote } from './quote.ts';

/**
 * How long a sent script may be, in bytes: SendCommand refuses documents over 64 KB (Systems Manager API
 * model, MaxDocumentSizeExceeded), and whether parameters count is not documented.
 */
export const sentLimit = 48 * 1024;

/**
 * The one string for AWS-RunShellScript's `commands`: ASCII, first line `#!/bin/bash`, the script as gzip in base64. It unpacks the script to
 * `<stateDirectory>/scripts/<hash>`, where it can be read, and runs it there. It may be longer than `sentLimit`: whoever makes the script says what then.
 */
export function sentScript(script: string, host = instanceHost): string {
  const packed = gzipSync(script, { level: 9 });
  packed[9] = 255; // The header's operating system byte: the same bytes wherever this runs.
  const hash = createHash('sha256').update(script).digest('hex').slice(0, 32);
  return `#!/bin/bash
# Made by Serverless Image Builder. The script is below as gzip in base64, and once it runs in $file.
directory=${quote(`${host.stateDirectory}/scripts`)}
file=$directory/${hash}
export PATH="\${PATH:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}"
unpack() {
  umask 077
  set -o pipefail
  mkdir -p -- "$directory" && base64 -d | gzip -dc >"$file.$$" && mv -f -- "$file.$$" "$file"
}
if ! (unpack) 2>&1 < <(printf '%s' '${packed.toString('base64')}'); then
  printf '{"status":"failed","failureMessage":"the script could not be unpacked to %s: see the output","executedStepCount":0,"failedStepCount":0,"ignoredFailedStepCount":0,"rebootCount":0,"durationSeconds":0,"steps":[],"output":""}\\n' "$file" >&2
  exit 1
fi
exec bash -- "$file"
`;
}

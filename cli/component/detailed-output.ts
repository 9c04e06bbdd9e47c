// The document of a finished run with all its steps, which the script leaves on the instance.
import { gunzipSync } from 'node:zlib';
import type { Connection } from '../aws/connection.ts';
import { CommandError } from '../command-error.ts';
import { runCommand } from './command.ts';

/** Where the newest run of a component leaves it. */
const file = '/var/lib/image-builder/detailedoutput.json';

// Compressed and in short lines, as a log takes it whatever its size and its characters.
const script = `#!/bin/bash
set -o pipefail
gzip -c -- ${file} | base64 -w 4000
`;

/** Read with a command of its own from the instance that ran the component. */
export async function readDetailedOutput(
  connection: Connection,
  instanceId: string,
  signal: AbortSignal,
): Promise<object> {
  const lines: string[] = [];
  const heard = (more: string[]) => void lines.push(...more);
  const comment = 'detailed output';
  const { exitCode, status, stderr } = await runCommand(connection, { instanceId, script, comment, heard, signal });
  if (exitCode === 0) return JSON.parse(gunzipSync(Buffer.from(lines.join(''), 'base64')).toString('utf8')) as object;
  throw new CommandError(
    `The component ran, but its ${file} could not be read from the instance: ${status}: ${stderr.trim()}`,
  );
}

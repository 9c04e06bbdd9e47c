// One run of a compiled component: launch, command, perhaps an AMI, and in any case the end of the instance.
import { type ComponentResult, parseResult } from '../../shared/component/result.ts';
import { sentScript } from '../../shared/component/sent-script.ts';
import type { Connection } from '../aws/connection.ts';
import { CommandError } from '../command-error.ts';
import { printable, printableLines } from '../terminal-text.ts';
import { type CommandEnd, runCommand } from './command.ts';
import { readDetailedOutput } from './detailed-output.ts';
import { stepTree } from './step-tree.ts';
import { launchInstance } from './throw-away-instance.ts';

export type RunRequest = {
  script: string;
  /** The component's. */
  name: string;
  runId: string;
  parentImage: string;
  keepImage: boolean;
  /** Whether the run's detailed output is wanted too. */
  detailed: boolean;
  /** Ends the run; the instance is terminated all the same. */
  signal: AbortSignal;
};

export type Ran = { result: ComponentResult; detailedOutput?: object; imageId?: string };

export async function runOnce(connection: Connection, request: RunRequest, say: (line: string) => void): Promise<Ran> {
  const { name, runId, parentImage, signal } = request;
  const instance = await launchInstance(connection, { parentImage, component: name, runId, signal });
  const instanceId = instance.id;
  try {
    say(`instance ${instanceId}: ${printable(instance.parent)}`);
    const tree = stepTree(name);
    const heard = (lines: string[]) => tree.grow(lines).forEach(say);
    const script = sentScript(request.script);
    const end = await runCommand(connection, { instanceId, script, comment: name, heard, signal });
    const ran: Ran = { result: resultOf(end, name) };
    if (request.detailed) ran.detailedOutput = await readDetailedOutput(connection, instanceId, signal);
    if (request.keepImage) {
      say('making an AMI of the instance');
      ran.imageId = await instance.snapshot(`component-run ${name}`.slice(0, 90) + ` ${runId}`, signal);
    }
    return ran;
  } finally {
    await instance.terminate();
  }
}

function resultOf({ status, exitCode, stderr }: CommandEnd, name: string): ComponentResult {
  const result = parseResult(stderr);
  if (result) return result;
  const said = printableLines(stderr.trim()).join('\n');
  throw new CommandError(
    `${name} left no result: Run Command ended it as ${status}, exit code ${exitCode}${said ? `:\n${said}` : ''}`,
  );
}

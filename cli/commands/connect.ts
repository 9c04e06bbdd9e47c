// `connect`: a shell on an instance that a failed build left for inspection, by Session Manager.
import { spawn } from 'node:child_process';
import { type KeptInstance, keptInstances } from '../aws/kept-instances.ts';
import { CommandError } from '../command-error.ts';
import { processOutput } from '../output.ts';
import { type StackOptions, withStack } from '../session.ts';
import { printable } from '../terminal-text.ts';
import { findImage } from './find-image.ts';

export type ConnectOptions = StackOptions & { print?: boolean };

/** Starts the session where there is a terminal; otherwise, and with `print`, says how to. Exit code 2 where nothing was left. */
export async function connect(reference: string, { print, ...options }: ConnectOptions): Promise<number> {
  const output = processOutput('json');
  const { arn, instance } = await withStack(options, output, async ({ stack, connection }) => {
    const image = await findImage(stack, reference);
    const ledger = await stack.readLedger(image.arn);
    const kept = ledger ? await keptInstances(connection, ledger) : [];
    return { arn: image.arn, instance: kept.find(({ state }) => state === 'running') ?? kept[0] };
  });
  if (!instance)
    throw new CommandError(
      `The build of ${arn} has left no instance that still exists. Set terminateInstanceOnFailure: false in the infrastructureConfiguration of its pipeline (and keepFor: <hours>): the next build that fails leaves its instances.`,
      { exitCode: 2 },
    );
  const { id, region, role, state, until } = instance;
  output.say(`${role} ${id} in ${region} is ${state}${until ? `; the sweep ends it after ${until}` : ''}`);
  if (options.local)
    throw new CommandError(
      `The local cloud has no Session Manager: nobody can open a shell on ${id}. \`./image-builder logs ${arn} --local\` shows what its components wrote, and \`component run --local\` tries a document by itself.`,
    );
  if (state !== 'running')
    throw new CommandError(
      `Session Manager reaches instances that run. Start it first:\n  ${start(instance).join(' ')}\nand then connect again.`,
    );
  const command = session(instance);
  if (print || !process.stdin.isTTY) {
    output.out(command.join(' '));
    return 0;
  }
  return run(command);
}

const start = ({ id, region }: KeptInstance) => [
  'aws',
  'ec2',
  'start-instances',
  '--instance-ids',
  id,
  '--region',
  region,
];
const session = ({ id, region }: KeptInstance) => ['aws', 'ssm', 'start-session', '--target', id, '--region', region];

/** Ctrl-C is the session's own. */
function run([program, ...words]: string[]): Promise<number> {
  const ignore = () => undefined;
  process.on('SIGINT', ignore);
  return new Promise<number>((resolve, reject) => {
    const child = spawn(program!, words, { stdio: 'inherit' });
    child.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'ENOENT' ? 'the AWS command line is not installed' : error.message;
      reject(
        new CommandError(
          `The session could not be started: ${printable(why)}. It needs \`aws\` and its Session Manager plugin:\n  ${[program, ...words].join(' ')}`,
        ),
      );
    });
    child.once('close', (code) => resolve(code ?? 1));
  }).finally(() => process.off('SIGINT', ignore));
}

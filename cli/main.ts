// The `image-builder` command. Each command's code is loaded when it is called.
import { inspect } from 'node:util';
import { Command, CommanderError } from 'commander';
import { CommandError } from './command-error.ts';
import { complain } from './output.ts';
import { addCommands } from './program/commands.ts';

const program = new Command('image-builder')
  .description('Builds, tests and distributes AMIs from pipeline files, in AWS or in a local cloud on this machine.')
  .exitOverride()
  .configureOutput({ writeErr: (text) => complain(text.replace(/\n$/, '')) })
  .configureHelp({ showGlobalOptions: true })
  .showHelpAfterError('(--help lists commands and options)');

addCommands(program);

// A reader that has seen enough (`| head`) is no failure and no success: the command goes on unheard to its own end.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (error instanceof CommandError) {
    complain(error.message);
    process.exitCode = error.exitCode;
  } else {
    complain(inspect(error));
    process.exitCode = 1;
  }
}

// A request that nobody waits for any more must not keep the command alive.
const flushed = (stream: NodeJS.WriteStream) => new Promise<void>((resolve) => stream.write('', () => resolve()));
await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
process.exit();

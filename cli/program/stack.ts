// Commands on the stack and its account, deployed or local.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { about, format, names, run, stateDir } from './options.ts';

/** Adds resources and costs. */
export function addAccount(program: Command): void {
  about(program.command('resources'))
    .description('lists what carries our tags in the account, and which image owns it')
    .addOption(format())
    .action(run(async (options) => (await import('../commands/resources.ts')).resources(options)));

  about(program.command('costs'))
    .description('what builds cost, by pipeline or by month: estimates from a dated price table')
    .addOption(new Option('--by <what>', 'how to add up').choices(['pipeline', 'month']).default('pipeline'))
    .option('--prices <file>', 'JSON with prices of your own, which stand before those of the table')
    .addOption(format())
    .action(run(async (options) => (await import('../commands/costs.ts')).costs(options)));
}

/** Adds connect, cancel, sweep and doctor. */
export function addOperations(program: Command): void {
  about(program.command('connect'))
    .description('opens a shell on an instance that a failed build left for inspection (Session Manager)')
    .argument('<image>', 'an ARN, name/version/build, or a name for the newest')
    .option('--print', 'print the command instead')
    .action(run(async (image: string, options) => (await import('../commands/connect.ts')).connect(image, options)));

  about(program.command('cancel'))
    .description('ends the build of an image, and waits until everything it made is gone')
    .argument('<image>', 'an ARN, name/version/build, or a name for the newest')
    .option('--no-wait', 'ask for it, and leave')
    .addOption(format())
    .addHelpText(
      'after',
      '\nExit code: 0 the image is CANCELLED (or, with --no-wait, about to be), 1 it has ended otherwise, 2 there is no such image.',
    )
    .action(run(async (image: string, options) => (await import('../commands/cancel.ts')).cancel(image, options)));

  about(program.command('sweep'))
    .description(
      'releases what builds that have ended still own, as the schedule does every hour, and says what it found',
    )
    .option('--dry-run', 'change nothing, and say what would be released')
    .addOption(format())
    .addHelpText(
      'after',
      '\nExit code: 0 there is nothing that a person should look at, 1 something is left behind, refused, or an orphan.',
    )
    .action(run(async (options) => (await import('../commands/sweep.ts')).sweep(options)));

  about(program.command('doctor'))
    .description('checks the deployed stack (with --local: the local one) and says what to do')
    .option('--subnets <ids>', 'comma-separated: those that pipelines name, if not the default VPC’s', names)
    .addOption(format())
    .addHelpText(
      'after',
      '\nExit code: 0 no check failed, 1 at least one did. A check that cannot be made is told, and counts as neither.',
    )
    .action(run(async (options) => (await import('../commands/doctor.ts')).doctor(options)));
}

/** Adds logs. */
export function addLogs(program: Command): void {
  about(program.command('logs'))
    .description('shows what the components of an image wrote')
    .argument('<image>', 'an ARN, name/version/build, or a name for the newest')
    .action(run(async (image: string, options) => (await import('../commands/logs.ts')).showLogs(image, options)));
}

/** Adds local. */
export function addLocal(program: Command): void {
  const cloud = program.command('local').description('a local cloud that stays until it is stopped');
  const localCommand = (name: string, description: string) =>
    cloud.command(name).description(description).addOption(stateDir()).addOption(format());
  localCommand('start', 'starts it, and says how to reach it')
    .option('--accounts <ids>', 'accounts that images may be copied into, with commas between', accountIds)
    .action(run(async (options) => (await import('../commands/local.ts')).startLocal(options)));
  localCommand('status', 'says whether it runs').action(
    run(async (options) => (await import('../commands/local.ts')).statusLocal(options)),
  );
  localCommand('stop', 'stops it and every instance').action(
    run(async (options) => (await import('../commands/local.ts')).stopLocal(options)),
  );
  localCommand('reset', 'stops it and removes its state').action(
    run(async (options) => (await import('../commands/local.ts')).resetLocal(options)),
  );
}

function accountIds(text: string): string[] {
  const found = text.split(',').map((id) => id.trim());
  if (!found.every((id) => /^[0-9]{12}$/.test(id)))
    throw new InvalidArgumentError('Expected accounts of twelve digits with commas between them.');
  return found;
}

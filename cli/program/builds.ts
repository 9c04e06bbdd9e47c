// Commands on builds: start one, go on from an image, answer one that waits.
import type { Command } from 'commander';
import { variable } from '../pipeline/variables.ts';
import { about, format, names, run } from './options.ts';

/** Adds build, start and preflight. */
export function addBuilds(program: Command): void {
  about(program.command('build'))
    .description('registers a pipeline file, starts a build and follows it to its end')
    .argument('<pipeline.yml>', 'the pipeline file, or a folder that holds one with what it refers to')
    .option('--var <name=value>', 'value of a variable of the file, as often as wanted', variable, {})
    .option('--verbose', 'show what the components write')
    .addOption(format())
    .addHelpText(
      'after',
      '\nExit code: 0 the image is AVAILABLE, 1 it is FAILED or CANCELLED, 2 the input is invalid and nothing was started.',
    )
    .action(run(async (path: string, options) => (await import('../commands/build.ts')).build(path, options)));

  about(program.command('start'))
    .description('starts a build of a registered pipeline, or puts it behind the one that is under way')
    .argument('<pipeline>', 'a name or an ARN')
    .option('--wait', 'follow the build to its end, also one that has to wait for another')
    .option('--client-token <token>', 'the same token starts the same build once')
    .option('--reason <text>', 'what the record of the build tells as its cause')
    .option('--verbose', 'show what the components write, with --wait')
    .addOption(format())
    .addHelpText(
      'after',
      '\nExit code: 0 it was started or queued (with --wait: the image is AVAILABLE), 1 it was skipped, or ended otherwise, 2 the input is invalid.',
    )
    .action(run(async (name: string, options) => (await import('../commands/start.ts')).start(name, options)));

  about(program.command('preflight'))
    .description('checks what the distribution of a registered pipeline names, region by region, and starts nothing')
    .argument('<pipeline>', 'a name or an ARN')
    .addOption(format())
    .addHelpText(
      'after',
      '\nExit code: 0 nothing would fail, 1 something would, 2 there is no such pipeline, or it cannot be built at all.',
    )
    .action(run(async (name: string, options) => (await import('../commands/preflight.ts')).preflight(name, options)));
}

/** Adds retry and distribute. */
export function addRepeats(program: Command): void {
  about(program.command('retry'))
    .description('tests and publishes the AMI that a failed image kept (retainForRetry), without building it again')
    .argument('<image>', 'the FAILED image: an ARN, name/version/build, or a name for the newest')
    .option('--verbose', 'show what the components write')
    .addOption(format())
    .addHelpText(
      'after',
      '\nTests and distribution are those of the newest registration of its pipeline.\nExit code: 0 the new image is AVAILABLE, 1 it is FAILED or CANCELLED, 2 there is nothing to go on from.',
    )
    .action(run(async (image: string, options) => (await import('../commands/retry.ts')).retry(image, options)));

  about(program.command('distribute'))
    .description('copies an AMI or an image to regions and publishes it there, as a new image, without a build')
    .argument(
      '<ami or image>',
      'an AMI id of the stack’s region, or an AVAILABLE image: ARN, name/version/build, or name',
    )
    .requiredOption('--to <regions>', 'comma-separated', names)
    .option('--pipeline <name>', 'whose names, tags and permissions hold (default: the pipeline of the image)')
    .addOption(format())
    .addHelpText(
      'after',
      '\nExit code: 0 the new image is AVAILABLE, 1 it is FAILED or CANCELLED, 2 the input is not right.',
    )
    .action(
      run(async (source: string, options) => (await import('../commands/distribute.ts')).distribute(source, options)),
    );
}

/** Adds approve and reject. */
export function addApprovals(program: Command): void {
  for (const [name, decision, what] of [
    ['approve', 'approved', 'publishes an image that waits for an approval'],
    ['reject', 'rejected', 'cancels the build of an image that waits for an approval'],
  ] as const) {
    about(program.command(name))
      .description(what)
      .argument('<image>', 'an ARN, name/version/build, or a name for the newest')
      .option('--reason <text>', 'what the record is to say beside who and when')
      .addOption(format())
      .addHelpText('after', '\nExit code: 0 the answer stands, 2 another one does, or nothing waits for an answer.')
      .action(
        run(async (image: string, options) => (await import('../commands/answer.ts')).answer(image, decision, options)),
      );
  }
}

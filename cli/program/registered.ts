// Commands on what is registered: from files, and by name.
import type { Command } from 'commander';
import { variable } from '../pipeline/variables.ts';
import { about, deleting, format, positive, run } from './options.ts';

const registry = () => import('../commands/registry.ts');
const policies = () => import('../commands/lifecycle.ts');

/** Adds apply and import. */
export function addFiles(program: Command): void {
  about(program.command('apply'))
    .description('registers what files and folders hold, and says what changed')
    .argument(
      '<paths...>',
      'pipelines, recipes, configurations, lifecycle policies, components and component documents, or folders of them',
    )
    .option('--dry-run', 'say what would change, and change nothing')
    .addOption(format())
    .addHelpText('after', '\nExit code: 0 done, 2 something is invalid and nothing was registered.')
    .action(run(async (paths: string[], options) => (await import('../commands/apply.ts')).apply(paths, options)));

  program
    .command('import')
    .description(
      'turns the AWS::ImageBuilder resources of a CloudFormation template into files for `apply` and `build`',
    )
    .argument('<template>', 'the template, YAML or JSON (what CDK synthesizes too)')
    .option(
      '--parameter <name=value>',
      'value of a parameter, AWS::Region among them, as often as wanted',
      variable,
      {},
    )
    .option('--out <folder>', 'where the files go; it must be empty or not there', 'imported')
    .addOption(format())
    .addHelpText(
      'after',
      '\nExit code: 0 everything was carried over, 1 something was not (it is listed), 2 the template cannot be read.',
    )
    .action(
      run(async (path: string, options) => (await import('../commands/import.ts')).importTemplate(path, options)),
    );
}

/** Adds pipelines, components and recipes. */
export function addRegistered(program: Command): void {
  const pipelines = program.command('pipelines').description('the pipelines that are registered');
  about(pipelines.command('list', { isDefault: true }))
    .description('lists pipelines with their status and recipe')
    .addOption(format())
    .action(run(async (options) => (await registry()).listPipelines(options)));
  about(pipelines.command('show'))
    .description('shows one pipeline as it is registered')
    .argument('<pipeline>', 'a name or an ARN')
    .addOption(format())
    .action(run(async (name: string, options) => (await registry()).showPipeline(name, options)));
  for (const [verb, status] of [
    ['enable', 'ENABLED'],
    ['disable', 'DISABLED'],
  ] as const)
    about(pipelines.command(verb))
      .description(`makes a pipeline ${status}: whether anything but a person starts it`)
      .argument('<pipeline>', 'a name or an ARN')
      .addOption(format())
      .action(run(async (name: string, options) => (await registry()).switchPipeline(name, status, options)));
  deleting(pipelines, 'image-pipeline', 'deletes pipelines; their images and AMIs stay');

  about(pipelines.command('runs'))
    .description(
      'lists what became of every request to build a pipeline, newest first: started, skipped, queued, and why',
    )
    .argument('<pipeline>', 'a name or an ARN')
    .option('--limit <number>', 'at most this many', positive, 20)
    .addOption(format())
    .action(
      run(async (name: string, options) => (await import('../commands/pipeline-runs.ts')).listRuns(name, options)),
    );

  for (const [group, type, what] of [
    ['components', 'component', 'component'],
    ['recipes', 'image-recipe', 'recipe'],
  ] as const) {
    const command = program.command(group).description(`the ${group} that are registered`);
    about(command.command('list', { isDefault: true }))
      .description(`lists ${group} with their newest version`)
      .addOption(format())
      .action(run(async (options) => (await registry()).listVersioned(type, options)));
    about(command.command('show'))
      .description(`shows one version of a ${what}`)
      .argument(`<${what}>`, 'a name for the newest version, name/version, or an ARN')
      .addOption(format())
      .action(run(async (name: string, options) => (await registry()).showVersioned(type, name, options)));
    deleting(command, type, `deletes versions of ${group} that nothing refers to`);
  }
}

/** Adds lifecycle. */
export function addLifecycle(program: Command): void {
  const lifecycle = program.command('lifecycle').description('when images retire: lifecycle policies and their runs');

  about(lifecycle.command('list', { isDefault: true }))
    .description('lists lifecycle policies')
    .addOption(format())
    .action(run(async (options) => (await policies()).listPolicies(options)));
  about(lifecycle.command('show'))
    .description('shows one lifecycle policy as it is registered')
    .argument('<policy>', 'a name or an ARN')
    .addOption(format())
    .action(run(async (name: string, options) => (await policies()).showPolicy(name, options)));
  about(lifecycle.command('apply'))
    .description(
      'applies a policy now (without a name: every enabled one), and says what becomes of each image and why',
    )
    .argument('[policy]', 'a name or an ARN')
    .option('--dry-run', 'do nothing, and say what would be done')
    .addOption(format())
    .addHelpText(
      'after',
      '\nExit code: 0 everything was done as it was decided, 1 something could not be done or looked at, 2 there is no such policy.',
    )
    .action(run(async (name: string | undefined, options) => (await policies()).applyPolicies(name, options)));
  about(lifecycle.command('runs'))
    .description('lists the runs of a policy, newest first')
    .argument('<policy>', 'a name or an ARN')
    .option('--limit <number>', 'at most this many', positive, 20)
    .addOption(format())
    .action(run(async (name: string, options) => (await policies()).listLifecycleRuns(name, options)));
  deleting(lifecycle, 'lifecycle-policy', 'deletes policies; images stay as they are');
}

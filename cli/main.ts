// The `image-builder` command: its commands and options. Each command's code is loaded when it is called.
import { inspect } from 'node:util';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { ResourceType } from '../shared/model/arns.ts';
import { CommandError } from './command-error.ts';
import { complain } from './output.ts';
import { variable } from './pipeline/variables.ts';

type Run = (...values: never[]) => Promise<number>;

const program = new Command('image-builder')
  .description('Builds, tests and distributes AMIs from pipeline files, in AWS or in a local cloud on this machine.')
  .exitOverride()
  .configureOutput({ writeErr: (text) => complain(text.replace(/\n$/, '')) })
  .configureHelp({ showGlobalOptions: true })
  .showHelpAfterError('(--help lists commands and options)');

const run =
  (command: Run) =>
  async (...values: unknown[]) => {
    process.exitCode = await command(...(values as never[]));
  };
const format = () =>
  new Option('--output <format>', 'text for people, json for programs').choices(['text', 'json']).default('text');
const stateDir = () =>
  new Option(
    '--state-dir <directory>',
    'where the local cloud keeps its state (default: .image-builder in the repository)',
  );
const local = () => new Option('--local', 'use the local cloud: the one that runs, or one for this command');
// Whatever is asked for, the local cloud lets this machine's root stand in for it.
const parentImage = `ssm:/aws/service/debian/release/12/latest/${process.arch === 'arm64' ? 'arm64' : 'amd64'}`;
const stage = () => new Option('--stage <stage>', 'stage of the deployed stack (default: dev, with --local: local)');

function about(command: Command): Command {
  return command.addOption(local()).addOption(stage()).addOption(stateDir());
}

function deleting(group: Command, type: ResourceType, description: string): void {
  about(group.command('delete'))
    .description(description)
    .argument('<names...>', 'names or ARNs; with a version (name/1.0.0, name/1.x.x) only that')
    .option('--dry-run', 'say what would be deleted, and delete nothing')
    .addOption(format())
    .action(
      run(async (names: string[], options) =>
        (await import('./commands/registry.ts')).deleteRegistered(type, names, options),
      ),
    );
}

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
  .action(run(async (path: string, options) => (await import('./commands/build.ts')).build(path, options)));

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
  .action(run(async (name: string, options) => (await import('./commands/start.ts')).start(name, options)));
about(program.command('preflight'))
  .description('checks what the distribution of a registered pipeline names, region by region, and starts nothing')
  .argument('<pipeline>', 'a name or an ARN')
  .addOption(format())
  .addHelpText(
    'after',
    '\nExit code: 0 nothing would fail, 1 something would, 2 there is no such pipeline, or it cannot be built at all.',
  )
  .action(run(async (name: string, options) => (await import('./commands/preflight.ts')).preflight(name, options)));
about(program.command('apply'))
  .description('registers what files and folders hold, and says what changed')
  .argument('<paths...>', 'pipelines, recipes, configurations, components and component documents, or folders of them')
  .option('--dry-run', 'say what would change, and change nothing')
  .addOption(format())
  .addHelpText('after', '\nExit code: 0 done, 2 something is invalid and nothing was registered.')
  .action(run(async (paths: string[], options) => (await import('./commands/apply.ts')).apply(paths, options)));

program
  .command('import')
  .description('turns the AWS::ImageBuilder resources of a CloudFormation template into files for `apply` and `build`')
  .argument('<template>', 'the template, YAML or JSON (what CDK synthesizes too)')
  .option('--parameter <name=value>', 'value of a parameter, AWS::Region among them, as often as wanted', variable, {})
  .option('--out <folder>', 'where the files go; it must be empty or not there', 'imported')
  .addOption(format())
  .addHelpText(
    'after',
    '\nExit code: 0 everything was carried over, 1 something was not (it is listed), 2 the template cannot be read.',
  )
  .action(run(async (path: string, options) => (await import('./commands/import.ts')).importTemplate(path, options)));

about(program.command('resources'))
  .description('lists what carries our tags in the account, and which image owns it')
  .addOption(format())
  .action(run(async (options) => (await import('./commands/resources.ts')).resources(options)));

about(program.command('costs'))
  .description('what builds cost, by pipeline or by month: estimates from a dated price table')
  .addOption(new Option('--by <what>', 'how to add up').choices(['pipeline', 'month']).default('pipeline'))
  .option('--prices <file>', 'JSON with prices of your own, which stand before those of the table')
  .addOption(format())
  .action(run(async (options) => (await import('./commands/costs.ts')).costs(options)));

about(program.command('retry'))
  .description('tests and publishes the AMI that a failed image kept (retainForRetry), without building it again')
  .argument('<image>', 'the FAILED image: an ARN, name/version/build, or a name for the newest')
  .option('--verbose', 'show what the components write')
  .addOption(format())
  .addHelpText(
    'after',
    '\nTests and distribution are those of the newest registration of its pipeline.\nExit code: 0 the new image is AVAILABLE, 1 it is FAILED or CANCELLED, 2 there is nothing to go on from.',
  )
  .action(run(async (image: string, options) => (await import('./commands/retry.ts')).retry(image, options)));

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
    run(async (source: string, options) => (await import('./commands/distribute.ts')).distribute(source, options)),
  );

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
      run(async (image: string, options) => (await import('./commands/answer.ts')).answer(image, decision, options)),
    );
}

about(program.command('promote'))
  .description(
    'puts an image into a channel (dev, staging, prod …): its parameter in every region shows it, or in none',
  )
  .argument('<image>', 'an AVAILABLE image: an ARN, name/version/build, or a name for the newest')
  .argument('<channel>', 'lower-case letters, digits, - _ and .')
  .option('--drop-regions', 'leave regions of the channel that the image is not in, instead of refusing')
  .addOption(format())
  .addHelpText(
    'after',
    '\nThe parameter is /images/<image name>/<channel>: consumers resolve it, pipelines name it as ssm:/images/….\nExit code: 0 every region shows the image, 1 it could not be moved, 2 the input is not right.',
  )
  .action(
    run(async (image: string, channel: string, options) =>
      (await import('./commands/promote.ts')).promote(image, channel, options),
    ),
  );

about(program.command('revoke'))
  .description(
    'takes an image back: no channel has it, no build takes it as its parent, and who depends on it is listed',
  )
  .argument('<image>', 'an ARN, name/version/build, or a name for the newest')
  .requiredOption('--reason <text>', 'what the record, the history and events say')
  .option('--withdraw', 'also take back the launch permissions that publishing gave its AMIs')
  .addOption(format())
  .addHelpText(
    'after',
    '\nChannels go back to the image they had last that may still be used. The same command again goes on where it was broken off.\nExit code: 0 it is done, 1 something could not be done yet, 2 the input is not right.',
  )
  .action(run(async (image: string, options) => (await import('./commands/revoke.ts')).revoke(image, options)));

const channels = program.command('channels').description('which image each channel has');
about(channels.command('list', { isDefault: true }))
  .description('lists channels with their image and since when')
  .argument('[image name]', 'only its channels')
  .addOption(format())
  .action(
    run(async (name: string | undefined, options) =>
      (await import('./commands/channels.ts')).listChannels(name, options),
    ),
  );
about(channels.command('history'))
  .description('lists the changes of a channel, newest first: which image, from which, who and why')
  .argument('<image name>')
  .argument('<channel>')
  .addOption(format())
  .action(
    run(async (name: string, channel: string, options) =>
      (await import('./commands/channels.ts')).channelHistory(name, channel, options),
    ),
  );

about(program.command('connect'))
  .description('opens a shell on an instance that a failed build left for inspection (Session Manager)')
  .argument('<image>', 'an ARN, name/version/build, or a name for the newest')
  .option('--print', 'print the command instead')
  .action(run(async (image: string, options) => (await import('./commands/connect.ts')).connect(image, options)));

about(program.command('cancel'))
  .description('ends the build of an image, and waits until everything it made is gone')
  .argument('<image>', 'an ARN, name/version/build, or a name for the newest')
  .option('--no-wait', 'ask for it, and leave')
  .addOption(format())
  .addHelpText(
    'after',
    '\nExit code: 0 the image is CANCELLED (or, with --no-wait, about to be), 1 it has ended otherwise, 2 there is no such image.',
  )
  .action(run(async (image: string, options) => (await import('./commands/cancel.ts')).cancel(image, options)));

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
  .action(run(async (options) => (await import('./commands/sweep.ts')).sweep(options)));

about(program.command('doctor'))
  .description('checks the deployed stack (with --local: the local one) and says what to do')
  .option('--subnets <ids>', 'comma-separated: those that pipelines name, if not the default VPC’s', names)
  .addOption(format())
  .addHelpText(
    'after',
    '\nExit code: 0 no check failed, 1 at least one did. A check that cannot be made is told, and counts as neither.',
  )
  .action(run(async (options) => (await import('./commands/doctor.ts')).doctor(options)));

const images = program.command('images').description('the images that were built');
about(images.command('list', { isDefault: true }))
  .description('lists images, newest first')
  .option('--limit <number>', 'at most this many', positive, 20)
  .addOption(format())
  .action(run(async (options) => (await import('./commands/images.ts')).listImages(options)));
for (const [verb, action, what] of [
  ['deprecate', 'DEPRECATE', 'leaves its AMIs out of searches; they can still be launched'],
  ['disable', 'DISABLE', 'nobody can launch its AMIs any more, and whom they were shared with loses them'],
  ['restore', 'AVAILABLE', 'takes back what deprecate, disable or a lifecycle policy did; share it again yourself'],
  ['delete', 'DELETE', 'deregisters its AMIs in every region and account, and deletes their snapshots'],
] as const) {
  const command = about(images.command(verb))
    .description(`${what}; nothing that is in use is touched`)
    .argument('<image>', 'an ARN, name/version/build, or a name for the newest')
    .option('--dry-run', 'say what would be done and why, and do nothing')
    .option('--reason <text>', 'what the record is to say');
  if (action === 'DELETE') command.option('--keep-snapshots', 'leave the snapshots where they are');
  command
    .addOption(format())
    .addHelpText('after', '\nExit code: 0 it was done (or would be), 1 something of it was not, and why is said.')
    .action(
      run(async (image: string, options) => (await import('./commands/retire.ts')).retire(image, action, options)),
    );
}
about(images.command('show'))
  .description('shows one image')
  .argument('<image>', 'an ARN, name/version/build, or a name for the newest')
  .addOption(format())
  .action(run(async (image: string, options) => (await import('./commands/images.ts')).showImage(image, options)));

about(images.command('inventory'))
  .description('lists the packages of one image')
  .argument('<image>', 'an ARN, name/version/build, or a name for the newest')
  .addOption(
    new Option('--format <format>', 'text for people, json for programs, cyclonedx for a bill of materials (1.6)')
      .choices(['text', 'json', 'cyclonedx'])
      .default('text'),
  )
  .action(
    run(async (image: string, options) => (await import('./commands/inventory.ts')).showInventory(image, options)),
  );

about(program.command('diff'))
  .description('shows what is different between two images: packages, parent image, components, tests, AMIs')
  .argument('<before>', 'an ARN, name/version/build, or a name for the newest')
  .argument('<after>', 'the same, of this or another name')
  .addOption(format())
  .action(
    run(async (before: string, after: string, options) =>
      (await import('./commands/diff.ts')).diff(before, after, options),
    ),
  );
about(images.command('ancestry'))
  .description('shows what an image was made of, up to the first parent, and which images were made of it')
  .argument('<image>', 'an ARN, name/version/build, or a name for the newest')
  .addOption(format())
  .action(run(async (image: string, options) => (await import('./commands/ancestry.ts')).showAncestry(image, options)));

const registry = () => import('./commands/registry.ts');
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

const lifecycle = program.command('lifecycle').description('when images retire: lifecycle policies and their runs');
const policies = () => import('./commands/lifecycle.ts');
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
  .description('applies a policy now (without a name: every enabled one), and says what becomes of each image and why')
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

about(program.command('logs'))
  .description('shows what the components of an image wrote')
  .argument('<image>', 'an ARN, name/version/build, or a name for the newest')
  .action(run(async (image: string, options) => (await import('./commands/logs.ts')).showLogs(image, options)));

about(pipelines.command('runs'))
  .description(
    'lists what became of every request to build a pipeline, newest first: started, skipped, queued, and why',
  )
  .argument('<pipeline>', 'a name or an ARN')
  .option('--limit <number>', 'at most this many', positive, 20)
  .addOption(format())
  .action(run(async (name: string, options) => (await import('./commands/pipeline-runs.ts')).listRuns(name, options)));

const component = program.command('component').description('component documents: checks, compiles and tries them');
const phases = () =>
  new Option('--phases <names>', 'comma-separated; all that the document has when left out').argParser(names);
const parameters = () =>
  new Option('--parameters <name=value>', 'value of a parameter of the document, as often as wanted')
    .argParser(variable)
    .default({}, 'the defaults');
const workingDirectory = () => new Option('--working-directory <path>', 'where relative paths begin').default('/tmp');
component
  .command('validate')
  .description('says everything that is wrong with component documents, with the places')
  .argument('<files...>', 'the documents')
  .addOption(format())
  .addHelpText(
    'after',
    '\nExit code: 0 every document is valid, 2 at least one is not. JSON: one object a line, for each file.',
  )
  .action(
    run(async (files: string[], options) =>
      (await import('./commands/component-validate.ts')).validateComponents(files, options),
    ),
  );
component
  .command('compile')
  .description('prints the script that a component document becomes')
  .argument('<file>', 'the document')
  .addOption(phases())
  .addOption(parameters())
  .addOption(workingDirectory())
  .option('--run-key <key>', 'a script that has run returns its first result to others of its key', 'component compile')
  .option('--sent', 'print it compressed, as Run Command gets it')
  .action(
    run(async (file: string, options) =>
      (await import('./commands/component-compile.ts')).compileComponent(file, options),
    ),
  );
component
  .command('run')
  .description('runs a component document in a throw-away instance of the local cloud')
  .argument('<file>', 'the document')
  .addOption(phases())
  .addOption(parameters())
  .addOption(workingDirectory())
  .option('--parent-image <image>', 'AMI id or ssm:<parameter> to launch from', parentImage)
  .option('--keep-image', 'make an AMI of the instance at the end, failed or not')
  .addOption(local())
  .addOption(stateDir())
  .addOption(format())
  .addHelpText(
    'after',
    '\nExit code: 0 the component succeeded, 1 it failed, 2 it is invalid and nothing was started.\nA component is never run on your own system; without --local nothing is run.',
  )
  .action(
    run(async (file: string, options) => (await import('./commands/component-run.ts')).runComponent(file, options)),
  );

const cloud = program.command('local').description('a local cloud that stays until it is stopped');
const localCommand = (name: string, description: string) =>
  cloud.command(name).description(description).addOption(stateDir()).addOption(format());
localCommand('start', 'starts it, and says how to reach it')
  .option('--accounts <ids>', 'accounts that images may be copied into, with commas between', accountIds)
  .action(run(async (options) => (await import('./commands/local.ts')).startLocal(options)));
localCommand('status', 'says whether it runs').action(
  run(async (options) => (await import('./commands/local.ts')).statusLocal(options)),
);
localCommand('stop', 'stops it and every instance').action(
  run(async (options) => (await import('./commands/local.ts')).stopLocal(options)),
);
localCommand('reset', 'stops it and removes its state').action(
  run(async (options) => (await import('./commands/local.ts')).resetLocal(options)),
);

function accountIds(text: string): string[] {
  const found = text.split(',').map((id) => id.trim());
  if (!found.every((id) => /^[0-9]{12}$/.test(id)))
    throw new InvalidArgumentError('Expected accounts of twelve digits with commas between them.');
  return found;
}

function names(text: string): string[] {
  const found = text.split(',').map((name) => name.trim());
  if (found.includes('')) throw new InvalidArgumentError('Expected names with commas between them.');
  return found;
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Expected a whole number from 1.');
  return value;
}

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

// Commands on component documents.
import { type Command, Option } from 'commander';
import { variable } from '../pipeline/variables.ts';
import { format, local, names, run, stateDir } from './options.ts';

// Whatever is asked for, the local cloud lets this machine's root stand in for it.
const parentImage = `ssm:/aws/service/debian/release/12/latest/${process.arch === 'arm64' ? 'arm64' : 'amd64'}`;

const phases = () =>
  new Option('--phases <names>', 'comma-separated; all that the document has when left out').argParser(names);
const parameters = () =>
  new Option('--parameters <name=value>', 'value of a parameter of the document, as often as wanted')
    .argParser(variable)
    .default({}, 'the defaults');
const workingDirectory = () => new Option('--working-directory <path>', 'where relative paths begin').default('/tmp');

/** Adds component. */
export function addComponent(program: Command): void {
  const component = program.command('component').description('component documents: checks, compiles and tries them');

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
        (await import('../commands/component-validate.ts')).validateComponents(files, options),
      ),
    );
  component
    .command('compile')
    .description('prints the script that a component document becomes')
    .argument('<file>', 'the document')
    .addOption(phases())
    .addOption(parameters())
    .addOption(workingDirectory())
    .option(
      '--run-key <key>',
      'a script that has run returns its first result to others of its key',
      'component compile',
    )
    .option('--sent', 'print it compressed, as Run Command gets it')
    .action(
      run(async (file: string, options) =>
        (await import('../commands/component-compile.ts')).compileComponent(file, options),
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
      run(async (file: string, options) => (await import('../commands/component-run.ts')).runComponent(file, options)),
    );
}

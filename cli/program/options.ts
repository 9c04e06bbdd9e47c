// Options that several commands have, and how a command's code is called.
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ResourceType } from '../../shared/model/arns.ts';

type Run = (...values: never[]) => Promise<number>;

export const run =
  (command: Run) =>
  async (...values: unknown[]) => {
    process.exitCode = await command(...(values as never[]));
  };
export const format = () =>
  new Option('--output <format>', 'text for people, json for programs').choices(['text', 'json']).default('text');
export const stateDir = () =>
  new Option(
    '--state-dir <directory>',
    'where the local cloud keeps its state (default: .image-builder in the repository)',
  );
export const local = () => new Option('--local', 'use the local cloud: the one that runs, or one for this command');

const stage = () => new Option('--stage <stage>', 'stage of the deployed stack (default: dev, with --local: local)');

export function about(command: Command): Command {
  return command.addOption(local()).addOption(stage()).addOption(stateDir());
}

export function deleting(group: Command, type: ResourceType, description: string): void {
  about(group.command('delete'))
    .description(description)
    .argument('<names...>', 'names or ARNs; with a version (name/1.0.0, name/1.x.x) only that')
    .option('--dry-run', 'say what would be deleted, and delete nothing')
    .addOption(format())
    .action(
      run(async (names: string[], options) =>
        (await import('../commands/registry.ts')).deleteRegistered(type, names, options),
      ),
    );
}

export function names(text: string): string[] {
  const found = text.split(',').map((name) => name.trim());
  if (found.includes('')) throw new InvalidArgumentError('Expected names with commas between them.');
  return found;
}

export function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Expected a whole number from 1.');
  return value;
}

// What documents show of the command line is there, and docs/commands.md has all of it.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { addCommands } from '../../cli/program/commands.ts';
import { repository } from '../source-files.ts';

const program = new Command('image-builder');
addCommands(program);

const read = (path: string) => readFileSync(join(repository, path), 'utf8');
const child = ({ commands }: Command, name: string | undefined) => commands.find((one) => one.name() === name);

/** Options of a command; of a group those of its commands, as one of them is meant where none is named. */
const optionsOf = (command: Command): string[] => [
  ...command.options.map(({ long }) => long ?? ''),
  ...command.commands.flatMap(optionsOf),
];

/** What is not there of a call as a document shows it: `pipelines list | show shop`, `diff a b [--output json]`. */
function faults(call: string): string[] {
  const [first = [], ...more] = call.split(' | ').map((part) => part.split(/[\s[\]]+/).filter((word) => word !== ''));
  const group = child(program, first[0]);
  if (!group) return [`no command ${first[0]}`];
  return [first.slice(1), ...more].flatMap((words) => {
    const command = child(group, words[0]);
    if (!command && group.commands.length > 0 && /^[a-z]/.test(words[0] ?? '')) return [`no command ${words[0]}`];
    const known = ['--help', ...optionsOf(command ?? group)];
    const asked = words.filter((word) => word.startsWith('--'));
    return asked.filter((option) => !known.includes(option)).map((option) => `${group.name()} has no ${option}`);
  });
}

test('calls in documents and in comments of examples', () => {
  const files = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.yml'], { cwd: repository });
  const calls = files.flatMap((file) =>
    [...read(file).matchAll(/\.\/image-builder ([a-z][^`\n]*)/g)].map((match) => ({
      file,
      call: match[1]!.replace(/\s+#.*/, ''),
    })),
  );
  expect(calls.length).toBeGreaterThan(50);
  expect(calls.flatMap(({ file, call }) => faults(call).map((fault) => `${file}: ${call}: ${fault}`))).toEqual([]);
});

test('what is not there is seen', () => {
  expect(faults('bild pipeline.yml')).toEqual(['no command bild']);
  expect(faults('pipelines list | rename shop --force')).toEqual(['no command rename']);
  expect(faults('costs [--by pipeline|month] [--price prices.json]')).toEqual(['costs has no --price']);
});

test('every command is in docs/commands.md', () => {
  const rows = read('docs/commands.md')
    .split('\n')
    .filter((line) => line.startsWith('|'));
  const missing = program.commands.flatMap((group) => {
    const own = rows.filter((row) => new RegExp(`\`(?:[^\`]* )?${group.name()}\\b`).test(row));
    if (own.length === 0) return [group.name()];
    return group.commands
      .filter((command) => !own.some((row) => new RegExp(`\\b${command.name()}\\b`).test(row)))
      .map((command) => `${group.name()} ${command.name()}`);
  });
  expect(missing).toEqual([]);
});

// The general modules: Assert and the Execute family.

import { conditionFile } from '../condition/emit.ts';
import { onlyItem, readCondition } from '../condition/read.ts';
import { isNothing, type LocatedText, readList, readMapping, readText } from '../node.ts';
import type { ActionModule } from './action.ts';
import { executeDocument } from './execute-document.ts';
import { failureFunctions } from './failure-functions.ts';
import { needed, readItem, words } from './input.ts';
import { readTexts } from './texts.ts';

/** All commands are one file run by bash: no implicit `set -e`, the last exit status is the step's. */
const executeBash: ActionModule = {
  name: 'ExecuteBash',
  platforms: ['Linux', 'macOS'],
  outputs: ['stdout'],
  read(inputs, nodes, at) {
    if (!inputs) {
      nodes.report('missing-key', 'ExecuteBash needs "inputs" with a list of "commands".', at);
      return undefined;
    }
    const entries = readMapping(nodes, inputs, 'The inputs of ExecuteBash');
    if (!entries) return undefined;
    for (const { key, keyAt } of entries.filter((entry) => entry.key !== 'commands'))
      nodes.report('unknown-key', `ExecuteBash has no input "${key}"; it has only "commands".`, keyAt);
    const commands = entries.find((entry) => entry.key === 'commands');
    if (!commands) {
      nodes.report('missing-key', 'The inputs of ExecuteBash lack the list "commands".', inputs);
      return undefined;
    }
    const items = readList(nodes, commands.value, '"commands"');
    if (!items) return undefined;
    if (items.length === 0)
      nodes.report('empty-list', '"commands" is empty; a step needs something to do.', commands.keyAt);
    const texts: LocatedText[] = [];
    for (const item of items) {
      const text = readText(nodes, item, 'A command');
      if (text) texts.push(text);
    }
    return { emit: (resolve) => texts.flatMap((text) => [...resolve(text), { literal: '\n' }]) };
  },
};

/** Bash. A name without a slash is looked for in PATH, as Go does for AWS's agent. The program takes the place of the step's bash, so its exit code is the step's. */
const binaryFunctions = `
execute_binary() {
  case $1 in
    '') fail 'the input "path" is empty' ;;
    */*)
      if [[ -d $1 ]]; then fail "cannot run $1: it is a folder"; fi
      if [[ ! -e $1 ]]; then fail "cannot run $1: there is no such file (the working directory is $PWD)"; fi
      if [[ ! -x $1 ]]; then fail "cannot run $1: it may not be executed; set its permissions, to 0755 for example, before"; fi
      ;;
    *) if ! type -P -- "$1" >/dev/null; then fail "cannot run $1: there is no such program in $PATH"; fi ;;
  esac
  shopt -s execfail
  # shellcheck disable=SC2093 # execfail
  exec -- "$@"
  fail "cannot run $1: bash says why above"
}
`;

const binary = [needed('path')];

const executeBinary: ActionModule = {
  name: 'ExecuteBinary',
  platforms: ['Linux', 'Windows', 'macOS'],
  outputs: ['stdout'],
  read(given, nodes, at) {
    if (!given) {
      nodes.report('missing-key', 'ExecuteBinary needs "inputs" with the "path" of a program.', at);
      return undefined;
    }
    const read = readItem(nodes, given, 'The "inputs" of ExecuteBinary', binary, ['arguments']);
    if (!read) return undefined;
    const value = read.fields.entry('arguments')?.value;
    const listed = value && !isNothing(nodes, value) ? readTexts(nodes, value, '"arguments"', 'An argument') : [];
    return {
      emit: (_resolve, quoted) => [
        { literal: `here=ExecuteBinary${failureFunctions}${binaryFunctions}execute_binary` },
        ...words(binary, read.values, quoted),
        ...(listed ?? []).flatMap((argument) => [{ literal: ' ' }, ...quoted(argument)]),
        { literal: '\n' },
      ],
    };
  },
};

/** Its file is that of the condition, which tells on stdout what was compared; exit code 1 is false. */
const assert: ActionModule = {
  name: 'Assert',
  platforms: ['Linux', 'Windows', 'macOS'],
  outputs: [],
  read(given, nodes, at) {
    if (!given) {
      nodes.report('missing-key', 'Assert needs "inputs" with one operator, "stringEquals" for example.', at);
      return undefined;
    }
    const condition = readCondition(onlyItem(given, nodes), nodes, 'The inputs of Assert');
    return condition && { emit: (resolve, quoted, report) => conditionFile(condition, { resolve, quoted, report }) };
  },
};

export const generalModules: ActionModule[] = [
  executeBash,
  assert,
  executeBinary,
  executeDocument,
  { name: 'ExecutePowerShell', platforms: ['Windows'], outputs: ['stdout'] },
];

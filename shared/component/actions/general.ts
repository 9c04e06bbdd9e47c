// The general modules: Assert and the Execute family.
import { type LocatedText, readList, readMapping, readText } from '../node.ts';
import type { ActionModule } from './action.ts';

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
    return { texts, emit: (resolve) => texts.flatMap((text) => [...resolve(text), { literal: '\n' }]) };
  },
};

export const generalModules: ActionModule[] = [
  executeBash,
  { name: 'Assert', platforms: ['Linux', 'Windows', 'macOS'], outputs: [] },
  { name: 'ExecuteBinary', platforms: ['Linux', 'Windows', 'macOS'], outputs: ['stdout'] },
  { name: 'ExecuteDocument', platforms: ['Linux', 'Windows', 'macOS'], outputs: [] },
  { name: 'ExecutePowerShell', platforms: ['Windows'], outputs: ['stdout'] },
];

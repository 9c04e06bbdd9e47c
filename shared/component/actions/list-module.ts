// Makes an action module whose inputs are a list: the same bash function is called for each item, in order, until one fails.
import { lowerFirst } from '../fields.ts';
import type { Nodes } from '../node.ts';
import type { ActionModule, Platform } from './action.ts';
import { failureFunctions } from './failure-functions.ts';
import { type Input, type InputValues, readItem, readItems, words } from './input.ts';

export type ListModule = {
  name: string;
  platforms?: Platform[];
  outputs?: string[];
  inputs: Input[];
  /** Keys that the module does not have, yet that published documents give it: warned of, not refused. */
  ignored?: string[];
  /** What no single input shows. */
  check?(values: InputValues, nodes: Nodes): void;
  /** Bash that defines the function, after failureFunctions. */
  functions: string[];
};

export function listModule(module: ListModule): ActionModule {
  const {
    name,
    platforms = ['Linux', 'Windows', 'macOS'],
    outputs = [],
    inputs,
    ignored = [],
    check,
    functions,
  } = module;
  return {
    name,
    platforms,
    outputs,
    read(given, nodes, at) {
      const items: InputValues[] = [];
      for (const item of readItems(nodes, given, name, at) ?? []) {
        const read = readItem(nodes, item, `An item of ${name}`, inputs, ignored);
        if (!read) continue;
        for (const stray of ignored.map(read.fields.entry).filter((entry) => entry !== undefined))
          nodes.report('unknown-key', `${name} has no input "${stray.key}": it is ignored.`, stray.keyAt, 'warning');
        check?.(read.values, nodes);
        items.push(read.values);
      }
      return {
        emit: (_resolve, quoted) => [
          { literal: [failureFunctions, ...functions].join('') },
          ...items.flatMap((values, index) => [
            { literal: `here='${items.length > 1 ? `${name} inputs[${index}]` : name}'\n${functionName(name)}` },
            ...words(inputs, values, quoted),
            { literal: '\n' },
          ]),
        ],
      };
    },
  };
}

/** CopyFile → copy_file, S3Download → s3_download. */
function functionName(module: string): string {
  return lowerFirst(module).replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

// ExecuteDocument: the inputs of a step that runs another document; the compiler finds that document and compiles it in.
import { readFields } from '../fields.ts';
import { isNothing, type LocatedText, type Nodes, readList, type Value } from '../node.ts';
import type { ActionModule } from './action.ts';
import { formed, type Input, needed, readItem, text } from './input.ts';

const inputs: Input[] = [
  needed('document'),
  formed('document-s3-bucket-owner', '', /^[0-9]{12}$/, 'an account id of 12 digits'),
  text('phases'),
];

export const executeDocument: ActionModule = {
  name: 'ExecuteDocument',
  platforms: ['Linux', 'Windows', 'macOS'],
  outputs: [
    'executedStepCount',
    'executionId',
    'failedStepCount',
    'failureMessage',
    'ignoredFailedStepCount',
    'logUrl',
    'status',
  ],
  read(given, nodes, at) {
    if (!given) {
      nodes.report('missing-key', 'ExecuteDocument needs "inputs" with the "document" to run.', at);
      return undefined;
    }
    const read = readItem(nodes, given, 'The "inputs" of ExecuteDocument', inputs, ['parameters']);
    const document = read?.values.get('document');
    if (!read || !document) return undefined;
    const phases = read.values.get('phases');
    const parameters = readParameters(read.fields.entry('parameters')?.value, nodes);
    return { emit: () => [], document: { document, ...(phases && { phases }), parameters } };
  },
};

function readParameters(value: Value | undefined, nodes: Nodes): { name: LocatedText; value: LocatedText }[] {
  if (!value || isNothing(nodes, value)) return [];
  return (readList(nodes, value, '"parameters"') ?? []).flatMap((item) => {
    const fields = readFields(nodes, item, 'A parameter of the document', ['name', 'value']);
    if (!fields?.needed('name') || !fields.needed('value')) return [];
    const [name, given] = [fields.text('name'), fields.text('value')];
    return name && given ? [{ name, value: given }] : [];
  });
}

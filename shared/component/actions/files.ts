// The file and folder modules.
import type { Nodes } from '../node.ts';
import type { ActionModule, Platform } from './action.ts';
import { copyFunctions } from './copy-functions.ts';
import { createFunctions } from './create-functions.ts';
import { deleteFunctions } from './delete-functions.ts';
import { encodingFunctions } from './encoding-functions.ts';
import { flag, formed, type Input, type InputValues, isKnown, needed, text } from './input.ts';
import { listModule } from './list-module.ts';
import { pathFunctions, publishFunctions } from './path-functions.ts';
import { listFunctions, readFunctions } from './read-functions.ts';
import { ownerFunctions, setEncodingFunctions, setFunctions } from './set-functions.ts';

const unix: Platform[] = ['Linux', 'macOS'];

const encodings = /^utf-?(8|(16|32)(-(le|be))?)$/i;
const encoding = formed('encoding', 'utf8', encodings, 'utf-8, utf-16, utf-32, or one of the last two with -LE or -BE');
const octal = /^0*[0-7]{1,4}$/;
const octalRule = 'an octal number like 0644';
const permissions = formed('permissions', '', octal, octalRule);
const neededPermissions = needed('permissions', (given) => (octal.test(given) ? undefined : `it must be ${octalRule}`));
const overwrite = flag('overwrite', true);
const recursive = flag('recursive', true);
const path = needed('path');

function checkWildcard(values: InputValues, nodes: Nodes): void {
  const source = values.get('source');
  const destination = values.get('destination');
  if (!isKnown(source) || !isKnown(destination)) return;
  if (!source.text.slice(source.text.lastIndexOf('/') + 1).includes('*') || destination.text.endsWith('/')) return;
  const message = `"destination" is "${destination.text}"; with a wildcard in "source" it must be a folder and end in /.`;
  nodes.report('invalid-value', message, destination);
}

function transfer(name: string): ActionModule {
  const inputs: Input[] = [needed('source'), needed('destination'), overwrite];
  return listModule({ name, inputs, check: checkWildcard, functions: [pathFunctions, copyFunctions] });
}

const making = [pathFunctions, encodingFunctions, ownerFunctions, createFunctions];
const setting = [pathFunctions, ownerFunctions, setFunctions];

export const fileModules: ActionModule[] = [
  listModule({ name: 'AppendFile', inputs: [path, text('content'), encoding], functions: making }),
  transfer('CopyFile'),
  transfer('CopyFolder'),
  listModule({
    name: 'CreateFile',
    inputs: [path, text('content'), encoding, text('owner'), text('group'), permissions, overwrite],
    functions: making,
  }),
  listModule({
    name: 'CreateFolder',
    inputs: [path, text('owner'), text('group'), permissions, overwrite],
    functions: making,
  }),
  listModule({
    name: 'CreateSymlink',
    platforms: unix,
    inputs: [path, needed('target'), flag('force', false)],
    functions: making,
  }),
  listModule({ name: 'DeleteFile', inputs: [path], ignored: ['force'], functions: [pathFunctions, deleteFunctions] }),
  listModule({
    name: 'DeleteFolder',
    inputs: [path, flag('force', false)],
    functions: [pathFunctions, deleteFunctions],
  }),
  listModule({
    name: 'ListFiles',
    outputs: ['files'],
    inputs: [path, text('fileNamePattern', '*'), flag('recursive', false)],
    functions: [pathFunctions, listFunctions],
  }),
  transfer('MoveFile'),
  transfer('MoveFolder'),
  listModule({
    name: 'ReadFile',
    outputs: ['content'],
    inputs: [path, encoding, flag('printFileContent', false)],
    functions: [pathFunctions, encodingFunctions, readFunctions],
  }),
  listModule({
    name: 'SetFileEncoding',
    inputs: [path, encoding],
    functions: [pathFunctions, publishFunctions, encodingFunctions, setEncodingFunctions],
  }),
  listModule({
    name: 'SetFileOwner',
    platforms: unix,
    inputs: [path, needed('owner'), text('group')],
    functions: setting,
  }),
  listModule({
    name: 'SetFolderOwner',
    platforms: unix,
    inputs: [path, needed('owner'), text('group'), recursive],
    functions: setting,
  }),
  listModule({ name: 'SetFilePermissions', platforms: unix, inputs: [path, neededPermissions], functions: setting }),
  listModule({
    name: 'SetFolderPermissions',
    platforms: unix,
    inputs: [path, neededPermissions, recursive],
    functions: setting,
  }),
];

// The system modules.
import { isNothing, type LocatedText, type Nodes, type Value } from '../node.ts';
import type { ActionModule } from './action.ts';
import { failureFunctions } from './failure-functions.ts';
import { formed, type Input, readItem, words } from './input.ts';
import { readTexts } from './texts.ts';
import { updateFunctions } from './update-functions.ts';

const delay: Input[] = [formed('delaySeconds', '0', /^[0-9]{1,6}$/, 'a whole number of seconds')];

/** Waits; the driver then reboots, and goes on with the next step. */
const reboot: ActionModule = {
  name: 'Reboot',
  platforms: ['Linux', 'Windows'],
  outputs: [],
  read(given, nodes) {
    const read = given && readItem(nodes, given, 'The "inputs" of Reboot', delay);
    if (given && !read) return undefined;
    return {
      thenReboot: true,
      emit: (_resolve, quoted) => [
        { literal: `here=Reboot${failureFunctions}${delayFunctions}delay_reboot` },
        ...words(delay, read?.values ?? new Map(), quoted),
        { literal: '\n' },
      ],
    };
  },
};

const delayFunctions = `
delay_reboot() {
  if [[ ! $1 =~ ^[0-9]{1,6}$ ]]; then fail "the input \\"delaySeconds\\" is \\"$1\\"; it must be a whole number of seconds"; fi
  printf '%s\\n' "rebooting in $((10#$1)) s"
  sleep "$((10#$1))"
}
`;

const updateOs: ActionModule = {
  name: 'UpdateOS',
  platforms: ['Linux', 'Windows'],
  outputs: [],
  read(given, nodes) {
    const read = given && readItem(nodes, given, 'The "inputs" of UpdateOS', [], ['include', 'exclude']);
    if (given && !read) return undefined;
    const lists = ['include', 'exclude'].map((key) => ({
      key,
      names: readNames(read?.fields.entry(key)?.value, key, nodes),
    }));
    return {
      emit: (_resolve, quoted) => [
        { literal: `here=UpdateOS${failureFunctions}${updateFunctions}` },
        ...lists.flatMap(({ key, names }) => [
          { literal: `${key}=(` },
          ...names.flatMap((name, index) => [...(index > 0 ? [{ literal: ' ' }] : []), ...quoted(name)]),
          { literal: ')\n' },
        ]),
        { literal: 'update_os\n' },
      ],
    };
  },
};

function readNames(value: Value | undefined, key: string, nodes: Nodes): LocatedText[] {
  if (!value || isNothing(nodes, value)) return [];
  return readTexts(nodes, value, `"${key}"`, 'The name of a package') ?? [];
}

export const systemModules: ActionModule[] = [
  reboot,
  { name: 'SetRegistry', platforms: ['Windows'], outputs: [] },
  updateOs,
];

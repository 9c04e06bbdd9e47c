// Reads the form of the query protocols (`Filter.1.Value.2=x`) into the nested input that operations receive.
import type { Input } from '../service.ts';

type Node = string | { [key: string]: Node };

/** EC2's form: numbered keys are lists (`InstanceId.1=i-1` → `{ InstanceId: ['i-1'] }`); every leaf is a string. */
export function readForm(body: string): { action: string; version: string; input: Input } {
  const root: { [key: string]: Node } = Object.create(null);
  let action = '';
  let version = '';
  for (const [name, value] of new URLSearchParams(body)) {
    if (name === 'Action') action = value;
    else if (name === 'Version') version = value;
    else plant(root, name.split('.'), value);
  }
  return { action, version, input: harvest(root) as Input };
}

function plant(root: { [key: string]: Node }, path: string[], value: string): void {
  let node = root;
  for (const key of path.slice(0, -1)) {
    const next = node[key];
    if (typeof next === 'object') node = next;
    else {
      const made: { [key: string]: Node } = Object.create(null);
      node[key] = made;
      node = made;
    }
  }
  node[path.at(-1) ?? ''] = value;
}

// The AWS query protocol wraps its lists in `member` and its maps in `entry` (key/value, or Name/Value for message attributes).
function harvest(node: Node): unknown {
  if (typeof node === 'string') return node;
  const keys = Object.keys(node);
  if (keys.length > 0 && keys.every((key) => /^\d+$/.test(key))) {
    return keys.sort((a, b) => Number(a) - Number(b)).map((key) => harvest(node[key] ?? ''));
  }
  if (keys.length === 1 && keys[0] === 'member') return list(harvest(node.member ?? ''));
  if (keys.length === 1 && keys[0] === 'entry') {
    return Object.fromEntries(
      list(harvest(node.entry ?? '')).map((entry) => {
        const pair = entry as Record<string, unknown>;
        return [String(pair.key ?? pair.Name), pair.value ?? pair.Value];
      }),
    );
  }
  return Object.fromEntries(keys.map((key) => [key, harvest(node[key] ?? '')]));
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : value === '' ? [] : [value]);

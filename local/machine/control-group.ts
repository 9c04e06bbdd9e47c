// One control group for each instance and each command, where the kernel lets us: they set limits and end every process of a command at once.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Limits } from './limits.ts';

export type ControlGroup = {
  /** A process that writes its id into each of these files joins. */
  doors: string[];
  child(name: string): ControlGroup;
  /** Ends all processes of it at once; absent where the kernel has no cgroup.kill. */
  kill?: () => void;
  remove(): Promise<void>;
};

export type ControlGroups = {
  instance(id: string): ControlGroup | undefined;
  remove(): Promise<void>;
  /** What is limited, to be said to the user. */
  note: string;
};

/** Names of a limit's file, in version 2 and in version 1, where each controller may have a mount of its own. */
type Setting = { value: string; version2: string; version1: string };

const controllers = ({ memory, processes }: Limits): Record<string, Setting[]> => ({
  memory: [
    { value: String(memory), version2: 'memory.max', version1: 'memory.limit_in_bytes' },
    // Of swap too: a host that swaps for one instance is as good as down. The first file is one that version 2 adds to the former.
    { value: '0', version2: 'memory.swap.max', version1: '' },
    { value: String(memory), version2: '', version1: 'memory.memsw.limit_in_bytes' },
  ],
  pids: [{ value: String(processes), version2: 'pids.max', version1: 'pids.max' }],
});

/** Control groups below one named after `owner`; where the kernel offers none that can be written to there are none, and `note` says so. */
export function controlGroups(owner: string, limits: Limits): ControlGroups {
  const name = `image-builder-${createHash('sha256').update(owner).digest('hex').slice(0, 12)}`;
  const settings = controllers(limits);
  const unified = usable(mountOf('cgroup2'), name);
  const kills = unified !== undefined && existsSync(join(unified, 'cgroup.kill'));
  const enable = () =>
    unified && make(unified)
      ? Object.keys(settings).filter((one) => write(unified, 'cgroup.subtree_control', `+${one}`))
      : [];
  const enabled = enable();
  const separate = Object.keys(settings)
    .filter((one) => !enabled.includes(one))
    .flatMap((controller) => {
      const path = usable(mountOf('cgroup', controller), name);
      return path === undefined ? [] : [{ controller, path }];
    });
  const bases = [...(unified ? [unified] : []), ...separate.map(({ path }) => path)];
  const limited = [...enabled, ...separate.map(({ controller }) => controller)];
  return {
    instance(id) {
      if (bases.length === 0) return undefined;
      enable();
      const own = unified && make(join(unified, id));
      for (const controller of own ? enabled : [])
        for (const { version2, value } of settings[controller]!) if (version2) write(own!, version2, value);
      const doors = separate.flatMap(({ controller, path }) => {
        const group = make(join(path, id));
        for (const { version1, value } of group ? settings[controller]! : [])
          if (version1) write(group!, version1, value);
        return group ? [group] : [];
      });
      return controlGroup(own, doors, kills);
    },
    async remove() {
      for (const base of bases) await remove(base);
    },
    note:
      limited.length > 0
        ? `control groups limit each to ${limited.map((one) => texts(limits)[one]).join(' and ')}`
        : 'no control groups that can be written to: instances have no limits of memory and processes',
  };
}

const texts = ({ memory, processes }: Limits): Record<string, string> => ({
  memory: `${Math.round(memory / 1024 ** 2)} MiB of memory`,
  pids: `${processes} processes`,
});

/** Of version 2, `unified`, only it has children: the limits of an instance hold for all its commands. */
function controlGroup(unified: string | undefined, separate: string[], kills: boolean): ControlGroup {
  return {
    doors: [...(unified ? [unified] : []), ...separate].map((path) => join(path, 'cgroup.procs')),
    child: (name) => controlGroup(unified && make(join(unified, name)), separate, kills),
    ...(unified && kills && { kill: () => write(unified, 'cgroup.kill', '1') }),
    async remove() {
      for (const path of [...(unified ? [unified] : []), ...separate]) await remove(path);
    },
  };
}

/** The group of this name at a mount, made to see that it can be. */
function usable(mount: string | undefined, name: string): string | undefined {
  return mount === undefined ? undefined : make(join(mount, name));
}

function make(path: string): string | undefined {
  try {
    mkdirSync(path, { recursive: true });
    return path;
  } catch {
    return undefined;
  }
}

/** A group is busy for a moment after its last process was killed. */
async function remove(path: string): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      for (const entry of readdirSync(path, { withFileTypes: true }))
        if (entry.isDirectory()) await remove(join(path, entry.name));
      return rmdirSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

function write(path: string, file: string, value: string): boolean {
  try {
    writeFileSync(join(path, file), value);
    return true;
  } catch {
    return false;
  }
}

/** Where a hierarchy is mounted: version 2, or version 1 with a controller. */
function mountOf(type: 'cgroup2' | 'cgroup', controller?: string): string | undefined {
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '));
  return mounts.find(
    ([, , kind, options = '']) => kind === type && (!controller || options.split(',').includes(controller)),
  )?.[1];
}

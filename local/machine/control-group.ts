// One control group for each instance and each command, where the kernel lets us: they set limits and end every process of a command at once.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';

export type ControlGroup = {
  path: string;
  child(name: string): ControlGroup | undefined;
  kill(): void;
  remove(): Promise<void>;
};

export type ControlGroups = { instance(id: string): ControlGroup | undefined; remove(): Promise<void>; note: string };

const limits: Record<string, string> = { 'memory.max': String(Math.floor(totalmem() * 0.8)), 'pids.max': '8192' };

/** Control groups below one named after `owner`; without a writable cgroup v2 there are none, and `note` says so. */
export function controlGroups(owner: string): ControlGroups {
  const mount = version2Mount();
  const name = `image-builder-${createHash('sha256').update(owner).digest('hex').slice(0, 12)}`;
  const path = mount === undefined ? undefined : join(mount, name);
  const base = path === undefined ? undefined : make(path);
  const usable = base !== undefined && existsSync(join(base.path, 'cgroup.kill'));
  if (!usable) {
    const note =
      'no control groups (cgroup v2 is absent or read-only): instances have no limits of memory and processes';
    return { instance: () => undefined, remove: async () => base?.remove(), note };
  }
  const limited = enable(base);
  return {
    instance(id) {
      enable(base);
      const group = base.child(id);
      for (const limit of group ? limited : []) write(group!.path, limit, limits[limit]!);
      return group;
    },
    remove: () => base.remove(),
    note: `control groups limit ${limited.join(' and ') || 'nothing (the controllers are not in cgroup v2)'}`,
  };
}

/** The limits that the groups below may have; the group is made again if it was removed. */
function enable(base: ControlGroup): string[] {
  make(base.path);
  return Object.keys(limits).filter((limit) => write(base.path, 'cgroup.subtree_control', `+${limit.split('.')[0]}`));
}

function make(path: string): ControlGroup | undefined {
  try {
    mkdirSync(path, { recursive: true });
  } catch {
    return undefined;
  }
  return {
    path,
    child: (name) => make(join(path, name)),
    kill: () => write(path, 'cgroup.kill', '1'),
    remove: () => remove(path),
  };
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

function version2Mount(): string | undefined {
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '));
  return mounts.find((mount) => mount[2] === 'cgroup2')?.[1];
}

// The machine room: disks, boots and captures of local instances, all below one directory.
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { type Base, hostBase } from './base.ts';
import { type Boot, BootError, boot, type Network } from './boot.ts';
import { controlGroups } from './control-group.ts';
import { endHostProcess, type HostProcess } from './host-process.ts';
import { blankMachineId, copyLayer } from './layer.ts';
import { explain, obstacle } from './probe.ts';
import { type Outcome, run, type Script } from './run.ts';

export type Machine = {
  base: Base;
  /** What limits instances, or that nothing does. */
  limits: string;
  /** Boots a throw-away instance, runs a command in it and ends it; rejects with the reason and what to do about it. */
  probe(): Promise<void>;
  /** Makes the disk of an instance: empty over the base, or a copy of a captured layer. */
  createDisk(id: string, layer?: string): Promise<void>;
  boot(id: string, network: Network): Promise<Boot>;
  run(boot: Boot, name: string, script: Script): Promise<Outcome>;
  /** Copies the disk of an instance into a layer. A running instance is copied as it is at that moment. */
  capture(id: string, layer: string): Promise<void>;
  removeDisk(id: string): Promise<void>;
  removeLayer(layer: string): Promise<void>;
  /** Ends what an earlier, killed run left running, and removes disks and layers that nobody knows any more. */
  clear(known: { disks: Set<string>; layers: Set<string> }): Promise<void>;
  stop(): Promise<void>;
};

export type MachinePlace = {
  /** Where disks and layers are kept: ext4, xfs, btrfs or tmpfs. */
  directory: string;
  /** Directories of the host that instances must not see, beside /root, /home and the user's own. */
  hidden: string[];
};

export function machine(place: MachinePlace): Machine {
  const disks = join(place.directory, 'disks');
  const layers = join(place.directory, 'layers');
  // Only root may look in: images may hold set-user-id programs.
  for (const directory of [disks, layers]) mkdirSync(directory, { recursive: true, mode: 0o700 });
  const groups = controlGroups(realpathSync(place.directory));
  const hidden = privateDirectories([place.directory, ...place.hidden]);
  const boots = new Set<Boot>();
  let stopped = false;

  const self: Machine = {
    base: hostBase(),
    limits: groups.note,
    async probe() {
      const problem = obstacle(process.platform, process.getuid?.());
      if (problem) throw new BootError(problem);
      const id = `probe-${process.pid}`;
      try {
        await self.createDisk(id);
        const instance = await self.boot(id, 'host');
        const lines: string[] = [];
        const outcome = await self.run(instance, 'probe', {
          text: 'echo probed',
          directory: '/run/probe',
          workingDirectory: '/',
          environment: { PROBE: id },
          stdout: (more) => lines.push(...more),
          stderr: (more) => lines.push(...more),
        });
        await instance.halt();
        if (outcome.ended !== 'exit' || lines[0] !== 'probed')
          throw new BootError(lines.join('\n') || JSON.stringify(outcome));
      } catch (error) {
        throw new BootError(explain(error instanceof BootError ? error.detail : String(error)));
      } finally {
        await self.removeDisk(id);
      }
    },
    async createDisk(id, layer) {
      const disk = join(disks, id);
      mkdirSync(disk, { recursive: true });
      if (layer) await copyLayer(join(layers, layer), join(disk, 'upper'));
    },
    async boot(id, network) {
      if (stopped) throw new BootError('the local cloud is stopping');
      const started = await boot({
        directory: join(disks, id),
        hostname: id,
        network,
        hidden,
        group: groups.instance(id),
      });
      boots.add(started);
      started.ended.then(() => boots.delete(started));
      if (stopped) await started.halt();
      return started;
    },
    run,
    async capture(id, layer) {
      await copyLayer(join(disks, id, 'upper'), join(layers, layer));
      await blankMachineId(join(layers, layer));
    },
    removeDisk: (id) => rm(join(disks, id), { recursive: true, force: true }),
    removeLayer: (layer) => rm(join(layers, layer), { recursive: true, force: true }),
    async clear(known) {
      for (const id of readdirSync(disks)) {
        const file = join(disks, id, 'process.json');
        if (existsSync(file)) endHostProcess(JSON.parse(readFileSync(file, 'utf8')) as HostProcess);
        if (!known.disks.has(id)) await self.removeDisk(id);
        else await rm(file, { force: true });
      }
      await groups.remove();
      for (const layer of readdirSync(layers)) if (!known.layers.has(layer)) await self.removeLayer(layer);
    },
    async stop() {
      stopped = true;
      await Promise.all([...boots].map((started) => started.halt()));
      await groups.remove();
    },
  };
  return self;
}

/** As paths without links, since a link's target is what an instance would see. /root and /home are hidden by the boot itself. */
function privateDirectories(more: string[]): string[] {
  const home = [homedir(), userInfo().homedir].flatMap((path) => (path === '/' ? ['/.aws', '/.ssh'] : [path]));
  const paths = ['/root', '/home', ...home, ...more].flatMap((path) => (existsSync(path) ? [realpathSync(path)] : []));
  return [...new Set(paths)].filter((path) => path !== '/' && !/^\/(root|home)(\/|$)/.test(path));
}

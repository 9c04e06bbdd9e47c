// The machine room: disks, boots and captures of local instances, all below one directory.
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, statfsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { type Base, hostBase } from './base.ts';
import { type Boot, BootError, boot, type Network } from './boot.ts';
import { controlGroups } from './control-group.ts';
import { captureDisk, fillDisk, makeDisk, packLayer, volumeProblem } from './disk.ts';
import { endHostProcess, type HostProcess } from './host-process.ts';
import { defaultDiskSize, defaultLimits, type Limits } from './limits.ts';
import { explain, obstacle } from './probe.ts';
import { type Outcome, run, type Script } from './run.ts';

export type Machine = {
  base: Base;
  /** What limits instances, or that nothing does. */
  limits(): Promise<string>;
  /** Boots a throw-away instance, runs a command in it and ends it; rejects with the reason and what to do about it. */
  probe(): Promise<void>;
  /** Makes the disk of an instance, of this many bytes: empty over the base, or a copy of a captured layer. */
  createDisk(id: string, layer?: string, bytes?: number): Promise<void>;
  boot(id: string, network: Network): Promise<Boot>;
  run(boot: Boot, name: string, script: Script): Promise<Outcome>;
  /** Copies the disk of an instance into a layer. A running instance is copied as it is at that moment. */
  capture(id: string, layer: string): Promise<void>;
  /** Writes what a layer holds to a file, as a tar archive. */
  exportLayer(layer: string, file: string): Promise<void>;
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
  limits?: Partial<Limits>;
};

export function machine(place: MachinePlace): Machine {
  const disks = join(place.directory, 'disks');
  const layers = join(place.directory, 'layers');
  // Only root may look in: images may hold set-user-id programs.
  for (const directory of [disks, layers]) mkdirSync(directory, { recursive: true, mode: 0o700 });
  const limits = { ...defaultLimits, ...place.limits };
  const groups = controlGroups(realpathSync(place.directory), limits);
  let problem: Promise<string | undefined> | undefined;
  const unlimitedDisks = () => (problem ??= volumeProblem(join(place.directory, `volume-${process.pid}`)));
  const hidden = privateDirectories([place.directory, ...place.hidden]);
  const boots = new Map<string, Boot>();
  let stopped = false;

  const self: Machine = {
    base: hostBase(),
    async limits() {
      const why = await unlimitedDisks();
      return why === undefined ? groups.note : `${groups.note}; disks have no limit (${why})`;
    },
    async probe() {
      const problem = obstacle(process.platform, process.getuid?.(), statfsSync(place.directory).type);
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
    async createDisk(id, layer, bytes = defaultDiskSize) {
      const disk = join(disks, id);
      mkdirSync(disk, { recursive: true });
      // A disk that promises more than the host has would fill the host after all.
      const { bavail, bsize } = statfsSync(disk);
      if ((await unlimitedDisks()) === undefined)
        await makeDisk(disk, Math.min(bytes, Math.floor((bavail * bsize) / 2)));
      if (layer) await fillDisk(disk, join(layers, layer));
    },
    async boot(id, network) {
      if (stopped) throw new BootError('the local cloud is stopping');
      const started = await boot({
        directory: join(disks, id),
        hostname: id,
        network,
        hidden,
        group: groups.instance(id),
        temporary: Math.floor(limits.memory / 2),
      });
      boots.set(id, started);
      started.ended.then(() => boots.get(id) === started && boots.delete(id));
      if (stopped) await started.halt();
      return started;
    },
    run,
    async capture(id, layer) {
      await captureDisk(join(disks, id), join(layers, layer), boots.get(id)?.leader);
    },
    removeDisk: (id) => rm(join(disks, id), { recursive: true, force: true }),
    exportLayer: (layer, file) => packLayer(join(layers, layer), file),
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
      await Promise.all([...boots.values()].map((started) => started.halt()));
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

// A machine room on paper: instances that boot at once and run every script well unless they are told otherwise, each script once for each disk, as the script's own lock sees to.
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Clock } from '../../local/clock.ts';
import type { Boot } from '../../local/machine/boot.ts';
import type { Machine } from '../../local/machine/machine.ts';

/** What a script prints last, in the form of shared/component/result.ts. */
const result = (failureMessage: string) => ({
  status: failureMessage ? 'failed' : 'success',
  failureMessage,
  executedStepCount: 1,
  failedStepCount: failureMessage ? 1 : 0,
  ignoredFailedStepCount: 0,
  rebootCount: 0,
  durationSeconds: 2,
  steps: [],
  output: '',
});

/** What the software inventory prints, and every other script with it. */
const inventory = `inventory ${gzipSync('os\tpaper 1\ndpkg\tpaper\t1.0-1\tall\t\t\nend\t1\n').toString('base64')}`;

const scriptMilliseconds = 2000;

/** How a script ends: well after two seconds, where nothing is said. */
export type Ending = { exitCode?: number; milliseconds?: number };

export type PaperMachine = Machine & {
  disks: Set<string>;
  layers: Set<string>;
  /** Scripts by disk, in the order in which they had their effects. */
  effects: Map<string, string[]>;
  /** Every instance goes, as with the process that booted it. */
  halt(): void;
};

export function paperMachine(clock: Clock, endingOf: (script: string) => Ending = () => ({})): PaperMachine {
  const disks = new Set<string>();
  const layers = new Set<string>();
  const effects = new Map<string, string[]>();
  const running = new Map<string, Promise<void>>();
  const disksOf = new WeakMap<Boot, string>();
  const booted = new Set<Boot>();

  return {
    disks,
    layers,
    effects,
    base: { name: 'Paper 1', architecture: 'x86_64', fingerprint: 'paper' },
    limits: async () => 'nothing limits them',
    probe: async () => {},
    async createDisk(id) {
      disks.add(id);
    },
    async boot(id, network) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const one: Boot = {
        process: 0,
        leader: 0,
        group: undefined,
        network,
        gone: promise,
        ended: promise,
        halting: false,
        async halt() {
          one.halting = true;
          booted.delete(one);
          resolve();
        },
      };
      disksOf.set(one, id);
      booted.add(one);
      return one;
    },
    async run(boot, _name, { text, stdout, stderr, signal }) {
      const disk = disksOf.get(boot)!;
      const key = `${disk} ${text}`;
      const { exitCode = 0, milliseconds = scriptMilliseconds } = endingOf(text);
      const first = running.get(key) ?? clock.sleep(milliseconds);
      if (!running.has(key)) effects.set(disk, [...(effects.get(disk) ?? []), text]);
      running.set(key, first);
      const aborted = new Promise<'aborted'>((resolve) =>
        signal?.addEventListener('abort', () => resolve('aborted'), { once: true }),
      );
      const how = await Promise.race([
        first.then(() => 'exit' as const),
        boot.ended.then(() => 'instance' as const),
        aborted,
      ]);
      if (how !== 'exit') return { ended: how };
      stdout([inventory]);
      stderr([JSON.stringify(result(exitCode === 0 ? '' : `a step ended with ${exitCode}`))]);
      return { ended: 'exit', exitCode };
    },
    async capture(_id, layer) {
      layers.add(layer);
    },
    async removeDisk(id) {
      disks.delete(id);
    },
    async exportLayer(layer, file) {
      writeFileSync(file, layer);
    },
    async removeLayer(layer) {
      layers.delete(layer);
    },
    async clear(known) {
      for (const id of disks) if (!known.disks.has(id)) disks.delete(id);
      for (const layer of layers) if (!known.layers.has(layer)) layers.delete(layer);
    },
    stop: async () => {},
    halt() {
      for (const one of booted) void one.halt();
    },
  };
}

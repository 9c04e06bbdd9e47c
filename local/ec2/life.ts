// The life of an instance: its states, the machine behind them and the events that tell of them.
import { type Boot, BootError } from '../machine/boot.ts';
import { announceImage, announceInstance } from './announcement.ts';
import type { InstanceRecord, InstanceState, StateReason } from './records.ts';
import type { Ec2 } from './room.ts';
import { runUserData } from './user-data.ts';
import { leaveVolumes } from './volume.ts';

export type Life = {
  /** Boots a pending instance on a new disk, or lets it end for a reason that is known already. */
  launch(instance: InstanceRecord, layer: string | undefined, doomed?: StateReason): void;
  start(instance: InstanceRecord): void;
  stop(instance: InstanceRecord, reason?: StateReason): void;
  terminate(instance: InstanceRecord, reason?: StateReason): void;
  reboot(instance: InstanceRecord): Promise<void>;
  /** Does something to the disk while the instance is down, and boots it again if it was up. */
  whileDown(instance: InstanceRecord, work: () => Promise<void>): Promise<void>;
  /** One thing after the other on one instance. */
  inTurn<Result>(instanceId: string, work: () => Promise<Result>): Promise<Result>;
  boot(instanceId: string): Boot | undefined;
  online(instanceId: string): boolean;
  /** When the agent was last heard of; undefined where it never was. */
  lastPing(instanceId: string): number | undefined;
  /** Resolves when the agent is online, rejects when the signal is aborted. */
  whenOnline(instanceId: string, signal: AbortSignal): Promise<void>;
  /** What was alive when an earlier run was killed is terminated now, with its events. */
  recover(): void;
};

export const userInitiated = {
  terminated: {
    code: 'Client.UserInitiatedShutdown',
    message: 'Client.UserInitiatedShutdown: User initiated shutdown',
  },
  itself: {
    code: 'Client.InstanceInitiatedShutdown',
    message: 'Client.InstanceInitiatedShutdown: Instance initiated shutdown',
  },
};

export function life(ec2: Ec2): Life {
  const { cloud, records, machine, background, settings } = ec2;
  const boots = new Map<string, Boot>();
  const agents = new Set<string>();
  const pings = new Map<string, number>();
  const waiting = new Map<string, Set<() => void>>();
  const turns = new Map<string, Promise<unknown>>();

  const become = (instance: InstanceRecord, state: InstanceState) => {
    instance.state = state;
    if (state === 'terminated') {
      instance.terminatedAt = cloud.clock.now();
      leaveVolumes(ec2, instance);
    }
    records.save();
    announceInstance(cloud, instance);
  };
  const inTurn: Life['inTurn'] = (instanceId, work) => {
    const turn = (turns.get(instanceId) ?? Promise.resolve()).then(work, work);
    turns.set(instanceId, turn);
    return turn;
  };

  const agentLeaves = (instanceId: string) => {
    if (agents.delete(instanceId)) pings.set(instanceId, cloud.clock.now());
  };

  async function up(instance: InstanceRecord, signal: AbortSignal): Promise<void> {
    const { instanceId } = instance;
    const boot = await machine.boot(instanceId, settings.network);
    boots.set(instanceId, boot);
    // At once: what an agent that is no more is given would count as a resume.
    boot.gone.then(() => {
      if (boots.get(instanceId) !== boot) return;
      boots.delete(instanceId);
      agentLeaves(instanceId);
    });
    boot.ended.then(() => {
      if (!boot.halting && !signal.aborted && instance.state === 'running') {
        const { shutdownBehavior } = instance;
        self[shutdownBehavior](instance, userInitiated.itself);
      }
    });
    background.start(async () => {
      // What asks for the agent finds what user data made, as components that wait for cloud-init do.
      await Promise.all([cloud.clock.sleep(cloud.delays.agentOnline, signal), runUserData(ec2, instance, boot)]);
      // Without an instance profile the agent of a real instance has no credentials to register with.
      if (!instance.instanceProfile || boots.get(instanceId) !== boot) return;
      agents.add(instanceId);
      for (const wake of waiting.get(instanceId) ?? []) wake();
      waiting.delete(instanceId);
    });
  }
  async function down(instance: InstanceRecord): Promise<void> {
    agentLeaves(instance.instanceId);
    await boots.get(instance.instanceId)?.halt();
  }

  /** From pending to running, or to terminated if the machine refuses. */
  function bring(instance: InstanceRecord, prepare: () => Promise<void>): void {
    announceInstance(cloud, instance);
    background.start(async (signal) => {
      await inTurn(instance.instanceId, async () => {
        try {
          await prepare();
          await cloud.clock.sleep(cloud.delays.instanceRunning, signal);
          if (instance.state === 'pending') await up(instance, signal);
        } catch (error) {
          if (signal.aborted) throw error;
          instance.stateReason = error instanceof Doomed ? error.reason : internalError(error);
          instance.stateTransitionReason = instance.stateReason.code;
          if (instance.state === 'pending') become(instance, 'terminated');
        }
      });
      if (instance.state !== 'pending') return;
      become(instance, 'running');
      if (!boots.has(instance.instanceId)) self[instance.shutdownBehavior](instance, userInitiated.itself);
    });
  }

  /** AWS does not say that an image survives the end of its instance before it is available; there is a state reason for when it does not. */
  function failImagesOf(instance: InstanceRecord): void {
    for (const image of Object.values(records.images)) {
      if (image.sourceInstanceId !== instance.instanceId || image.state !== 'pending') continue;
      image.state = 'failed';
      image.stateReason = {
        code: 'Client.InstanceTerminated',
        message: `Client.InstanceTerminated: The instance ${instance.instanceId} was terminated during AMI creation`,
      };
      for (const { snapshotId } of image.blockDevices) {
        const snapshot = records.snapshots[snapshotId];
        if (snapshot) snapshot.state = 'error';
      }
      announceImage(cloud, image, 'failed');
    }
  }

  const self: Life = {
    launch(instance, layer, doomed) {
      const { instanceId, blockDevices, rootDeviceName } = instance;
      const root = blockDevices.find(({ deviceName }) => deviceName === rootDeviceName);
      bring(instance, async () => {
        if (doomed) throw new Doomed(doomed);
        await machine.createDisk(instanceId, layer, root && root.volumeSize * 1024 ** 3);
      });
    },
    start(instance) {
      delete instance.stateReason;
      instance.stateTransitionReason = '';
      instance.state = 'pending';
      instance.launchTime = new Date(cloud.clock.now()).toISOString();
      records.save();
      bring(instance, async () => {});
    },
    stop(instance, reason = userInitiated.terminated) {
      instance.stateReason = reason;
      instance.stateTransitionReason = transition(reason, cloud.clock.now());
      become(instance, 'stopping');
      background.start(async (signal) => {
        await inTurn(instance.instanceId, () => down(instance));
        await cloud.clock.sleep(cloud.delays.instanceStopped, signal);
        if (instance.state === 'stopping') become(instance, 'stopped');
      });
    },
    terminate(instance, reason = userInitiated.terminated) {
      instance.stateReason = reason;
      instance.stateTransitionReason = transition(reason, cloud.clock.now());
      failImagesOf(instance);
      become(instance, 'shutting-down');
      background.start(async (signal) => {
        await inTurn(instance.instanceId, () => down(instance));
        await cloud.clock.sleep(cloud.delays.instanceTerminated, signal);
        become(instance, 'terminated');
        await inTurn(instance.instanceId, () => machine.removeDisk(instance.instanceId));
        turns.delete(instance.instanceId);
        pings.delete(instance.instanceId);
      });
    },
    reboot: (instance) => self.whileDown(instance, async () => {}),
    whileDown(instance, work) {
      return new Promise((resolve, reject) => {
        background.start(async (signal) => {
          await inTurn(instance.instanceId, async () => {
            await down(instance);
            try {
              await work();
            } finally {
              if (instance.state === 'running') {
                await up(instance, signal).catch(
                  (error) => signal.aborted || self.terminate(instance, internalError(error)),
                );
              }
            }
          }).then(resolve, reject);
        });
      });
    },
    inTurn,
    boot: (instanceId) => boots.get(instanceId),
    online: (instanceId) => agents.has(instanceId),
    lastPing: (instanceId) => (agents.has(instanceId) ? cloud.clock.now() : pings.get(instanceId)),
    whenOnline(instanceId, signal) {
      if (agents.has(instanceId)) return Promise.resolve();
      return new Promise((resolve, reject) => {
        const wakes = waiting.get(instanceId) ?? new Set();
        waiting.set(instanceId, wakes.add(resolve));
        signal.addEventListener(
          'abort',
          () => {
            wakes.delete(resolve);
            reject(signal.reason);
          },
          { once: true },
        );
      });
    },
    recover() {
      for (const instance of Object.values(records.instances)) {
        if (instance.state === 'stopping') become(instance, 'stopped');
        if (instance.state === 'terminated' || instance.state === 'stopped') continue;
        instance.stateReason = internalError('the local cloud ended while the instance was alive');
        instance.stateTransitionReason = instance.stateReason.code;
        failImagesOf(instance);
        become(instance, 'terminated');
      }
    },
  };
  return self;
}

class Doomed extends Error {
  readonly reason: StateReason;
  constructor(reason: StateReason) {
    super(reason.message);
    this.reason = reason;
  }
}

function internalError(error: unknown): StateReason {
  const said = error instanceof BootError ? error.detail : String(error);
  return { code: 'Server.InternalError', message: `Server.InternalError: ${said}` };
}

function transition(reason: StateReason, time: number): string {
  const when = new Date(time).toISOString().replace('T', ' ').replace(/\..*/, ' GMT');
  return reason.code === userInitiated.terminated.code ? `User initiated (${when})` : reason.code;
}

// What Systems Manager needs of EC2: which instances have an agent online, to run scripts on them, and the public images.
import type { Outcome, Script } from '../machine/run.ts';
import type { Life } from './life.ts';
import type { InstanceRecord, Scope } from './records.ts';
import type { Ec2 } from './room.ts';
import { standInFor } from './stand-in.ts';

export type InstanceView = {
  instanceId: string;
  state: InstanceRecord['state'];
  /** Whether Run Command reaches it: it runs, its agent has started, and it has an instance profile to register with. */
  online: boolean;
  /** When its agent was last heard of, in epoch milliseconds; absent where it has never registered. */
  lastPing?: number;
  instanceProfile: boolean;
  launchTime: Date;
  platform: { name: string; version: string };
};

export type Instances = {
  find(scope: Scope, instanceId: string): InstanceView | undefined;
  list(scope: Scope): InstanceView[];
  /** Resolves when the agent is online, now or after a reboot; rejects when the signal is aborted. */
  whenOnline(instanceId: string, signal: AbortSignal): Promise<void>;
  /** `name` tells this run from others of the instance. Ends as `instance` when there is none, or it goes away. */
  run(instanceId: string, name: string, script: Script): Promise<Outcome>;
  reboot(instanceId: string): Promise<void>;
  /** The image that stands in for a public AMI parameter of Amazon Linux, Debian or Ubuntu in this region. */
  standIn(region: string, parameter: string): string | undefined;
  /** Whether the account could launch this image now. */
  imageAvailable(scope: Scope, imageId: string): boolean;
};

export function instances(ec2: Ec2, life: Life): Instances {
  const [, name = 'Linux', version = ''] = /^(.*?)\s+(\d[\w.]*)/.exec(ec2.machine.base.name) ?? [];
  const view = ({ instanceId, state, instanceProfile, launchTime }: InstanceRecord): InstanceView => {
    const lastPing = life.lastPing(instanceId);
    return {
      instanceId,
      state,
      online: state === 'running' && life.online(instanceId),
      ...(lastPing !== undefined && { lastPing }),
      instanceProfile: instanceProfile !== undefined,
      launchTime: new Date(launchTime),
      platform: { name, version },
    };
  };
  const here = (scope: Scope) => (instance: Scope) =>
    instance.accountId === scope.accountId && instance.region === scope.region;
  return {
    find(scope, instanceId) {
      const found = ec2.records.instances[instanceId];
      return found && here(scope)(found) ? view(found) : undefined;
    },
    list: (scope) => Object.values(ec2.records.instances).filter(here(scope)).map(view),
    whenOnline: life.whenOnline,
    async run(instanceId, run, script) {
      const boot = life.boot(instanceId);
      return boot ? ec2.machine.run(boot, run, script) : { ended: 'instance' };
    },
    async reboot(instanceId) {
      const found = ec2.records.instances[instanceId];
      if (found?.state === 'running') await life.reboot(found);
    },
    standIn: (region, parameter) => standInFor(ec2, region, parameter),
    imageAvailable({ accountId, region }, imageId) {
      const image = ec2.records.images[imageId];
      if (image?.region !== region || image.state !== 'available') return false;
      return (
        image.accountId === accountId ||
        image.launchPermissions.some(({ userId, group }) => userId === accountId || group === 'all')
      );
    },
  };
}

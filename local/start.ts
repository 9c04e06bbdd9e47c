// Starts the local cloud: the packaged stack on top of all services, behind one door.

import { type Clock, realClock } from './clock.ts';
import { type Delays, defaultDelays } from './cloud.ts';
import type { Stack } from './cloudformation/service.ts';
import { compose, type Surroundings } from './composition.ts';
import { leases } from './door/leases.ts';
import { listen, type RequestLog } from './door/listener.ts';
import type { Hooks } from './hooks.ts';
import { loadStacks } from './stacks.ts';
import { removeEndpoint, writeEndpoint } from './state/endpoint-file.ts';
import { lockStateDirectory } from './state/lock.ts';

export type LocalCloud = {
  endpoint: string;
  /** The process that started it has gone, or uses it by a lease like any other. */
  starterGone(): void;
  stop(): Promise<void>;
};

export type StartOptions = {
  /** Where everything is kept; only one cloud at a time may use it. */
  stateDirectory: string;
  /** The project whose stack is packaged and run. */
  repository: string;
  /** The usual port, or any free one, when left out. */
  port?: number;
  delays?: Partial<Delays>;
  region?: string;
  accountId?: string;
  /** Other accounts that images may be copied into: distribution-role.yml is loaded there. */
  accounts?: string[];
  clock?: Clock;
  /** The network of instances: the host's, so that packages can be installed, or none. */
  network?: 'host' | 'none';
  /** Regions that are not enabled: `region` for every account, or `account region`. */
  disabledRegions?: string[];
  /** Told when no command uses the cloud any more, to end it; without it the cloud stays until it is stopped. */
  unused?: () => void;
  /** Told what is being done. */
  progress?(text: string): void;
  /** Told of each request. */
  log?: RequestLog;
  /** Told of what roles ask for. */
  watch?: Surroundings['watch'];
  hooks?: Hooks;
};

const defaultRegion = 'us-east-1';
const homeAccountId = '000000000000';
// Long enough for the clean-up of what was being built; what is not done by then is done at the next start.
const longestDrain = 30_000;
const longestFinish = 10_000;

export async function startCloud(options: StartOptions): Promise<LocalCloud> {
  const { stateDirectory, repository, clock = realClock, region = defaultRegion, accountId = homeAccountId } = options;
  const progress = options.progress ?? (() => {});
  const unlock = lockStateDirectory(stateDirectory);
  const undo: (() => unknown)[] = [unlock];
  const unwind = async () => {
    const errors: unknown[] = [];
    for (const step of undo.splice(0).reverse())
      await Promise.resolve()
        .then(step)
        .catch((error: unknown) => errors.push(error));
    if (errors.length > 0)
      throw new AggregateError(errors, `The local cloud did not end in good order: ${errors.join('; ')}`);
  };
  try {
    let endpoint = '';
    const stacks: Stack[] = [];
    const fault = (error: unknown, what: string) => console.error(`The local cloud failed on ${what}:`, error);
    const composed = compose({
      ...{ clock, stateDirectory, repository, accountId, region, fault },
      delays: { ...defaultDelays, ...options.delays },
      network: options.network ?? 'host',
      disabledRegions: options.disabledRegions,
      endpoint: () => endpoint,
      stacks: () => stacks,
      watch: options.watch,
      hooks: options.hooks,
    });
    const { ec2, ssm, dynamodb, events, host, stepFunctions, outbox, scheduler, served, credentials } = composed;
    undo.push(dynamodb.stop);
    let startedAt: number | undefined;
    const tellEndpoint = (stays: boolean) => {
      if (startedAt !== undefined) writeEndpoint(stateDirectory, { endpoint, startedAt, stays });
    };
    const users = leases({ unused: options.unused, stay: () => tellEndpoint(true) });
    const intercept = options.hooks?.intercept;
    const reception = { services: served, credentials, homeAccountId: accountId, fault, intercept };
    const listener = await listen(reception, options.port, {
      log: options.log,
      leases: users,
    });
    endpoint = listener.endpoint;
    undo.push(listener.close, host.stop, () => events.buses.stop(), scheduler.stop, ec2.stop, ssm.stop);

    const probed = ec2.probe();
    const loading = loadStacks(composed, {
      ...{ repository, stateDirectory, accounts: options.accounts ?? [], progress, packageAfter: probed },
    });
    // Why no instance can run here is the first thing to tell.
    await Promise.allSettled([probed, loading]);
    await probed;
    progress(await ec2.notice());
    stacks.push(...(await loading));
    progress('Looking at what an earlier run left');
    await ec2.recover();
    stepFunctions.recover();
    outbox.restore();
    scheduler.recover();
    startedAt = clock.now();
    tellEndpoint(options.unused === undefined);
    undo.push(() => removeEndpoint(stateDirectory));

    let stopping: Promise<void> | undefined;
    const stop = async () => {
      users.refuse();
      removeEndpoint(stateDirectory);
      progress('Ending what runs');
      scheduler.stop();
      outbox.hurry();
      await stepFunctions.stop();
      await host.finish(longestFinish);
      const left = await outbox.drain(longestDrain);
      if (left > 0) progress(`${left} events are left for the next start`);
      await unwind();
    };
    return { endpoint, starterGone: users.starterGone, stop: () => (stopping ??= stop()) };
  } catch (error) {
    await unwind().catch((unwinding) => console.error(unwinding));
    throw error;
  }
}

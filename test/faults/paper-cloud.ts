// One start of the local cloud, on paper: every service is the real one and the packaged stack's template is loaded; it can be killed.
import type { Clock } from '../../local/clock.ts';
import { type Delays, defaultDelays } from '../../local/cloud.ts';
import { type Composition, compose } from '../../local/composition.ts';
import type { Store } from '../../local/dynamodb/store.ts';
import type { CopyLimits } from '../../local/ec2/copy-limits.ts';
import type { Records } from '../../local/ec2/records.ts';
import type { Hooks } from '../../local/hooks.ts';
import { loadPackaged } from '../../local/stacks.ts';
import type { impatientClock } from '../../local/step-functions/impatient-clock.ts';
import type { ApiLimits } from '../../local/throttling/aws-buckets.ts';
import { repository } from '../source-files.ts';
import { type Invocation, never } from './invocation.ts';
import { killed, paperFunction, type Separate } from './paper-function.ts';
import { connect } from './transport.ts';

export const accountId = '000000000000';
export const region = 'us-east-1';
export const stackName = 'serverless-image-builder-local';

type Watch = Parameters<typeof compose>[0]['watch'];
type ImpatientClock = ReturnType<typeof impatientClock>;

export type Surroundings = Required<Pick<Hooks, 'intercept' | 'carry' | 'machine'>> & {
  clock: ImpatientClock;
  stateDirectory: string;
  template: Record<string, unknown>;
  /** Those that images may be copied into. */
  accounts: string[];
  /** Folder of the templates that are loaded beside the stack; the repository's where absent. */
  templates?: string | undefined;
  /** Any zip: the code of functions is never unpacked. */
  zip: string;
  openTables(accountId: string, region: string): Promise<Store>;
  delays?: Partial<Delays> | undefined;
  copyLimits?: CopyLimits | undefined;
  apiLimits?: ApiLimits | undefined;
  records?: Records | undefined;
  watch?: Watch | undefined;
  separate?: Separate | undefined;
  caller(invocationId: string, invocation: Invocation): void;
  fault(error: unknown, what: string): void;
};

export type PaperCloud = {
  composed: Composition;
  /** Of the stack. */
  outputs: Record<string, string>;
  /** Invocations of functions that go on at the moment. */
  living: ReadonlySet<Invocation>;
  /** As SIGKILL does: what it had done is done, nothing of it goes on. */
  kill(): void;
  stop(): Promise<void>;
};

export async function startPaperCloud(around: Surroundings): Promise<PaperCloud> {
  const { clock, stateDirectory, template, zip, fault, machine, accounts } = around;
  const death = new AbortController();
  const living = new Set<Invocation>();
  const mortal = mortalClock(clock, death.signal);
  const alive = <T>(answer: T): T | Promise<T> => (death.signal.aborted ? never<T>() : answer);
  const composed = compose({
    clock: mortal,
    stateDirectory,
    repository,
    accountId,
    region,
    delays: { ...defaultDelays, ...around.delays },
    copyLimits: around.copyLimits,
    apiLimits: around.apiLimits,
    network: 'none',
    endpoint: () => 'http://127.0.0.1:1',
    stacks: () => [],
    fault,
    watch: around.watch,
    hooks: {
      intercept: (call, act) => around.intercept(call, act).then(alive),
      carry: (delivery, deliver) =>
        death.signal.aborted || around.carry(delivery, () => death.signal.aborted || deliver()),
      startFunction: (launch) => paperFunction(launch, mortal, living, around.separate),
      machine,
      ...(around.records && { records: around.records }),
      openTables: around.openTables,
    },
  });
  const { served, credentials, events, ec2, ssm, stepFunctions, host, outbox, scheduler } = composed;
  connect({
    reception: {
      services: served,
      credentials,
      homeAccountId: accountId,
      fault,
      intercept: (call, act) => around.intercept(call, () => clock.during(act())).then(alive),
    },
    caller: around.caller,
  });
  const [home] = await clock.during(
    loadPackaged(composed, { template, artifacts: () => zip }, around.templates ?? repository, accounts),
  );
  // Hears what the stack tells on its bus; the carrier of events takes it.
  const rule = {
    Name: 'witness',
    EventBusName: stackName,
    EventPattern: { source: ['serverless-image-builder'] },
    Targets: [{ Id: 'witness', Arn: `arn:aws:sqs:${region}:${accountId}:witness` }],
  };
  events.stackRule({ accountId, region }, rule);
  await ec2.recover();
  stepFunctions.recover();
  outbox.restore();
  scheduler.recover();
  return {
    composed,
    living,
    outputs: Object.fromEntries(home!.outputs.map(({ key, value }) => [key, value])),
    kill() {
      death.abort();
      for (const invocation of living) invocation.end(killed);
    },
    async stop() {
      events.buses.stop();
      scheduler.stop();
      await stepFunctions.stop();
      await host.stop();
      ssm.stop();
      await ec2.stop();
    },
  };
}

/** Who sleeps on it when it dies never wakes. */
function mortalClock(clock: ImpatientClock, death: AbortSignal): Clock & Pick<ImpatientClock, 'during'> {
  return {
    now: clock.now,
    during: clock.during,
    async sleep(milliseconds, signal) {
      if (death.aborted) return never();
      try {
        await clock.sleep(milliseconds, signal ? AbortSignal.any([signal, death]) : death);
      } catch (error) {
        if (death.aborted) return never();
        throw error;
      }
      return death.aborted ? never() : undefined;
    },
  };
}

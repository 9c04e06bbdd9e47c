// The world of one build: what outlives the local cloud when that is killed, and what is seen of it.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type Store } from '../../local/dynamodb/store.ts';
import { unwrittenRecords } from '../../local/ec2/records.ts';
import type { Intercept } from '../../local/hooks.ts';
import { impatientClock } from '../../local/step-functions/impatient-clock.ts';
import { writeZip } from '../local/lambda-host/zip-file.ts';
import { packaged } from '../package/packaged.ts';
import { makes, measure, type Peaks, type Records, recordsOf } from './belongings.ts';
import { type PaperCloud, type Surroundings, startPaperCloud } from './paper-cloud.ts';
import { type Ending, type PaperMachine, paperMachine } from './paper-machine.ts';
import { random } from './random.ts';
import { type Strike, type Strikes, strikes } from './strikes.ts';

/** An account that images are copied into. */
export const targetAccount = '222222222222';

export type World = {
  /** The one that runs now. */
  cloud(): PaperCloud;
  /** Settles when the cloud has been killed and started again. */
  killed: PromiseWithResolvers<void>;
  clock: ReturnType<typeof impatientClock>;
  machine: PaperMachine;
  strikes: Strikes;
  peaks: Peaks;
  /** Statuses that were announced on the stack's bus, in order. */
  announced: string[];
  /** What failed in the local cloud itself. */
  faults: string[];
  records(): Records;
  close(): Promise<void>;
};

/** Each world begins days after the one before: the credentials that functions keep are not good any more. */
let start = Date.UTC(2026, 0, 1);
const apart = 3 * 24 * 3_600_000;
/** A file system without a disk, where there is one: what a world writes need not last. */
const memory = '/dev/shm';

/** The secret behind the keys of functions, the same in all worlds: their clients keep the keys that they find first. */
const secret = randomBytes(32);

/** What stands between the stack and the local cloud, to count what passes. */
export type Meter = { tables(store: Store): Store; intercept: Intercept };

const nothing: Meter = { tables: (store) => store, intercept: (_, act) => act() };

export type Conditions = Pick<
  Surroundings,
  'delays' | 'copyLimits' | 'apiLimits' | 'templates' | 'watch' | 'separate'
> & {
  /** What EC2 holds is kept in memory only: for many builds at once, without kills. */
  unwritten?: boolean;
  accounts?: string[];
  /** Variables of every function that the stack sets otherwise. */
  variables?: Record<string, string>;
  /** Scripts that do not end well, or not soon. */
  endingOf?: (script: string) => Ending;
};

export async function openWorld(
  wanted: Strike[] = [],
  meter: Meter = nothing,
  conditions: Conditions = {},
): Promise<World> {
  const template = changed((await stack()).template, conditions.variables ?? {});
  const stateDirectory = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), 'faults-'));
  writeFileSync(join(stateDirectory, 'credentials-secret'), secret, { mode: 0o600 });
  const zip = writeZip(join(stateDirectory, 'code.zip'), { none: '' });
  // Jitter decides how often something is tried again: the same build is to make the same calls.
  const chance = Math.random;
  Math.random = random(1);
  const clock = impatientClock(start);
  start += apart;
  const machine = paperMachine(clock, conditions.endingOf);
  const announced: string[] = [];
  const faults: string[] = [];
  const peaks: Peaks = {};
  const held = conditions.unwritten ? unwrittenRecords() : undefined;
  const records = () => held ?? recordsOf(stateDirectory);
  const soon = (act: () => void) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    setImmediate(() => {
      act();
      resolve();
    });
    void clock.during(promise);
  };
  let kill = () => {};
  const recorder = strikes(
    wanted,
    { clock, soon, kill: () => kill() },
    {
      acted(operation) {
        if (!held && makes.includes(operation)) measure(peaks, records());
      },
      took({ event, target }) {
        if (target.Id !== 'witness') return false;
        // Channels tell of themselves, too.
        const { state } = event.detail as { state?: { status: string } };
        if (state) announced.push(state.status);
        return true;
      },
    },
  );
  const stores = new Map<string, Promise<Store>>();
  const startOne = () =>
    startPaperCloud({
      clock,
      stateDirectory,
      template,
      accounts: conditions.accounts ?? [targetAccount],
      templates: conditions.templates,
      zip,
      machine,
      delays: conditions.delays,
      copyLimits: conditions.copyLimits,
      apiLimits: conditions.apiLimits,
      records: held,
      watch: conditions.watch,
      separate: conditions.separate,
      intercept: (call, act) => recorder.intercept(call, () => meter.intercept(call, act)),
      carry: recorder.carry,
      caller: recorder.caller,
      openTables(account, where) {
        const open = stores.get(`${account} ${where}`) ?? openStore(undefined, account, where).then(meter.tables);
        stores.set(`${account} ${where}`, open);
        return open;
      },
      fault: (error, what) => void faults.push(`${what}: ${error instanceof Error ? error.stack : error}`),
    });
  let cloud = await startOne();
  const world: World = {
    cloud: () => cloud,
    killed: Promise.withResolvers(),
    clock,
    machine,
    strikes: recorder,
    peaks,
    announced,
    faults,
    records,
    async close() {
      Math.random = chance;
      await cloud.stop();
      for (const store of stores.values()) await (await store).close();
      rmSync(stateDirectory, { recursive: true, force: true });
    },
  };
  const restart = async () => {
    // What a killed process was doing this very moment is given the time to come to nothing.
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    cloud = await startOne();
    const { resolve } = world.killed;
    world.killed = Promise.withResolvers();
    resolve();
  };
  kill = () => {
    cloud.kill();
    machine.halt();
    void clock.during(restart());
  };
  return world;
}

/** The template with other variables for its functions. */
function changed(template: Record<string, unknown>, variables: Record<string, string>): Record<string, unknown> {
  const text = Object.entries(variables).reduce(
    (whole, [name, value]) => whole.replaceAll(new RegExp(`"${name}":"[^"]*"`, 'g'), `"${name}":"${value}"`),
    JSON.stringify(template),
  );
  return JSON.parse(text) as Record<string, unknown>;
}

let stackOnce: ReturnType<typeof packaged> | undefined;
const stack = () => (stackOnce ??= packaged());

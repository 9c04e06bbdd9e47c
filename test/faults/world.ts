// One local cloud for one build: every service is the real one, the packaged stack's template is loaded; instances and functions are on paper.
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultDelays } from '../../local/cloud.ts';
import { type Composition, compose } from '../../local/composition.ts';
import type { ImageRecord, InstanceRecord, SnapshotRecord, TagRecord } from '../../local/ec2/records.ts';
import { loadPackaged } from '../../local/stacks.ts';
import { impatientClock } from '../../local/step-functions/impatient-clock.ts';
import { entryTag, imageTag } from '../../shared/model/tags.ts';
import { writeZip } from '../local/lambda-host/zip-file.ts';
import { packaged } from '../package/packaged.ts';
import { repository } from '../source-files.ts';
import { paperFunction } from './paper-function.ts';
import { type PaperMachine, paperMachine } from './paper-machine.ts';
import { random } from './random.ts';
import { type Strike, type Strikes, strikes } from './strikes.ts';
import { connect } from './transport.ts';

export const accountId = '000000000000';
export const region = 'us-east-1';
export const stackName = 'serverless-image-builder-local';

export type Records = {
  instances: Record<string, InstanceRecord>;
  images: Record<string, ImageRecord>;
  snapshots: Record<string, SnapshotRecord>;
  tags: Record<string, TagRecord>;
};

/** The most there ever was at a time: of living instances by state of the machine, of AMIs by region. */
export type Peaks = Record<string, number>;

export type World = {
  /** Of the stack. */
  outputs: Record<string, string>;
  composed: Composition;
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

const start = Date.UTC(2026, 0, 1);
/** A file system without a disk, where there is one: what a world writes need not last. */
const memory = '/dev/shm';
const makes = ['RunInstances', 'CreateImage', 'CopyImage'];

let ground: { secret: string; zip: string } | undefined;

/** What all worlds share: the secret behind the keys of functions, whose clients keep theirs, and code that is never unpacked. */
function sharedGround(): { secret: string; zip: string } {
  if (ground) return ground;
  const directory = mkdtempSync(join(tmpdir(), 'faults-ground-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  ground = { secret: join(directory, 'credentials-secret'), zip: writeZip(join(directory, 'code.zip'), { none: '' }) };
  return ground;
}

export async function openWorld(wanted: Strike[] = []): Promise<World> {
  const { template } = await stack();
  const { secret, zip } = sharedGround();
  const stateDirectory = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), 'faults-'));
  const known = secretOf(secret, stateDirectory);
  // Jitter decides how often something is tried again: the same build is to make the same calls.
  const chance = Math.random;
  Math.random = random(1);
  const clock = impatientClock(start);
  const machine = paperMachine(clock);
  const announced: string[] = [];
  const faults: string[] = [];
  const peaks: Peaks = {};
  const records = () => JSON.parse(readFileSync(join(stateDirectory, 'ec2', 'records.json'), 'utf8')) as Records;
  const soon = (act: () => void) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    setImmediate(() => {
      act();
      resolve();
    });
    void clock.during(promise);
  };
  const recorder = strikes(wanted, clock, soon, {
    acted(operation) {
      if (makes.includes(operation)) measure(peaks, records());
    },
    took({ event, target }) {
      if (target.Id !== 'witness') return false;
      announced.push((event.detail as { state: { status: string } }).state.status);
      return true;
    },
  });
  const composed = compose({
    clock,
    stateDirectory,
    repository,
    accountId,
    region,
    delays: defaultDelays,
    network: 'none',
    endpoint: () => 'http://127.0.0.1:1',
    stacks: () => [],
    fault: (error, what) => void faults.push(`${what}: ${error instanceof Error ? error.stack : error}`),
    hooks: {
      intercept: (call, act) => recorder.intercept(call, () => (call.function ? act() : clock.during(act()))),
      carry: recorder.carry,
      startFunction: (launch) => paperFunction(launch, clock),
      machine,
      tablesInMemory: true,
    },
  });
  if (!known) copyFileSync(join(stateDirectory, 'credentials-secret'), secret);
  const { served, credentials, events, ec2, ssm, dynamodb, stepFunctions, host } = composed;
  connect({
    reception: {
      services: served,
      credentials,
      homeAccountId: accountId,
      fault: (error, what) => void faults.push(`${what}: ${error}`),
      intercept: (call, act) => recorder.intercept(call, () => clock.during(act())),
    },
    caller: recorder.caller,
  });
  const [home] = await clock.during(loadPackaged(composed, { template, artifacts: () => zip }, repository));
  await ec2.recover();
  const rule = {
    Name: 'witness',
    EventBusName: stackName,
    EventPattern: { source: ['serverless-image-builder'] },
    Targets: [{ Id: 'witness', Arn: `arn:aws:sqs:${region}:${accountId}:witness` }],
  };
  events.stackRule({ accountId, region }, rule);
  return {
    outputs: Object.fromEntries(home!.outputs.map(({ key, value }) => [key, value])),
    composed,
    clock,
    machine,
    strikes: recorder,
    peaks,
    announced,
    faults,
    records,
    async close() {
      Math.random = chance;
      await stepFunctions.stop();
      await host.stop();
      ssm.stop();
      await ec2.stop();
      await dynamodb.stop();
      rmSync(stateDirectory, { recursive: true, force: true });
    },
  };
}

let stackOnce: ReturnType<typeof packaged> | undefined;
const stack = () => (stackOnce ??= packaged());

function secretOf(secret: string, stateDirectory: string): boolean {
  try {
    copyFileSync(secret, join(stateDirectory, 'credentials-secret'));
    return true;
  } catch {
    return false;
  }
}

/** Living instances and AMIs that bear our tags, counted. */
function measure(peaks: Peaks, { instances, images, tags }: Records): void {
  const counts: Peaks = {};
  const count = (what: string) => {
    counts[what] = (counts[what] ?? 0) + 1;
  };
  const entryOf = (id: string) => {
    const found = Object.values(tags).find(({ resourceId }) => resourceId === id)?.tags;
    return found?.[imageTag] && found[entryTag];
  };
  for (const { instanceId, state } of Object.values(instances)) {
    const entry = entryOf(instanceId);
    if (entry && ['pending', 'running', 'stopping', 'stopped'].includes(state))
      count(`live instances of ${entry.split('#')[0]}`);
  }
  for (const image of Object.values(images)) if (entryOf(image.imageId)) count(`AMIs in ${image.region}`);
  for (const [what, number] of Object.entries(counts)) peaks[what] = Math.max(peaks[what] ?? 0, number);
}

// The same build on a real local cloud: packaged functions in processes of their own, instances that really run, time that really passes.
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { invoker } from '../../cli/aws/invocation.ts';
import { readStackOutputs } from '../../cli/aws/stack-outputs.ts';
import { realClock } from '../../local/clock.ts';
import type { Hooks } from '../../local/hooks.ts';
import { FunctionProcess } from '../../local/lambda-host/process.ts';
import { startCloud } from '../../local/start.ts';
import { dynamoTable } from '../../shared/aws/table.ts';
import { unreleased } from '../../shared/build/ledger.ts';
import { type ImageRecord, isUnderWay } from '../../shared/model/image-record.ts';
import type { SweepReport } from '../../shared/model/sweep-report.ts';
import { images } from '../../shared/store/images.ts';
import { ledgers } from '../../shared/store/ledgers.ts';
import { stateDirectory } from '../e2e/ground.ts';
import { mountsBelow, processesOf } from '../e2e/left-behind.ts';
import { startCloud as startProcess } from '../e2e/local-cloud.ts';
import { repository } from '../source-files.ts';
import { makes, measure, type Peaks, recordsOf } from './belongings.ts';
import { resources, type Seen, slotsOf } from './build.ts';
import { type Strike, type Strikes, strikes } from './strikes.ts';

const keys = { accessKeyId: '000000000000', secretAccessKey: 'any' };

/** Milliseconds within which any build ends; what is waited for in it are functions that time out. */
const longest = 20 * 60_000;
const pause = 300;

/** Who asks the cloud at an endpoint: as a user would, and at its table and executions. */
async function visitor(endpoint: string, state: string) {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
  });
  const connection = { endpoint, region: 'us-east-1', credentials: keys };
  const outputs = await readStackOutputs(connection, 'local');
  const invoke = invoker(connection);
  const table = dynamoTable(outputs.tableName);
  const client = new SFNClient(connection);
  const executionOf = async (executionArn: string) => {
    const { status, error, cause } = await client.send(new DescribeExecutionCommand({ executionArn }));
    return { status: status!, error, cause };
  };
  return {
    async register() {
      const known = structuredClone(resources);
      const { snsTopicArn: _, ...infrastructureConfiguration } = known.pipeline.infrastructureConfiguration;
      await invoke(outputs.putResourcesFunctionName, 'register', {
        ...known,
        pipeline: { ...known.pipeline, infrastructureConfiguration },
      });
    },
    /** Answers the image's ARN; tries again with the same client token while the function fails. */
    async start(clientToken: string): Promise<{ imageBuildVersionArn: string; executionArn: string }> {
      for (let tries = 1; ; tries++) {
        try {
          const input = { imagePipelineName: 'swept', clientToken };
          return (await invoke(outputs.startBuildFunctionName, 'start', input)) as never;
        } catch (error) {
          if (tries === 5) throw error;
          await sleep(1000);
        }
      }
    },
    /** Once its timeline has so many entries, or it has ended before. */
    async begun(arn: string, entries: number): Promise<void> {
      for (const end = Date.now() + longest; Date.now() < end; await sleep(pause)) {
        const { timeline, state } = await images(table).read(arn);
        if (Object.keys(timeline).length >= entries || !isUnderWay(state.status)) return;
      }
    },
    /** Once nothing of it is under way any more. */
    async ended(arn: string, executionArn: string): Promise<Pick<Seen, 'image' | 'ledger' | 'execution' | 'records'>> {
      for (const end = Date.now() + longest; ; await sleep(pause)) {
        const [image, ledger] = await Promise.all([images(table).read(arn), ledgers(table).read(arn)]);
        const execution = (await executionOf(executionArn)) as Seen['execution'];
        const records = recordsOf(state);
        const quiet = Object.values(records.instances).every(({ state: its }) => its === 'terminated');
        const over = !isUnderWay(image.state.status) && execution.status !== 'RUNNING';
        if ((over && quiet && unreleased(ledger).length === 0) || Date.now() > end)
          return { image: image as ImageRecord, ledger, execution, records };
      }
    },
    slots: () => slotsOf(table),
    /** The last net, whose hour does not come here by itself. */
    sweep: async () => (await invoke(outputs.sweepFunctionName, 'sweep', { dryRun: false })) as SweepReport,
    close: () => client.destroy(),
  };
}

const below = (state: string, folder: string) => new Set(readdirSync(join(state, 'ec2', folder)));

/** A cloud in this process whose calls, events and functions can be struck, for one build after the other. */
export async function openReal() {
  const directory = await stateDirectory();
  const state = directory.path;
  const functions = new Map<string, { function: string; end(): void }>();
  let peaks: Peaks = {};
  let current: Strikes | undefined;
  const hooks: Hooks = {
    intercept(call, act) {
      const caller = functions.get(call.caller.accessKeyId);
      if (caller && call.invocationId) current?.caller(call.invocationId, caller);
      return current ? current.intercept(call, act) : act();
    },
    carry: (delivery, deliver) => (current ? current.carry(delivery, deliver) : setImmediate(deliver)),
    startFunction(launch) {
      const child = new FunctionProcess(launch);
      const name = basename(launch.handler, '.handler');
      functions.set(launch.variables.AWS_ACCESS_KEY_ID!, { function: name, end: () => child.kill() });
      return child;
    },
  };
  const cloud = await startCloud({ stateDirectory: state, repository, port: 0, hooks });
  const user = await visitor(cloud.endpoint, state);
  await user.register();
  let builds = 0;
  return {
    async build(wanted: Strike[] = []): Promise<Seen> {
      const started = Date.now();
      const before = { layers: below(state, 'layers') };
      peaks = {};
      const recorder = strikes(
        wanted,
        { clock: realClock, soon: setImmediate, kill: () => {} },
        {
          acted: (operation) => makes.includes(operation) && measure(peaks, recordsOf(state)),
          took: () => false,
        },
      );
      current = recorder;
      recorder.begin();
      const { imageBuildVersionArn, executionArn } = await user.start(`build-${++builds}`);
      const end = await user.ended(imageBuildVersionArn, executionArn);
      current = undefined;
      await sleep(1000);
      const report = await user.sweep();
      return {
        ...end,
        records: recordsOf(state),
        recorded: recorder.recorded,
        struck: recorder.struck.size,
        peaks,
        announced: undefined,
        effects: undefined,
        disks: below(state, 'disks'),
        layers: new Set([...below(state, 'layers')].filter((layer) => !before.layers.has(layer))),
        report,
        slots: await user.slots(),
        faults: [],
        hours: (Date.now() - started) / 3_600_000,
      };
    },
    async close() {
      user.close();
      await cloud.stop();
      directory.remove();
    },
  };
}

/** So many milliseconds after so many entries of the build's timeline have begun: what falls into the build however fast the machine is. */
export type Moment = { begun: number; milliseconds: number };

/** One build whose cloud, a process of its own, is killed at a moment (or not at all) and started again over what it left. */
export async function buildKilled(moment?: Moment): Promise<Seen> {
  const directory = await stateDirectory();
  const state = directory.path;
  const started = Date.now();
  let cloud = await startProcess(state);
  try {
    let user = await visitor(cloud.endpoint, state);
    await user.register();
    const { imageBuildVersionArn, executionArn } = await user.start('one');
    const survivors: string[] = [];
    if (moment) {
      await user.begun(imageBuildVersionArn, moment.begun);
      await sleep(moment.milliseconds);
      process.kill(cloud.pid, 'SIGKILL');
      user.close();
      for (const end = Date.now() + 10_000; processesOf(state).length > 0 && Date.now() < end; ) await sleep(50);
      survivors.push(...[...processesOf(state), ...mountsBelow(state)].map((what) => `it survived the kill: ${what}`));
      cloud = await startProcess(state);
      user = await visitor(cloud.endpoint, state);
    }
    const end = await user.ended(imageBuildVersionArn, executionArn);
    const report = await user.sweep();
    const slots = await user.slots();
    user.close();
    await cloud.stop();
    const late = [...processesOf(state), ...mountsBelow(state)].map((what) => `it survived the end: ${what}`);
    return {
      ...end,
      records: recordsOf(state),
      recorded: [],
      struck: 1,
      peaks: {},
      announced: undefined,
      effects: undefined,
      disks: below(state, 'disks'),
      layers: below(state, 'layers'),
      report,
      slots,
      faults: [...survivors, ...late],
      hours: (Date.now() - started) / 3_600_000,
    };
  } finally {
    await cloud.stop();
    directory.remove();
  }
}

// One complete build, in three regions and another account, with two components, tests and launch permissions, under the strikes it is given.
import { CreateAliasCommand, CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import type { ExecutionRecord } from '../../local/step-functions/execution.ts';
import { dynamoTable, type Table } from '../../shared/aws/table.ts';
import type { Ledger } from '../../shared/build/ledger.ts';
import { type ImageRecord, isUnderWay } from '../../shared/model/image-record.ts';
import { type SweepReport, sweepReportKey } from '../../shared/model/sweep-report.ts';
import { copySlots } from '../../shared/store/copy-slots.ts';
import { images } from '../../shared/store/images.ts';
import { ledgers } from '../../shared/store/ledgers.ts';
import { component } from '../e2e/pipeline-folder.ts';
import type { Peaks, Records } from './belongings.ts';
import { accountId } from './paper-cloud.ts';
import type { Strike } from './strikes.ts';
import { openWorld, targetAccount, type World } from './world.ts';

export const regions = ['us-east-1', 'eu-west-1', 'eu-central-1'];
export const sharedWith = '111111111111';
/** Of who starts the build. */
export const callersToken = 'client-token-of-the-caller';

const document = (name: string) =>
  component(name, {
    build: [{ name: 'Make', commands: [`echo made >>/var/made-${name}`] }],
    test: [{ name: 'CheckOnce', commands: [`test "$(cat /var/made-${name})" = made`] }],
  });

/** What put-resources is called with, for a build of these components to these regions, with copies in the target account in some, and under a key in some. */
export const resourcesOf = (
  names: string[],
  to: string[],
  targetRegions: string[] = [],
  keys: Record<string, string> = {},
) => ({
  components: names.map((name) => ({ name, semanticVersion: '1.0.0', data: document(name) })),
  pipeline: {
    name: 'swept',
    imageRecipe: {
      name: 'swept',
      semanticVersion: '1.0.0',
      parentImage: 'ssm:/aws/service/debian/release/12/latest/amd64',
      components: names.map((name) => ({ component: `${name}/1.0.0` })),
    },
    infrastructureConfiguration: { snsTopicArn: '' },
    distributionConfiguration: {
      distributions: to.map((name) => ({
        region: name,
        amiDistributionConfiguration: {
          launchPermission: { userIds: [sharedWith] },
          ...(targetRegions.includes(name) && { targetAccountIds: [targetAccount] }),
          ...(keys[name] && { kmsKeyId: keys[name] }),
        },
      })),
    },
  },
});

export const resources = resourcesOf(['first', 'second'], regions, ['us-east-1', 'eu-west-1']);

/** Everything that is to be judged about one build. */
export type Seen = {
  recorded: string[];
  struck: number;
  image: ImageRecord;
  ledger: Ledger;
  execution: ExecutionRecord;
  records: Records;
  peaks: Peaks;
  /** Statuses, as events told them; undefined where nobody listened. */
  announced: string[] | undefined;
  /** Scripts that had their effects, by instance; where instances are real, the components' own tests count them. */
  effects: Map<string, string[]> | undefined;
  disks: Set<string>;
  layers: Set<string>;
  /** What the last net, the hourly sweep, reported once all was over. */
  report: SweepReport | undefined;
  /** What the copy queues still hold: slots, and places of who waits. */
  slots: string[];
  faults: string[];
  /** Hours of the local cloud's time. */
  hours: number;
};

const longest = 24 * 3_600_000;
const step = 1000;
/** After the end: time for late tries, held events, functions that have not ended yet, and for the hourly sweep. */
const settling = 65 * 60_000;

/** What somebody else does while the build of `image` runs: asked every second of the build's time. */
export type Meanwhile = (world: World, image: ImageRecord) => unknown;

export const build = (strikes: Strike[] = [], meanwhile?: Meanwhile) =>
  buildOf(resources, strikes, async () => {}, meanwhile);

const homeKey = { 'us-east-1': 'alias/images' };

/** The same where the home region names a key, of which each account has one of its own: all that is published is copies. `Policy`: of the own account's key. */
export const buildUnderKeys = (strikes: Strike[] = [], Policy?: string) =>
  buildOf(resourcesOf(['first', 'second'], regions, ['us-east-1', 'eu-west-1'], homeKey), strikes, async (world) => {
    await addKey(world, accountId, Policy);
    await addKey(world, targetAccount);
  });

async function buildOf(
  wanted: typeof resources,
  strikes: Strike[],
  before: (world: World) => Promise<void>,
  meanwhile?: Meanwhile,
): Promise<Seen> {
  const world = await openWorld(strikes);
  try {
    await before(world);
    return await follow(world, wanted, meanwhile);
  } finally {
    await world.close();
  }
}

async function addKey({ clock }: World, account: string, Policy?: string): Promise<void> {
  const [region, AliasName] = Object.entries(homeKey)[0]!;
  const credentials = { accessKeyId: account, secretAccessKey: 'any' };
  const kms = new KMSClient({ endpoint: 'http://127.0.0.1:1', region, credentials });
  const { KeyMetadata } = await clock.during(kms.send(new CreateKeyCommand({ ...(Policy && { Policy }) })));
  await clock.during(kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyMetadata!.KeyId! })));
  kms.destroy();
}

/** Registers, starts and follows the build in a world to its end, and until the hourly sweep has run. */
export async function follow(world: World, wanted: typeof resources, meanwhile: Meanwhile = () => {}): Promise<Seen> {
  const { clock, strikes, machine } = world;
  const { outputs } = world.cloud();
  const started = clock.now();
  const table = dynamoTable(outputs.TableName!);
  // Finds its credentials now: while a function is loaded, the environment is that function's.
  await clock.during(table.get(sweepReportKey));
  const known = structuredClone(wanted);
  known.pipeline.infrastructureConfiguration.snsTopicArn = outputs.ImageTopicArn!;
  await untilDone(world, outputs.PutResourcesFunctionName!, known);
  strikes.begin();
  const request = { imagePipelineName: 'swept', clientToken: callersToken };
  const { imageBuildVersionArn: arn, executionArn } = (await untilDone(
    world,
    outputs.StartBuildFunctionName!,
    request,
  )) as { imageBuildVersionArn: string; executionArn: string };
  const read = () => images(table).read(arn) as Promise<ImageRecord>;
  const execution = () => world.cloud().composed.stepFunctions.find(executionArn);
  const ended = async () => {
    const image = await read();
    if (!isUnderWay(image.state.status) && execution().status !== 'RUNNING') return true;
    await meanwhile(world, image);
    return false;
  };
  while (!(await clock.during(ended())) && clock.now() < started + longest) await clock.sleep(step);
  const hours = (clock.now() - started) / 3_600_000;
  await clock.sleep(settling);
  const recorded = [...strikes.recorded];
  // A sweep that was struck itself leaves the rest to the next one.
  for (let struck = -1; struck < strikes.struck.size; ) {
    struck = strikes.struck.size;
    await clock.sleep(settling);
  }
  return {
    recorded,
    struck: strikes.struck.size,
    image: await clock.during(read()),
    ledger: await clock.during(ledgers(table).read(arn)),
    execution: execution(),
    records: world.records(),
    peaks: world.peaks,
    announced: world.announced,
    effects: machine.effects,
    disks: machine.disks,
    layers: machine.layers,
    report: (await clock.during(table.get(sweepReportKey)))?.report as SweepReport | undefined,
    slots: await clock.during(slotsOf(table)),
    faults: world.faults,
    hours,
  };
}

/** Slots and places of every destination. */
export async function slotsOf(table: Table): Promise<string[]> {
  const slots = copySlots(table);
  const found: string[] = [];
  for (const region of regions) {
    const to = { account: accountId, region };
    const places = (await slots.queue(to, 1000)).map(({ copy }) => `place of ${copy}`);
    found.push(...Object.keys((await slots.read(to)).held), ...places);
  }
  return found;
}

/** Milliseconds between tries of a caller that tries again. */
const pause = 60_000;

/** Calls a function until it answers, as who starts builds does, with the same client token. */
async function untilDone(world: World, name: string, input: object): Promise<unknown> {
  for (let tries = 1; ; tries++) {
    const invoked = world.cloud().composed.host.invoke(name, JSON.stringify(input));
    const answer = await Promise.race([invoked, world.killed.promise]);
    if (answer && !answer.functionError) return JSON.parse(answer.payload);
    if (tries === 5) throw new Error(`${name} fails: ${answer?.payload}`);
    await world.clock.sleep(pause);
  }
}

// Builds of one pipeline to many regions and accounts, one after the other in one world; every step of publishing can be struck.
import { dynamoTable } from '../../shared/aws/table.ts';
import { type ImageRecord, isUnderWay } from '../../shared/model/image-record.ts';
import { images } from '../../shared/store/images.ts';
import { component } from '../e2e/pipeline-folder.ts';
import { belongings } from './belongings.ts';
import {
  type Consumers,
  channelName,
  consumersIn,
  type Place,
  parameterName,
  placeName,
  type Sight,
  sharedWith,
} from './consumers.ts';
import { accountId as home } from './paper-cloud.ts';
import type { Strike } from './strikes.ts';
import { type Conditions, openWorld, type World } from './world.ts';

const pipelineName = 'everywhere';

/** AMIs by place. */
export type Outputs = Record<string, string>;

export type Built = {
  image: ImageRecord;
  outputs: Outputs;
  /** Strikes that met their call. */
  struck: number;
  recorded: string[];
  seen: Sight;
  /** Our AMIs, of all builds, that the account we share with may launch. */
  shared: string[];
  /** What a consumer reached at any moment and could not have launched. */
  broken: string[];
  /** What is there of the build afterwards. */
  left: string[];
  /** Milliseconds from its beginning to its end. */
  lasted: number;
};

export type Stage = {
  world: World;
  consumers: Consumers;
  build(strikes?: Strike[]): Promise<Built>;
  close(): Promise<void>;
};

/** Operations after which a consumer may see something else. */
const acts = [
  'PutParameter',
  'DeleteParameter',
  'CreateLaunchTemplateVersion',
  'ModifyLaunchTemplate',
  'DeleteLaunchTemplateVersions',
  'DeregisterImage',
];
const second = 1000;
/** For late tries, for functions that have not ended yet, and for cleanup's proof that no copy comes late. */
const settling = 15 * 60 * second;

export async function openStage(regions: string[], accounts: string[], conditions: Conditions = {}): Promise<Stage> {
  const strikes: Strike[] = [];
  const broken = new Set<string>();
  let consumers: Consumers | undefined;
  const world = await openWorld(
    strikes,
    {
      tables: (store) => store,
      async intercept(call, act) {
        const answer = await act();
        const place = { region: call.caller.region, account: call.caller.accountId };
        if (consumers?.templates.has(placeName(place)) && acts.includes(call.operation))
          for (const text of await consumers.unusable(place)) broken.add(`${text}, after ${call.operation}`);
        return answer;
      },
    },
    { ...conditions, accounts },
  );
  const { clock } = world;
  const { outputs, composed } = world.cloud();
  // Finds its credentials now: while a function is loaded, the environment is that function's.
  const table = dynamoTable(outputs.TableName!);
  await clock.during(table.get({ pk: 'none', sk: 'none' }));
  const places = regions.flatMap((region) => [home, ...accounts].map((account): Place => ({ region, account })));
  consumers = await clock.during(consumersIn(world, places, pipelineName));
  const invoke = async (name: string, input: object) => {
    const { payload, functionError } = await composed.host.invoke(name, JSON.stringify(input));
    if (functionError) throw new Error(`${name} fails: ${payload}`);
    return JSON.parse(payload) as { imageBuildVersionArn: string; executionArn: string };
  };
  await invoke(outputs.PutResourcesFunctionName!, resourcesOf(regions, accounts, consumers.templates));

  return {
    world,
    consumers,
    async build(wanted = []) {
      strikes.splice(0, strikes.length, ...wanted);
      world.strikes.struck.clear();
      broken.clear();
      world.strikes.begin();
      const began = clock.now();
      const started = await invoke(outputs.StartBuildFunctionName!, { imagePipelineName: pipelineName });
      const { imageBuildVersionArn: arn, executionArn } = started;
      const read = () => clock.during(images(table).read(arn));
      const runs = () => composed.stepFunctions.find(executionArn).status === 'RUNNING';
      while (isUnderWay((await read()).state.status) || runs()) await clock.sleep(second);
      const lasted = clock.now() - began;
      await clock.sleep(settling);
      const image = await read();
      const made = Object.fromEntries(
        image.outputResources.amis.map((ami) => [
          placeName({ region: ami.region, account: ami.accountId ?? home }),
          ami.image,
        ]),
      );
      const outputIds = image.state.status === 'AVAILABLE' ? image.outputResources.amis.map((ami) => ami.image) : [];
      const records = world.records();
      const kept = outputIds.flatMap(
        (id) => records.images[id]?.blockDevices.map(({ snapshotId }) => snapshotId) ?? [],
      );
      return {
        image,
        outputs: made,
        struck: world.strikes.struck.size,
        recorded: [...world.strikes.recorded],
        seen: await clock.during(consumers.everywhere()),
        shared: (await clock.during(Promise.all(regions.map(consumers.sharedIn)))).flat(),
        broken: [...broken],
        left: belongings(records, arn).flatMap(({ id, what }) => ([...outputIds, ...kept].includes(id) ? [] : [what])),
        lasted,
      };
    },
    close: () => world.close(),
  };
}

const document = component('everywhere', { build: [{ name: 'Make', commands: ['echo made'] }] });

/** Everything that a distribution may set for consumers, in each region, in our own and each other account. */
function resourcesOf(regions: string[], accounts: string[], templates: Map<string, string>) {
  const distributionOf = (region: string) => ({
    region,
    amiDistributionConfiguration: { launchPermission: { userIds: [sharedWith] }, targetAccountIds: accounts },
    launchTemplateConfigurations: [home, ...accounts].map((account) => ({
      launchTemplateId: templates.get(placeName({ region, account })),
      setDefaultVersion: true,
      ...(account !== home && { accountId: account }),
    })),
    ssmParameterConfigurations: [home, ...accounts].map((account) => ({
      parameterName,
      ...(account !== home && { amiAccountId: account }),
    })),
  });
  return {
    components: [{ name: 'everywhere', semanticVersion: '1.0.0', data: document }],
    pipeline: {
      name: pipelineName,
      imageRecipe: {
        name: pipelineName,
        semanticVersion: '1.0.0',
        parentImage: 'ssm:/aws/service/debian/release/12/latest/amd64',
        components: [{ component: 'everywhere/1.0.0' }],
      },
      infrastructureConfiguration: {},
      imageTestsConfiguration: { imageTestsEnabled: false },
      distributionConfiguration: { channel: channelName, distributions: regions.map(distributionOf) },
    },
  };
}

/** What is wrong after a build: consumers must see all of its image, or exactly what they saw `before`, and nothing else of it may be there. */
export function judgePublishing(before: Pick<Built, 'seen' | 'shared'>, built: Built, wanted: string): string[] {
  const { image, outputs, seen, shared } = built;
  const published = image.state.status === 'AVAILABLE';
  const named = (what: string) => outputs[what.slice(what.indexOf(' ') + 1)];
  const own = Object.entries(outputs).flatMap(([place, id]) => (place.endsWith(home) ? [id] : []));
  const should = published ? Object.fromEntries(Object.keys(seen).map((what) => [what, named(what)])) : before.seen;
  const mayLaunch = [...before.shared, ...(published ? own : [])];
  return [
    ...(image.state.status === wanted
      ? []
      : [`the image is ${image.state.status}, not ${wanted}: ${image.state.reason}`]),
    ...Object.keys(seen).flatMap((what) =>
      seen[what] === should[what] && (!published || seen[what])
        ? []
        : [`${what} names ${seen[what]}, not ${should[what]}`],
    ),
    ...mayLaunch.filter((id) => !shared.includes(id)).map((id) => `${id} is not shared`),
    ...shared.filter((id) => !mayLaunch.includes(id)).map((id) => `${id} is shared`),
    ...built.broken.map((text) => `at a moment ${text}, which is not there`),
    ...built.left.map((what) => `left behind: ${what}`),
    ...(image.leftovers ?? []).map(({ id, reason }) => `${id} is said to be left: ${reason}`),
  ];
}

// A month of schedules over the real services, the packaged stack and the real functions, in this process: only the instances are on paper.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamoTable } from '../../shared/aws/table.ts';
import { type ImageRecord, isUnderWay } from '../../shared/model/image-record.ts';
import type { StartBuildOutput } from '../../shared/model/start-build.ts';
import { images } from '../../shared/store/images.ts';
import { runs } from '../../shared/store/runs.ts';
import { component } from '../e2e/pipeline-folder.ts';
import { openWorld, type World } from '../faults/world.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld();
  world.strikes.begin();
  // It comes every hour, 720 times in this month, and has tests of its own.
  const { service } = world.cloud().composed.events;
  const { Rules } = (await service.operations.ListRules!({}, root)) as { Rules: { Name: string }[] };
  const { Name } = Rules.find((rule) => rule.Name.includes('SweepRule'))!;
  await service.operations.DisableRule!({ Name }, root);
}, 120_000);
afterAll(() => world.close());

const day = 86_400_000;
const minute = 60_000;
const account = { accountId: '000000000000', region: 'us-east-1' };
const root = { ...account, accessKeyId: account.accountId, principalArn: `arn:aws:iam::${account.accountId}:root` };

async function call(name: string, input: object): Promise<StartBuildOutput> {
  const { outputs, composed } = world.cloud();
  const answer = await composed.host.invoke(outputs[name]!, JSON.stringify(input));
  if (answer.functionError) throw new Error(answer.payload);
  return JSON.parse(answer.payload);
}

const document = (text: string) => component('Setup', { build: [{ name: 'Say', commands: [`echo ${text}`] }] });

const register = (name: string, parentImage: string, components: [string, string, string][] = [], more = {}) =>
  call('PutResourcesFunctionName', {
    components: components.map(([component, semanticVersion, data]) => ({ name: component, semanticVersion, data })),
    pipeline: {
      name,
      imageRecipe: {
        ...{ name, semanticVersion: '1.0.0', parentImage },
        components: components.map(([component, version]) => ({ component: `${component}/${version}` })),
      },
      schedule: 'manual',
      imageTestsConfiguration: { imageTestsEnabled: false },
      ...more,
    },
  });

const store = () => dynamoTable(world.cloud().outputs.TableName!);

async function ended(arn: string): Promise<ImageRecord> {
  for (;;) {
    const image = await world.clock.during(images(store()).read(arn));
    if (!isUnderWay(image.state.status)) return image as ImageRecord;
    await world.clock.sleep(minute);
  }
}

async function build(name: string): Promise<ImageRecord> {
  const image = await ended((await call('StartBuildFunctionName', { imagePipelineName: name })).imageBuildVersionArn!);
  expect(image.state).toEqual({ status: 'AVAILABLE' });
  return image;
}

const runsOf = async (name: string) =>
  (await world.clock.during(runs(store(), world.clock.now).newest(name, 100))).toReversed();

const parameter = (Value: string) =>
  world
    .cloud()
    .composed.ssm.service.operations.PutParameter?.(
      { Name: '/images/parent', Type: 'String', Value, Overwrite: true },
      root,
    );

const debian = 'ssm:/aws/service/debian/release/12/latest/amd64';

describe('thirty days with rate(1 day)', () => {
  it('the parent changes on days 4 and 17 and a component on day 9: exactly these builds, every other run skipped with its reason', async () => {
    await register('base', debian);
    const parents: string[] = [];
    for (let made = 0; made < 3; made++) parents.push((await build('base')).outputResources.amis[0]!.image);
    await register('carrier', debian, [['setup', '1.0.0', document('one')]]);
    await parameter(parents[0]!);
    const schedule = { scheduleExpression: 'rate(1 day)' };
    const imageRecipe = {
      ...{ name: 'app', semanticVersion: '1.0.0', parentImage: 'ssm:/images/parent' },
      components: [{ component: 'setup/x.x.x' }],
    };
    await register('app', '', [], { imageRecipe, schedule });
    const registered = world.clock.now();
    for (let today = 1; today <= 30; today++) {
      // What changes on a day has changed before its run.
      await world.clock.sleep(registered + today * day - world.clock.now() - 60 * minute);
      if (today === 4) await parameter(parents[1]!);
      if (today === 17) await parameter(parents[2]!);
      if (today === 9) await register('carrier', debian, [['setup', '1.0.1', document('two')]]);
    }
    await world.clock.sleep(2 * 60 * minute);

    const all = await runsOf('app');
    expect(all.map(({ trigger }) => trigger)).toEqual(Array(30).fill('schedule'));
    // A rate is 24 hours by the clock; schedules have whole seconds.
    expect(all.map(({ time }) => Math.round((Date.parse(time) - registered) / day))).toEqual(
      Array.from({ length: 30 }, (_, index) => index + 1),
    );
    const started = all.flatMap(({ outcome, reason }, index) => (outcome === 'started' ? [[index + 1, reason]] : []));
    expect(started).toEqual([
      [1, 'no image of this pipeline is available yet'],
      [4, `parent ${parents[0]} → ${parents[1]}`],
      [9, 'component setup 1.0.0/1 → 1.0.1/1'],
      [17, `parent ${parents[1]} → ${parents[2]}`],
    ]);
    const parentOn = (today: number) => parents[today < 4 ? 0 : today < 17 ? 1 : 2];
    for (const [index, { outcome, reason }] of all.entries()) {
      if (outcome === 'started') continue;
      expect([outcome, reason], `day ${index + 1}`).toEqual([
        'skipped',
        `parent unchanged ${parentOn(index + 1)}, components unchanged`,
      ]);
    }
    const made: ImageRecord[] = [];
    for await (const { arn, sourcePipelineName } of images(store()).all())
      if (sourcePipelineName === 'app') made.unshift(await images(store()).read(arn));
    expect(made.map(({ version, state, buildType, trigger }) => [version, state.status, buildType, trigger])).toEqual(
      [1, 2, 3, 4].map((build) => [`1.0.0/${build}`, 'AVAILABLE', 'SCHEDULED', 'schedule']),
    );
    expect(made[2]).toMatchObject({ reasons: ['component setup 1.0.0/1 → 1.0.1/1'] });
    expect(world.faults).toEqual([]);
  }, 600_000);
});

describe('the cascade', () => {
  it('base → app → site: a new base image starts what is built on it, and that what is built on that', async () => {
    await register('ground', debian);
    await register('house', 'ground/x.x.x');
    await register('roof', 'house/1.x.x');
    const first = await build('ground');
    await world.clock.sleep(120 * minute);
    for (const name of ['house', 'roof'])
      expect(await runsOf(name)).toMatchObject([{ trigger: 'dependency', outcome: 'started' }]);
    const second = await build('ground');
    await world.clock.sleep(120 * minute);
    const [ami, newer] = [first, second].map(({ outputResources }) => outputResources.amis[0]!.image);
    const [, run] = await runsOf('house');
    expect(run).toMatchObject({ trigger: 'dependency', outcome: 'started' });
    expect(run!.reason).toBe(`ground 1.0.0/2 is available, parent ${ami} → ${newer}`);
    const house = await ended(run!.imageBuildVersionArn!);
    expect(house).toMatchObject({ state: { status: 'AVAILABLE' }, ancestry: { parentImage: { id: newer } } });
    const [, last] = await runsOf('roof');
    const roof = await ended(last!.imageBuildVersionArn!);
    expect(roof.ancestry?.parentImage.id).toBe(house.outputResources.amis[0]!.image);
    expect(world.faults).toEqual([]);
  }, 300_000);
});

describe('requests during a build', () => {
  it('ten by hand are one follow-up, and each is told of it', async () => {
    await register('busy', debian);
    const ask = (clientToken: string) => call('StartBuildFunctionName', { imagePipelineName: 'busy', clientToken });
    const first = await ask('first');
    const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => ask(`then-${index}`)));
    expect(answers.map(({ outcome }) => outcome).sort()).toEqual([...Array(9).fill('merged'), 'queued']);
    await ended(first.imageBuildVersionArn!);
    await world.clock.sleep(5 * minute);
    const later = await Promise.all(answers.map((_, index) => ask(`then-${index}`)));
    expect(new Set(later.map(({ imageBuildVersionArn }) => imageBuildVersionArn)).size).toBe(1);
    expect(later[0]!.imageBuildVersionArn).toMatch(/busy\/1\.0\.0\/2$/);
    await ended(later[0]!.imageBuildVersionArn!);
    await world.clock.sleep(120 * minute);
    expect((await runsOf('busy')).filter(({ outcome }) => outcome === 'started')).toHaveLength(2);
  }, 120_000);
});

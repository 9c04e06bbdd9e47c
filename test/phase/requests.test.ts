// What start-build decides about requests: triggers, start condition, one build at a time, cascade, automatic disabling.
import { describe, expect, it } from 'vitest';
import type { Table } from '../../shared/aws/table.ts';
import { defaultSchedule } from '../../shared/phase/image-ended.ts';
import { prepareImage } from '../../shared/phase/prepare-image.ts';
import { putResources } from '../../shared/phase/put-resources.ts';
import { testTable } from '../store/test-table.ts';
import { type Desk, openDesk } from './desk.ts';
import { pipeline } from './world.ts';

const table = await testTable();

let names = 0;
type Changes = { recipe?: object; more?: object };

async function registered(desk: Desk, changes: Changes = {}, name = `asked-${++names}`) {
  await register(desk, changes, name);
  return name;
}

function register(desk: Desk, { recipe = {}, more = {} }: Changes, name: string) {
  const imageRecipe = { name, semanticVersion: '1.0.0', parentImage: 'ssm:/parent', ...recipe };
  return putResources(desk.gateways, { pipeline: pipeline({ name, imageRecipe, ...more }), files: [] });
}

/** A build from its start to its end: what it was made of is written by prepare-image itself. */
async function built(desk: Desk, image: string, status: 'AVAILABLE' | 'FAILED' = 'AVAILABLE', tell = true) {
  const preparing = {
    ...desk.gateways,
    instanceProfileName: 'p',
    plans: plansOf(table),
    ebsDefaults: async () => ({ encrypted: false }),
  };
  await prepareImage(preparing as never, { image }, desk.lambda());
  await desk.end(image, status);
  if (tell) await desk.ended(image);
}

const plansOf = (_: Table) => ({ write: async () => {} });
const runsOf = async (desk: Desk, name: string) =>
  (await desk.gateways.runs.newest(name, 50)).map(({ trigger, outcome, reason }) => [trigger, outcome, reason]);
const scheduled = (name: string, day: number) => ({
  imagePipelineName: name,
  trigger: 'schedule' as const,
  scheduledTime: `2026-01-${String(day).padStart(2, '0')}T03:00:00Z`,
});

describe('a schedule', () => {
  it('starts a build when parent or components have changed, and says otherwise that they have not', async () => {
    const desk = openDesk(table);
    desk.parameters['/parent'] = 'ami-0000000a';
    const name = await registered(desk);
    const first = await desk.start(scheduled(name, 1));
    expect(first).toMatchObject({ outcome: 'started', reason: 'no image of this pipeline is available yet' });
    expect(await desk.gateways.images.read(first.imageBuildVersionArn!)).toMatchObject({
      ...{ buildType: 'SCHEDULED', trigger: 'schedule', reasons: ['no image of this pipeline is available yet'] },
    });
    await built(desk, first.imageBuildVersionArn!);
    expect(await desk.start(scheduled(name, 2))).toEqual({
      outcome: 'skipped',
      reason: 'parent unchanged ami-0000000a, components unchanged',
    });
    desk.parameters['/parent'] = 'ami-0000000b';
    expect(await desk.start(scheduled(name, 3))).toMatchObject({
      ...{ outcome: 'started', reason: 'parent ami-0000000a → ami-0000000b' },
    });
    expect(await runsOf(desk, name)).toEqual([
      ['schedule', 'started', 'parent ami-0000000a → ami-0000000b'],
      ['schedule', 'skipped', 'parent unchanged ami-0000000a, components unchanged'],
      ['schedule', 'started', 'no image of this pipeline is available yet'],
    ]);
  });
  it('looks at the documents that components run, too', async () => {
    const desk = openDesk(table);
    const of = `run-${names}`;
    const step = (action: string, inputs: string) =>
      `schemaVersion: 1.0\nphases: [{name: build, steps: [{name: Step, action: ${action}, inputs: {${inputs}}}]}]\n`;
    const put = (name: string, data: string) =>
      putResources(desk.gateways, { components: [{ name, semanticVersion: '1.0.0', data, pinned: false }] });
    await put(`${of}-inner`, step('ExecuteBash', 'commands: [one]'));
    await put(`${of}-middle`, step('ExecuteDocument', `document: ${of}-inner/x.x.x`));
    await put(`${of}-outer`, step('ExecuteDocument', `document: ${of}-middle/1.0.0`));
    const name = await registered(desk, { recipe: { components: [{ component: `${of}-outer/x.x.x` }] } });
    await built(desk, (await desk.start(scheduled(name, 1))).imageBuildVersionArn!);
    expect((await desk.start(scheduled(name, 2))).outcome).toBe('skipped');
    await put(`${of}-inner`, step('ExecuteBash', 'commands: [two]'));
    desk.clock.pass(1000);
    const { outcome, reason, imageBuildVersionArn } = await desk.start(scheduled(name, 3));
    expect([outcome, reason]).toEqual(['started', `document ${of}-inner/x.x.x 1.0.0/1 → 1.0.0/2`]);
    await built(desk, imageBuildVersionArn!);
    expect((await desk.start(scheduled(name, 4))).outcome).toBe('skipped');
    await desk.gateways.components.delete(`${of}-middle`, '1.0.0', 1);
    expect((await desk.start(scheduled(name, 5))).reason).toBe(
      `what it is made of cannot be told: There is no component ${of}-middle/1.0.0.`,
    );
  });
  it('delivered twice is one run; one that was skipped stays so, though the parent has changed since', async () => {
    const desk = openDesk(table);
    const name = await registered(desk);
    const [one, other] = await Promise.all([desk.start(scheduled(name, 1)), desk.start(scheduled(name, 1))]);
    expect(one).toEqual(other);
    await built(desk, one.imageBuildVersionArn!);
    const skipped = await desk.start(scheduled(name, 2));
    desk.parameters['/parent'] = 'ami-0000000c';
    expect(await desk.start(scheduled(name, 2))).toEqual(skipped);
    expect(desk.started).toHaveLength(1);
    expect(await runsOf(desk, name)).toHaveLength(2);
  });
  it('EXPRESSION_MATCH_ONLY always starts; a DISABLED pipeline never does, but by hand', async () => {
    const desk = openDesk(table);
    const schedule = { scheduleExpression: 'rate(1 day)', pipelineExecutionStartCondition: 'EXPRESSION_MATCH_ONLY' };
    const always = await registered(desk, { more: { schedule } });
    for (const day of [1, 2]) {
      const { outcome, imageBuildVersionArn } = await desk.start(scheduled(always, day));
      expect(outcome).toBe('started');
      await built(desk, imageBuildVersionArn!);
    }
    const off = await registered(desk, { more: { schedule, status: 'DISABLED' } });
    expect(await desk.start(scheduled(off, 1))).toEqual({ outcome: 'skipped', reason: 'the pipeline is DISABLED' });
    expect(await desk.start({ imagePipelineName: off })).toMatchObject({ outcome: 'started' });
  });
  it('a recipe that was registered anew is a change; what cannot be resolved is left to the build, which says so', async () => {
    const desk = openDesk(table);
    const name = await registered(desk);
    const { imageBuildVersionArn } = await desk.start({ imagePipelineName: name });
    await built(desk, imageBuildVersionArn!);
    await registered(desk, { recipe: { workingDirectory: '/opt' } }, name);
    const changed = await desk.start(scheduled(name, 1));
    expect(changed.reason).toBe(`recipe ${name}/1.0.0 was registered with another content`);
    await built(desk, changed.imageBuildVersionArn!);
    await registered(desk, { recipe: { parentImage: 'nobody/x.x.x' } }, name);
    const lost = await desk.start(scheduled(name, 2));
    expect(lost.outcome).toBe('started');
    expect(lost.reason).toMatch(
      /^what it is made of cannot be told: No available image matches the parent image nobody/,
    );
  });
  it('the weekly rule starts every enabled pipeline that has no schedule of its own, once', async () => {
    const desk = openDesk(table);
    const plain = await registered(desk);
    const others = [
      await registered(desk, { more: { schedule: 'manual' } }),
      await registered(desk, { more: { schedule: { scheduleExpression: 'rate(1 day)' } } }),
      await registered(desk, { more: { status: 'DISABLED' } }),
    ];
    for (let twice = 0; twice < 2; twice++) await defaultSchedule(desk.gateways, '2026-01-08T00:00:00Z', desk.lambda());
    expect(await runsOf(desk, plain)).toEqual([['schedule', 'started', 'no image of this pipeline is available yet']]);
    for (const name of others) expect(await runsOf(desk, name)).toEqual([]);
  });
});

describe('one build at a time', () => {
  const two = async (concurrency: 'queue' | 'skip' | 'parallel') => {
    const desk = openDesk(table);
    const name = await registered(desk, { more: { concurrency } });
    const first = await desk.start({ imagePipelineName: name, clientToken: 'first' });
    return {
      desk,
      name,
      first: first.imageBuildVersionArn!,
      reason: `a build is under way: ${first.imageBuildVersionArn}`,
    };
  };
  it('queue: many requests are one build, and each learns which', async () => {
    const { desk, name, first, reason } = await two('queue');
    const ask = (clientToken: string) => desk.start({ imagePipelineName: name, clientToken, reasons: [clientToken] });
    expect(await ask('a')).toEqual({ outcome: 'queued', reason });
    expect(await ask('b')).toEqual({ outcome: 'merged', reason });
    expect(await ask('a')).toEqual({ outcome: 'queued', reason });
    await built(desk, first);
    const second = desk.started[1]!.image;
    expect(await ask('a')).toMatchObject({ outcome: 'queued', imageBuildVersionArn: second });
    expect(await ask('b')).toMatchObject({ outcome: 'merged', imageBuildVersionArn: second });
    expect(await desk.gateways.images.read(second)).toMatchObject({ buildType: 'USER_INITIATED', reasons: ['a', 'b'] });
    await built(desk, second);
    expect(desk.started).toHaveLength(2);
  });
  it('what is kept of reasons is bounded: the record of the build must hold them', async () => {
    const { desk, name, first } = await two('queue');
    for (let asked = 0; asked < 12; asked++) {
      const reasons = Array.from({ length: 10 }, (_, index) => `${asked}-${index} ${'ä'.repeat(500)}`);
      await desk.start({ imagePipelineName: name, clientToken: `token-${asked}`, reasons });
    }
    await desk.end(first);
    await desk.ended(first);
    const { reasons = [] } = await desk.gateways.images.read(desk.started[1]!.image);
    expect(reasons.length).toBeLessThan(31);
    expect(reasons.length).toBeGreaterThan(9);
  });
  it('skip and parallel', async () => {
    const skip = await two('skip');
    expect(await skip.desk.start({ imagePipelineName: skip.name })).toEqual({
      outcome: 'skipped',
      reason: skip.reason,
    });
    const parallel = await two('parallel');
    expect(await parallel.desk.start({ imagePipelineName: parallel.name })).toMatchObject({ outcome: 'started' });
  });
  it('a registration by its hash does not wait behind another: its caller is told to come again', async () => {
    const { desk, name, reason } = await two('queue');
    const { hash: contentHash } = await desk.gateways.pipelines.read(name);
    expect(await desk.start({ imagePipelineName: name, contentHash })).toEqual({ outcome: 'refused', reason });
    expect(await desk.gateways.queue.pending(name)).toBeUndefined();
  });
  it('a queued schedule that the build before has served is skipped', async () => {
    const { desk, name, first } = await two('queue');
    expect(await desk.start(scheduled(name, 1))).toMatchObject({ outcome: 'queued' });
    await built(desk, first);
    expect(desk.started).toHaveLength(1);
    expect(await runsOf(desk, name)).toContainEqual([
      ...['schedule', 'skipped', 'parent unchanged ami-of-/parent, components unchanged'],
    ]);
    expect(await desk.gateways.queue.pending(name)).toBeUndefined();
  });
  it('the lock goes with its execution, not with a clock', async () => {
    for (const how of ['ended', 'aborted', 'forgotten'] as const) {
      const { desk, name } = await two('queue');
      const [arn] = [...desk.executions.keys()];
      if (how === 'forgotten') desk.executions.delete(arn!);
      else desk.executions.set(arn!, { status: how === 'ended' ? 'SUCCEEDED' : 'ABORTED' });
      // One that nobody knows may be about to be started by an invocation that still lives.
      if (how === 'forgotten') {
        expect(await desk.start({ imagePipelineName: name, clientToken: 'early' })).toMatchObject({
          outcome: 'queued',
        });
        desk.clock.pass(61_000);
      }
      expect(await desk.start({ imagePipelineName: name, clientToken: 'late' }), how).toMatchObject({
        outcome: 'started',
      });
    }
    const { desk, name } = await two('queue');
    desk.clock.pass(90 * 86_400_000);
    expect(await desk.start({ imagePipelineName: name })).toMatchObject({ outcome: 'queued' });
  });
  it('a request that was merged by an invocation that died is not built twice', async () => {
    for (const told of [true, false]) {
      const { desk, name, first } = await two('queue');
      const dying = {
        ...desk.gateways,
        runs: { ...desk.gateways.runs, record: () => Promise.reject(new Error('killed')) },
      };
      const asked = { imagePipelineName: name, clientToken: 'once' };
      await expect(desk.start(asked, dying)).rejects.toThrow('killed');
      await built(desk, first, 'AVAILABLE', told);
      expect(await desk.start(asked)).toMatchObject({
        outcome: 'merged',
        imageBuildVersionArn: desk.started[1]!.image,
      });
      await built(desk, desk.started[1]!.image);
      expect(desk.started, `the event came: ${told}`).toHaveLength(2);
    }
  });
  it('a build that ends while a request begins to wait is followed at once', async () => {
    const { desk, name, first } = await two('queue');
    const { queue } = desk.gateways;
    const merge: typeof queue.merge = async (...given) => {
      await built(desk, first);
      return queue.merge(...given);
    };
    const answer = await desk.start({ imagePipelineName: name }, { ...desk.gateways, queue: { ...queue, merge } });
    expect(answer).toMatchObject({ outcome: 'queued', imageBuildVersionArn: desk.started[1]!.image });
  });
  it('an event that tells an end which has not come frees nothing', async () => {
    const { desk, name, first } = await two('queue');
    await desk.start({ imagePipelineName: name });
    await desk.ended(first);
    expect(await desk.gateways.queue.lock(name)).toMatchObject({ image: first });
    expect(desk.started).toHaveLength(1);
  });
  it('a waiting request whose build could never run gets another', async () => {
    const { desk, name, first } = await two('queue');
    await desk.start({ imagePipelineName: name, clientToken: 'a' });
    await desk.end(first);
    const { executions } = desk.gateways;
    const dying = { ...desk.gateways, executions: { ...executions, start: () => Promise.reject(new Error('killed')) } };
    await expect(desk.ended(first, dying)).rejects.toThrow('killed');
    // The sweep has found the record without an execution, and ended it.
    const [, abandoned] = (await desk.gateways.queue.lock(name))!.image.split('1.0.0/');
    await desk.gateways.images.end((await desk.gateways.queue.lock(name))!.image, {
      ...{ status: 'FAILED', amis: [], dateEnded: '2026', open: [] },
    });
    desk.clock.pass(61_000);
    expect(await desk.start({ imagePipelineName: name, trigger: 'queued' })).toMatchObject({ outcome: 'started' });
    expect(desk.started).toHaveLength(2);
    expect(desk.started[1]!.image).not.toMatch(new RegExp(`/${abandoned}$`));
  });
});

describe('the cascade', () => {
  it('a new base image starts what is built on it, by name and version, once, and nothing else', async () => {
    const desk = openDesk(table);
    const base = await registered(desk);
    const on = (parentImage: string, more = {}) => registered(desk, { recipe: { parentImage }, more });
    const arn = `arn:aws:imagebuilder:us-east-1:123456789012:image/${base}`;
    const followers = [await on(`${base}/x.x.x`), await on(`${arn}/1.x.x`), await on(`${base}/1.0.0`)];
    const others = [await on(`${base}/2.x.x`), await on(`${base}/1.0.0/1`), await on('ami-00000000')];
    const off = await on(`${base}/x.x.x`, { status: 'DISABLED' });
    const { imageBuildVersionArn: image } = await desk.start({ imagePipelineName: base });
    await prepared(desk, image!);
    for (let twice = 0; twice < 2; twice++) await desk.ended(image!);
    for (const name of followers)
      expect(await runsOf(desk, name)).toEqual([
        ['dependency', 'started', `${base} 1.0.0/1 is available, no image of this pipeline is available yet`],
      ]);
    for (const name of others) expect(await runsOf(desk, name)).toEqual([]);
    expect(await runsOf(desk, off)).toEqual([['dependency', 'skipped', 'the pipeline is DISABLED']]);
    expect(desk.started).toHaveLength(4);
  });
  /** An available image with an AMI in the home region, so that it can be a parent. */
  async function prepared(desk: Desk, image: string) {
    const { executionArn = '' } = await desk.gateways.images.end(image, {
      ...{ status: 'AVAILABLE', dateEnded: '2026', open: [] },
      amis: [{ region: 'us-east-1', image: 'ami-0000000a', name: 'a', accountId: '123456789012' }],
    });
    desk.executions.set(executionArn, { status: 'SUCCEEDED' });
  }
  it('a circle is refused with its chain, and registers nothing', async () => {
    const desk = openDesk(table);
    const [one, two, three] = [`circle-${++names}-a`, `circle-${names}-b`, `circle-${names}-c`] as const;
    await registered(desk, { recipe: { parentImage: `${three}/x.x.x` } }, one);
    await registered(desk, { recipe: { parentImage: `${one}/1.x.x` } }, two);
    await expect(registered(desk, { recipe: { parentImage: `${two}/x.x.x` } }, three)).rejects.toMatchObject({
      name: 'InvalidRequestError',
      message: expect.stringContaining(`${three} → ${one} → ${two} → ${three}`),
    });
    expect(await desk.gateways.pipelines.find(three)).toBeUndefined();
    await expect(registered(desk, { recipe: { parentImage: `${one}/x.x.x` } }, one)).rejects.toThrow(`${one} → ${one}`);
    // One fixed build ends it.
    await registered(desk, { recipe: { parentImage: `${two}/1.0.0/1` } }, three);
  });
  it('a circle through channels is refused, too, whichever of its pipelines is registered last', async () => {
    const desk = openDesk(table);
    const [one, two] = [`channels-${++names}-a`, `channels-${names}-b`] as const;
    const on = (name: string, parentImage: string, channel?: string) =>
      registered(
        desk,
        { recipe: { parentImage }, more: { distributionConfiguration: channel ? { channel } : {} } },
        name,
      );
    await on(one, `ssm:/images/${two}/prod`, 'prod');
    await expect(on(two, `ssm:/images/${one}/prod`, 'prod')).rejects.toMatchObject({
      name: 'InvalidRequestError',
      message: expect.stringContaining(`${two} → ${one} → ${two}`),
    });
    const arn = `arn:aws:ssm:us-east-1:123456789012:parameter/images/${two}/prod`;
    await expect(on(two, `ssm:${arn}`, 'prod')).rejects.toThrow(`${two} → ${two}`);
    await on(two, `ssm:/images/${one}/prod`, 'dev');
  });
  it('a recipe by itself that closes a circle through who refers to it is refused, too', async () => {
    const desk = openDesk(table);
    const [one, two] = [`by-recipe-${++names}-a`, `by-recipe-${names}-b`] as const;
    const recipe = (parentImage: string) => {
      const { imageRecipe } = pipeline({
        name: one,
        imageRecipe: { name: one, semanticVersion: '1.0.0', parentImage },
      });
      return putResources(desk.gateways, { imageRecipes: [{ recipe: imageRecipe as never, files: [] }], dryRun: true });
    };
    await registered(desk, {}, one);
    const { imageRecipe } = (await desk.gateways.pipelines.read(one)).pipeline;
    await putResources(desk.gateways, { imageRecipes: [{ recipe: imageRecipe as never, files: [] }] });
    const named = { ...pipeline({ name: one }), imageRecipe: `${one.toUpperCase()}/x.x.x` };
    await putResources(desk.gateways, { pipeline: named, files: [] });
    await registered(desk, { recipe: { parentImage: `${one}/x.x.x` } }, two);
    await expect(recipe(`${two}/x.x.x`)).rejects.toThrow(`${one} → ${two} → ${one}`);
  });
});

describe('autoDisablePolicy', () => {
  it('disables after so many scheduled failures in a row; a success or a registration begins anew', async () => {
    const desk = openDesk(table);
    const schedule = { scheduleExpression: 'rate(1 day)', autoDisablePolicy: { failureCount: 2 } };
    const name = await registered(desk, { more: { schedule } });
    let day = 0;
    const run = async (status: 'AVAILABLE' | 'FAILED', byHand = false) => {
      desk.clock.pass(86_400_000);
      desk.parameters['/parent'] = `ami-${String(++day).padStart(8, '0')}`;
      const { imageBuildVersionArn, ...answer } = await desk.start(
        byHand ? { imagePipelineName: name } : scheduled(name, day),
      );
      if (imageBuildVersionArn) await built(desk, imageBuildVersionArn, status);
      // The event comes a second time.
      if (imageBuildVersionArn) await desk.ended(imageBuildVersionArn);
      return answer;
    };
    const status = async () => (await desk.gateways.pipelines.read(name)).pipeline.status;
    await run('FAILED');
    await run('FAILED', true);
    expect(await status()).toBe('ENABLED');
    await run('AVAILABLE', true);
    await run('FAILED');
    expect(await status()).toBe('ENABLED');
    await run('FAILED');
    expect(await status()).toBe('DISABLED');
    const disabled = ({ detailType }: { detailType: string }) => detailType.endsWith('Automatically Disabled');
    expect(desk.events.filter(disabled)).toEqual([
      {
        detailType: 'EC2 Image Builder Image Pipeline Automatically Disabled',
        resources: [`arn:aws:imagebuilder:us-east-1:123456789012:image-pipeline/${name}`],
        detail: { 'consecutive-failures': '2' },
      },
    ]);
    expect(await run('AVAILABLE')).toEqual({
      outcome: 'skipped',
      reason: 'the pipeline is DISABLED: 2 scheduled builds failed one after the other',
    });
    expect(await register(desk, { more: { schedule } }, name)).toMatchObject({ change: 'updated' });
    expect(await register(desk, { more: { schedule } }, name)).toMatchObject({ change: 'unchanged' });
    expect(await status()).toBe('ENABLED');
    await run('FAILED');
    expect(await status()).toBe('ENABLED');
  });
});

describe('schedules of pipelines', () => {
  it('are made, changed and removed with the pipeline; a rate keeps its beat', async () => {
    const desk = openDesk(table);
    const start = desk.clock.now();
    const name = await registered(desk, { more: { schedule: { scheduleExpression: 'rate(1 day)' } } });
    const day = 86_400_000;
    const input = { imagePipelineName: name, trigger: 'schedule', scheduledTime: '<aws.scheduler.scheduled-time>' };
    expect(desk.schedules.get(name)).toEqual({
      ...{ name, expression: 'rate(1 day)', timezone: 'UTC', enabled: true, input },
      ...{ description: `Builds the pipeline ${name}`, startDate: new Date(start + day) },
    });
    desk.clock.pass(2.5 * day);
    await registered(desk, { more: { schedule: { scheduleExpression: 'rate(1 day)' } } }, name);
    expect(desk.schedules.get(name)?.startDate).toEqual(new Date(start + 3 * day));
    const schedule = {
      ...{ scheduleExpression: 'cron(30 4 ? * sun)', timezone: 'Europe/Berlin', flexibleTimeWindowMinutes: 15 },
    };
    await registered(desk, { more: { schedule, status: 'DISABLED' } }, name);
    expect(desk.schedules.get(name)).toMatchObject({
      ...{ expression: 'cron(30 4 ? * SUN *)', timezone: 'Europe/Berlin', flexibleMinutes: 15, enabled: false },
    });
    expect(desk.schedules.get(name)).not.toHaveProperty('startDate');
    await registered(desk, { more: { schedule: 'manual' } }, name);
    expect(desk.schedules.has(name)).toBe(false);
  });
});

it('an image that ends reads no pipeline that is not built on it', async () => {
  const desk = openDesk(table);
  const base = await registered(desk);
  const others = [await registered(desk), await registered(desk)];
  const child = await registered(desk, { recipe: { parentImage: `${base}/x.x.x` } });
  const { imageBuildVersionArn: image = '' } = await desk.start({ imagePipelineName: base });
  await built(desk, image, 'AVAILABLE', false);
  const read: string[] = [];
  const { find } = desk.gateways.pipelines;
  const watched = {
    ...desk.gateways,
    pipelines: {
      ...desk.gateways.pipelines,
      find: async (name: string) => {
        read.push(name);
        return find(name);
      },
    },
  };
  await desk.ended(image, watched);
  expect(read).toContain(child);
  for (const other of others) expect(read).not.toContain(other);
});

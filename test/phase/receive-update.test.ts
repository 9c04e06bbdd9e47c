// Package updates: each pipeline that a burst of messages concerns gets one request, and nobody else any.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ThrottledError } from '../../shared/errors.ts';
import type { ImageStatus } from '../../shared/model/image-record.ts';
import { changesSince } from '../../shared/phase/changes.ts';
import { indexSoftware } from '../../shared/phase/index-software.ts';
import { putResources } from '../../shared/phase/put-resources.ts';
import { receiveUpdate, snsEventSchema } from '../../shared/phase/receive-update.ts';
import type { Inventory, Package } from '../../shared/software/inventory.ts';
import { inventories } from '../../shared/store/inventories.ts';
import { publishedImages } from '../../shared/store/published-images.ts';
import { testTable } from '../store/test-table.ts';
import { openDesk } from './desk.ts';
import { home, pipeline, start } from './world.ts';

const table = await testTable();

const topicArn = 'arn:aws:sns:us-east-1:123456789012:updates';
const minute = 60_000;
let made = 0;

const deb = (name: string, version: string, source?: string): Package => ({
  ...{ manager: 'dpkg', name, version, arch: 'amd64' },
  ...(source && { source }),
});
const inventory = (...packages: Package[]): Inventory => ({ os: 'debian 12', packages });

/** A stack of its own in the one table: names of its packages and pipelines are nobody else's. */
function office() {
  const office = ++made;
  const desk = openDesk(table, start);
  const stores = { inventories: inventories(table), publishedImages: publishedImages(table) };
  const refused: { body: string; reason: string }[] = [];
  const gateways = {
    ...desk.gateways,
    ...stores,
    deadLetters: { send: async (body: string, { reason }: { reason: string }) => void refused.push({ body, reason }) },
    topicArns: [topicArn],
    window: 10 * minute,
  };
  const named = (name: string) => `${name}-${office}`;
  let builds = 0;
  const record = (arn: string, dateCreated: string, status: ImageStatus) => {
    const version = `1.0.0/${arn.split('/').at(-1)}`;
    const image = { pk: arn, sk: 'image', type: 'AMI', arn, version, dateCreated, state: { status } };
    return desk.gateways.images.create(image as never);
  };
  return {
    ...{ desk, gateways, refused, named, record },
    register: async (name: string, changes: object = {}) => {
      const asked = pipeline({ name: named(name), ...changes });
      await putResources(desk.gateways, { components: [], files: [], pipeline: asked });
      return named(name);
    },
    /** An image of the pipeline is published, and ends so. */
    built: async (pipelineName: string, contents?: Inventory, status: ImageStatus = 'AVAILABLE') => {
      const build = ++builds;
      const arn = `${pipelineName}/${build}`;
      if (contents) await stores.inventories.put(arn, contents);
      const dateCreated = new Date(start - 1000 + build).toISOString();
      await record(arn, dateCreated, status);
      await indexSoftware(gateways, { arn, sourcePipelineName: pipelineName, dateCreated });
    },
    send: (message: unknown, { id = `message-${++builds}`, topic = topicArn } = {}) => {
      const Message = typeof message === 'string' ? message : JSON.stringify(message);
      const event = { Records: [{ Sns: { TopicArn: topic, MessageId: id, Subject: null, Message } }] };
      return receiveUpdate(gateways, snsEventSchema.parse(event));
    },
    /** Updates that wait, by pipeline: of those that were asked for here. */
    pending: (pipelineName: string) => desk.gateways.queue.pending(pipelineName),
    /** The times of schedules that updates made. */
    times: () => [...desk.schedules.values()].filter(({ once }) => once).map(({ expression }) => expression),
    /** The scheduler's clock reaches the time of every schedule of one time. */
    fire: async () => {
      for (const { name, input } of [...desk.schedules.values()].filter(({ once }) => once)) {
        desk.schedules.delete(name);
        await desk.start(input as never);
      }
    },
  };
}

type Office = ReturnType<typeof office>;
const openssl = ({ named }: Office, version: string) => ({ package: named('openssl'), version });

/** As many pipelines: 7 in 40 have openssl 3.0.11, 3 a newer one, 30 none. Answers the first. */
async function registered(the: Office, count: number): Promise<string[]> {
  const [older, some] = [Math.ceil((count * 7) / 40), Math.ceil((count * 10) / 40)];
  const contents = (index: number) => {
    if (index < older)
      return inventory(deb(the.named('libssl3'), '3.0.11-1', the.named('openssl')), deb('bash', '5.2'));
    if (index < some) return inventory(deb(the.named('libssl3'), '3.0.14-1', the.named('openssl')));
    return inventory(deb(the.named('curl'), '7.88.1-10'));
  };
  const all = Array.from({ length: count }, async (_, index) => {
    const name = the.named(`pipeline ${index}`);
    const record = { pipeline: pipeline({ name }), files: [], hash: 'hash', dateUpdated: '' };
    await the.gateways.pipelines.put(name, record, 1);
    await the.built(name, contents(index));
    return name;
  });
  return (await Promise.all(all)).slice(0, older);
}

/** Everything at once in the given order, some at a time, as Lambda would. */
async function burst(the: Office, messages: { id: string; message: object }[]): Promise<void> {
  const waiting = messages.values();
  const worker = async () => {
    for (const { id, message } of waiting) await the.send(message, { id });
  };
  await Promise.all(Array.from({ length: 20 }, worker));
}

describe('a burst of messages', () => {
  it('500, duplicated and shuffled, for 40 pipelines of which 7 have the package at an older version: 7 requests', async () => {
    const the = office();
    const seven = await registered(the, 40);
    const messages = Array.from({ length: 500 }, (_, index) => {
      // Every message twice, one in twenty-five of them about openssl.
      const number = Math.floor(index / 2);
      const message =
        number % 25 === 0 ? openssl(the, '3.0.14-1') : { package: the.named(`other-${number}`), version: '2' };
      return { id: `burst-${number}`, message };
    });
    const [shuffled] = fc.sample(fc.shuffledSubarray(messages, { minLength: 500 }), { numRuns: 1, seed: 5 });
    await burst(the, shuffled!);
    expect(the.refused).toEqual([]);
    expect(the.times()).toEqual(Array(7).fill('at(2026-11-23T10:10:00)'));
    for (const name of seven) expect((await the.pending(name))?.count).toBe(10);
    await the.fire();
    expect(the.desk.started).toEqual([]);
    // A schedule that fires early is one that fires again.
    await burst(the, shuffled!.slice(0, 50));
    the.desk.clock.pass(10 * minute);
    await the.fire();
    const images = async () =>
      Promise.all(
        the.desk.started.map(async ({ image }) => (await the.gateways.images.read(image)).sourcePipelineName),
      );
    expect((await images()).sort()).toEqual(seven.toSorted());

    // Messages while the builds are under way: one follow-up for each, none before its build has ended.
    const late = Array.from({ length: 8 }, (_, index) => ({
      id: `late-${index}`,
      message: openssl(the, '3.0.14-1'),
    }));
    await burst(the, late);
    the.desk.clock.pass(10 * minute);
    await the.fire();
    the.desk.clock.pass(10 * minute);
    await the.fire();
    expect(the.desk.started).toHaveLength(7);
    for (const { image } of [...the.desk.started]) {
      await the.desk.end(image);
      await the.desk.ended(image);
      await the.desk.ended(image);
    }
    expect((await images()).sort()).toEqual([...seven, ...seven].toSorted());
  }, 150_000);

  it('in any order, with any failures in between that make a message come again', async () => {
    const the = office();
    const two = await registered(the, 8);
    const messages = Array.from({ length: 6 }, (_, index) => ({
      id: `any-${index % 3}`,
      message: index % 3 === 0 ? { package: the.named('curl'), version: '7.88.1-10' } : openssl(the, '3.0.13-1'),
    }));
    const property = fc.asyncProperty(
      fc.shuffledSubarray(messages, { minLength: messages.length }),
      fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
      async (shuffled, failures) => {
        the.desk.schedules.clear();
        for (const name of two) await table.delete({ pk: `pipeline#${name.replaceAll(' ', '-')}`, sk: 'pending' });
        const { ensure } = the.gateways.schedules;
        const left = failures.values();
        the.gateways.schedules.ensure = async (schedule) => {
          if (left.next().value) throw new ThrottledError('slow down');
          await ensure(schedule);
        };
        for (const { id, message } of shuffled)
          while (
            !(await the.send(message, { id }).then(
              () => true,
              () => false,
            ))
          );
        the.gateways.schedules.ensure = ensure;
        const asked = [...the.desk.schedules.values()].map(
          ({ input }) => (input as { imagePipelineName: string }).imagePipelineName,
        );
        expect(asked.sort()).toEqual(two.toSorted());
        for (const name of two) expect((await the.pending(name))?.count).toBe(2);
      },
    );
    await fc.assert(property, { numRuns: 3 });
  });
});

describe('a message', () => {
  const one = async (contents?: Inventory, changes: object = {}) => {
    const the = office();
    const name = await the.register('web', changes);
    await the.built(name, contents);
    return { the, name };
  };

  it('is told as the reason, with what the newest image has', async () => {
    const the = office();
    const name = await the.register('web');
    await the.built(name, inventory(deb(the.named('openssl'), '3.0.11-1')));
    expect(await the.send({ ...openssl(the, '3.0.14-1'), source: 'DSA-1', severity: 'high' })).toEqual({
      ...{ pipelines: [name], refused: 0 },
    });
    const [reason] = (await the.pending(name))!.reasons;
    const expected = `package update ${the.named('openssl')} 3.0.14-1 (DSA-1, high); the newest image has ${the.named('openssl')} 3.0.11-1`;
    expect(reason).toBe(expected);
  });
  it('after the new image is available concerns nobody; the next version does', async () => {
    const the = office();
    const name = await the.register('web');
    const curl = the.named('curl');
    await the.built(name, inventory(deb(curl, '1')));
    await the.built(name, inventory(deb(curl, '2'), deb(the.named('new'), '1')));
    expect((await the.send({ package: curl, version: '2' })).pipelines).toEqual([]);
    expect((await the.send({ package: the.named('new'), version: '2' })).pipelines).toEqual([name]);
    await the.built(name, inventory());
    expect((await the.send({ package: curl, version: '3' })).pipelines).toEqual([]);
  });
  it('while a build is under way asks for another look a minute later, once', async () => {
    const the = office();
    const name = await the.register('web');
    await the.built(name, inventory(deb(the.named('curl'), '1')));
    await the.send({ package: the.named('curl'), version: '2' });
    the.desk.schedules.clear();
    the.desk.clock.pass(15 * minute + 1);
    for (const version of ['3', '4', '5']) await the.send({ package: the.named('curl'), version });
    expect(the.times()).toEqual(['at(2026-11-23T10:17:00)']);
    expect((await the.pending(name))?.count).toBe(4);
  });
  it('starts what may contain anything: images with a partial inventory, or with none', async () => {
    for (const contents of [{ ...inventory(), partial: true } as Inventory, undefined]) {
      const { the, name } = await one(contents);
      expect((await the.send({ package: 'whatever' })).pipelines).toContain(name);
      await the.built(name, inventory());
      expect((await the.send({ package: 'whatever' })).pipelines).not.toContain(name);
    }
  });
  it('starts who lists the package, whatever the image contains, even before there is one', async () => {
    const the = office();
    const name = await the.register('web', { packageUpdates: [the.named('kernel')] });
    expect((await the.send({ package: the.named('kernel'), version: '1' })).pipelines).toEqual([name]);
    await the.register('web');
    expect((await the.send({ package: the.named('kernel'), version: '1' })).pipelines).toEqual([]);
  });
  it('starts no pipeline that is DISABLED', async () => {
    const the = office();
    const name = await the.register('web', { status: 'DISABLED', packageUpdates: [the.named('curl')] });
    await the.built(name);
    expect((await the.send({ package: the.named('curl') })).pipelines).toEqual([]);
  });
  it('finds packages by names of any length and language', async () => {
    const the = office();
    const name = await the.register('web');
    const long = (end: string) => deb(`${the.named('\u{1F4E6}'.repeat(700))}${end}`, '1');
    await the.built(name, inventory(long('a'), long('b'), deb(the.named('curl'), '1')));
    expect((await the.send({ package: the.named('curl'), version: '2' })).pipelines).toEqual([name]);
  });
  it('starts no pipeline that is not registered any more', async () => {
    const the = office();
    await the.built(the.named('gone'), inventory(deb(the.named('curl'), '1')));
    expect((await the.send({ package: the.named('curl'), version: '2' })).pipelines).toEqual([]);
  });
  it('of another parent image starts those who build on it', async () => {
    const the = office();
    const parameter = `/images/${the.named('base')}`;
    const imageRecipe = { name: 'hello', semanticVersion: '1.0.0', parentImage: `ssm:${parameter}` };
    const name = await the.register('web', { imageRecipe });
    const event = {
      ...{ source: 'aws.ssm', 'detail-type': 'Parameter Store Change', region: home.region },
      detail: { name: parameter, operation: 'Update' },
    };
    expect((await the.send(event)).pipelines).toEqual([name]);
    expect((await the.pending(name))!.reasons).toEqual([`parent image update ssm:${parameter.slice(1)}`]);
    await the.register('web');
    expect((await the.send(event)).pipelines).toEqual([]);
  });
  it('of a parent image that a recipe has since it was registered by itself, too', async () => {
    const the = office();
    const { desk, named, gateways } = the;
    const recipe = (parameter: string) => {
      const asked = { name: named('shared'), semanticVersion: '1.0.x', parentImage: `ssm:/images/${named(parameter)}` };
      const { imageRecipe } = pipeline({ imageRecipe: { ...asked, semanticVersion: '1.0.0' } });
      return { recipe: { ...imageRecipe, semanticVersion: '1.0.x' } as never, files: [] };
    };
    await putResources(desk.gateways, { imageRecipes: [recipe('old')] });
    const name = await the.register('by reference', {});
    const { pipeline: before } = await gateways.pipelines.read(name);
    const followed = { ...before, imageRecipe: `${named('Shared')}/1.x.x` };
    await putResources(desk.gateways, { pipeline: followed });
    await putResources(desk.gateways, { imageRecipes: [recipe('new')] });
    const source = `/images/${named('new')}`;
    await the.send({
      ...{ source: 'aws.ssm', 'detail-type': 'Parameter Store Change', region: home.region },
      detail: { operation: 'Update', name: source },
    });
    expect((await the.pending(name))!.reasons).toEqual([`parent image update ssm:${source.slice(1)}`]);
  });
  it('that cannot be read goes to the dead letters with the reason, and is not tried again', async () => {
    const the = office();
    expect(await the.send('openssl is out')).toEqual({ pipelines: [], refused: 1 });
    const topic = 'arn:aws:sns:us-east-1:999999999999:updates';
    expect(await the.send({ package: 'curl' }, { topic })).toEqual({ pipelines: [], refused: 1 });
    expect(the.refused).toEqual([
      { body: 'openssl is out', reason: 'it is neither JSON nor the text that announces Windows AMIs' },
      { body: '{"package":"curl"}', reason: `it came from ${topic}, which is none of the configured topics` },
    ]);
  });
});

describe('the image that decides', () => {
  const curl = (the: Office, version: string) => inventory(deb(the.named('curl'), version));
  const concerned = async (the: Office, version: string) =>
    (await the.send({ package: the.named('curl'), version })).pipelines.length === 1;

  it('is the newest that became available, not one that failed to be published', async () => {
    const the = office();
    const name = await the.register('web');
    await the.built(name, curl(the, '1'));
    await the.built(name, curl(the, '2'), 'FAILED');
    await the.built(name, curl(the, '3'), 'CANCELLED');
    expect(await concerned(the, '2')).toBe(true);
    await the.built(name, curl(the, '2'));
    expect(await concerned(the, '2')).toBe(false);
  });
  it('may be one that is being published: what is new in it is not missed', async () => {
    const the = office();
    const name = await the.register('web');
    await the.built(name, inventory());
    await the.built(name, curl(the, '1'), 'DISTRIBUTING');
    expect(await concerned(the, '2')).toBe(true);
  });
  it('may be anything where the newest ten failed to be published; there is none where all did', async () => {
    const the = office();
    const name = await the.register('web');
    await the.built(name, curl(the, '1'), 'FAILED');
    expect(await concerned(the, '2')).toBe(false);
    for (let build = 0; build < 10; build++) await the.built(name, curl(the, '1'), 'FAILED');
    expect(await concerned(the, '2')).toBe(true);
  });
  it('is not one whose record is gone', async () => {
    const the = office();
    const name = await the.register('web');
    await the.built(name, curl(the, '1'));
    await the.gateways.publishedImages.add(name, { arn: 'gone', dateCreated: '2027' });
    expect(await concerned(the, '2')).toBe(true);
  });
  it('is not one that was distributed without a build', async () => {
    const the = office();
    const name = await the.register('web');
    await the.built(name, curl(the, '2'));
    const distributionOf = { image: 'ami-1', region: 'us-east-1' };
    const [arn, dateCreated] = [`${name}/distributed`, '2027'];
    await the.gateways.inventories.put(arn, curl(the, '1'));
    await the.record(arn, dateCreated, 'AVAILABLE');
    await indexSoftware(the.gateways, { arn, sourcePipelineName: name, dateCreated, distributionOf });
    expect(await concerned(the, '2')).toBe(false);
  });
  it('is the one that began last, in whatever order builds end', async () => {
    const the = office();
    const name = await the.register('web');
    const { inventories } = the.gateways;
    for (const build of [2, 1, 2]) {
      const [arn, dateCreated] = [`${name}/${build}`, `2026-11-2${build}`];
      await inventories.put(arn, curl(the, String(build)));
      await the.record(arn, dateCreated, 'AVAILABLE');
      await indexSoftware(the.gateways, { arn, sourcePipelineName: name, dateCreated });
    }
    expect(await concerned(the, '2')).toBe(false);
    expect(await concerned(the, '3')).toBe(true);
  });
});

describe('what changed', () => {
  const changes = (the: Office, name: string, version: number) =>
    the.gateways.images
      .read(`${name}/${version}`)
      .then((image) => changesSince(the.gateways, { ...image, sourcePipelineName: name }));

  it('is told against the newest image before it that became available', async () => {
    const the = office();
    const name = await the.register('web');
    await the.built(name, inventory(deb('curl', '1'), deb('nano', '1')));
    await the.built(name, inventory(deb('curl', '2')), 'FAILED');
    await the.built(name, inventory(deb('curl', '2'), deb('nginx', '1')));
    expect(await changes(the, name, 3)).toBe('Packages since 1.0.0/1: 1 upgraded, 1 added, 1 removed');
    expect(await changes(the, name, 1)).toBeUndefined();
  });
  it('is not told where an inventory is missing or partial', async () => {
    const the = office();
    const name = await the.register('web');
    await the.built(name, { ...inventory(deb('curl', '1')), partial: true });
    expect(await changes(the, name, 1)).toBeUndefined();
    await the.built(name, inventory(deb('curl', '2')));
    expect(await changes(the, name, 2)).toBeUndefined();
    await the.built(name);
    expect(await changes(the, name, 3)).toBeUndefined();
  });
});

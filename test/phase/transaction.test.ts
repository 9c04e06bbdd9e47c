// Publishing is atomic: whatever goes wrong at whatever call, consumers see what they saw before or the new image, never one that is gone.
import { describe, expect, it } from 'vitest';
import { cleanup } from '../../shared/phase/cleanup.ts';
import { publishImage } from '../../shared/phase/publish-image.ts';
import { testTable } from '../store/test-table.ts';
import { Killed, mortal } from './mortal.ts';
import { newWorld, planOf, start, type World } from './world.ts';

const table = await testTable();

const home = 'us-east-1';
const away = 'eu-west-1';
const template = (n: number) => `lt-${String(n).padStart(17, '0')}`;

/** Two regions: every kind of target in the home region, one of each in the other. */
async function ready() {
  const { distributions } = planOf('x/1');
  const launchPermission = {
    userIds: ['111111111111'],
    userGroups: [],
    organizationArns: [],
    organizationalUnitArns: [],
  };
  const world = await newWorld(table, {
    // Not a word of scripts: publishing reads none, and writing them takes its time.
    ...{ build: [], test: [] },
    distributions: distributions.map((one, index) => ({
      ...one,
      launchPermission,
      launchTemplateConfigurations: [
        { launchTemplateId: template(1), setDefaultVersion: true },
        { launchTemplateId: template(2), setDefaultVersion: false },
      ].slice(0, index === 0 ? 2 : 1),
      ssmParameterConfigurations: [
        { parameterName: '/images/web', dataType: 'aws:ec2:image' as const },
        { parameterName: '/images/new', dataType: 'aws:ec2:image' as const },
        { parameterName: 'web', dataType: 'text' as const },
      ].slice(0, index === 0 ? 3 : 1),
    })),
  });
  const { ec2, consumers } = world;
  for (const [key, region, kind] of [
    ['SnapshotAmi#0#0', home, 'image'],
    ['CopyRegion#1#0', away, 'copy'],
  ] as const) {
    const id = await ec2.amisOf(region).create({ Name: world.image } as never);
    Object.assign(ec2.ami(id), { state: 'available' });
    await world.gateways.ledgers.note(world.image, key, {
      kind,
      region: region,
      token: 't',
      since: start,
      until: start,
      id,
    });
    const old = `ami-old-${region}`;
    consumers.addTemplate(region, template(1), old);
    consumers.addTemplate(region, template(2), old);
    consumers.addParameter(region, '/images/web', old);
    consumers.addParameter(region, 'web', old, 'text');
  }
  world.clock.pass(10 * 60_000);
  ec2.calls = [];
  const before = seen(world);
  return { world, before, amis: Object.fromEntries(ec2.amis.map(({ region, id }) => [region, id])) };
}

const seen = ({ consumers, ec2 }: World) => ({
  ...consumers.seen(),
  // Nobody is shared an AMI that is gone.
  ...Object.fromEntries(
    ec2.amis.map(({ region, permissions, state }) => [
      `${region} shared with`,
      state === 'available' ? permissions.join() : '',
    ]),
  ),
});

/** What consumers see after the commit. */
const published = (amis: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(amis).flatMap(([region, id]) => {
      const old = `ami-old-${region}`;
      const atHome = region === home;
      return [
        [`${region} ${template(1)} $Default`, id],
        [`${region} ${template(1)} $Latest`, id],
        [`${region} ${template(2)} $Default`, old],
        [`${region} ${template(2)} $Latest`, atHome ? id : old],
        [`${region} /images/web`, id],
        ...(atHome ? [[`${region} /images/new`, id]] : []),
        [`${region} web`, atHome ? id : old],
        [`${region} shared with`, '111111111111'],
      ];
    }),
  );

const publish = (world: World, gateways = world.gateways) =>
  publishImage(gateways, { image: world.image }, world.lambda());

/** As the machine and the sweep do: until nothing is left that another try may release. */
async function cleanedUp(world: World) {
  for (let tries = 0; ; tries++) {
    try {
      await cleanup(world.gateways, world.image);
      return;
    } catch (error) {
      expect((error as Error).name).toBe('NotReadyError');
      expect(tries).toBeLessThan(30);
      assertNoneGone(world);
      world.clock.pass(30_000);
    }
  }
}

/** Nothing that a consumer reaches is an AMI that was deregistered. */
function assertNoneGone({ consumers, ec2 }: World): void {
  const gone = ec2.amis.filter(({ state }) => state !== 'available').map(({ id }) => id);
  expect(Object.values(consumers.seen()).filter((id) => gone.includes(id ?? ''))).toEqual([]);
}

/** Consumers see all of the new image, or none of it; then its AMIs are gone. */
async function assertAtomic({ world, before, amis }: Awaited<ReturnType<typeof ready>>): Promise<'old' | 'new'> {
  await cleanedUp(world);
  // What AWS was asked for in the last moment happens now.
  world.consumers.take();
  assertNoneGone(world);
  const { publication } = await world.ledger();
  if (publication?.status === 'PUBLISHED') {
    expect(seen(world)).toEqual(published(amis));
    expect(world.ec2.remaining()).toHaveLength(2);
    return 'new';
  }
  expect(seen(world)).toEqual(before);
  expect(world.ec2.remaining()).toEqual([]);
  return 'old';
}

/** The calls of a publication that goes well, by which faults are placed. */
async function callsOf(): Promise<string[]> {
  const { world } = await ready();
  await publish(world);
  return world.ec2.calls.map((call) => call.replace(/ami-\d+/, 'AMI'));
}

describe('publishing every kind of target', () => {
  it('sets all of them, and again changes nothing', async () => {
    const set = await ready();
    await publish(set.world);
    expect(seen(set.world)).toEqual(published(set.amis));
    await publish(set.world);
    expect(seen(set.world)).toEqual(published(set.amis));
    expect(await assertAtomic(set)).toBe('new');
  });
  it.each(['refused', 'lost'])('a call that is %s, whichever it is: all or nothing', async (fault) => {
    const outcomes = new Set<string>();
    const calls = await callsOf();
    for (const index of calls.keys()) {
      const set = await ready();
      const { ec2 } = set.world;
      const at = () => ec2.calls.length === index + 1;
      if (fault === 'refused') ec2.refuse = () => (at() ? 'UnauthorizedOperation' : undefined);
      else ec2.lose = at;
      await publish(set.world).catch((error: Error) =>
        expect(['AccessDeniedError', 'ThrottledError']).toContain(error.name),
      );
      outcomes.add(await assertAtomic(set));
    }
    expect([...outcomes].sort()).toEqual(['new', 'old']);
  });
  it('a lost answer and another try: published, with one version of each template', async () => {
    const calls = await callsOf();
    for (const index of calls.keys()) {
      const set = await ready();
      const { ec2, consumers } = set.world;
      ec2.lose = () => ec2.calls.length === index + 1;
      await publish(set.world).catch((error: Error) => expect(error.name).toBe('ThrottledError'));
      await publish(set.world);
      expect([...consumers.templates.values()].map(({ versions }) => versions.length)).toEqual([2, 2, 2, 1]);
      expect(await assertAtomic(set)).toBe('new');
    }
  });
  it('a function that is killed after any of its calls, and nobody tries again: all or nothing', {
    timeout: 120_000,
  }, async () => {
    const outcomes = new Set<string>();
    for (let calls = 1; ; calls++) {
      const set = await ready();
      const died = await publish(set.world, mortal(set.world, calls)).then(
        () => false,
        (error: unknown) => {
          expect(error).toBeInstanceOf(Killed);
          return true;
        },
      );
      outcomes.add(await assertAtomic(set));
      if (!died) break;
    }
    expect([...outcomes].sort()).toEqual(['new', 'old']);
  });
  it('a function that hangs before any of its calls while cleanup is at it, and comes back before its time is over', {
    timeout: 120_000,
  }, async () => {
    const outcomes = new Set<string>();
    for (let at = 1; ; at++) {
      const set = await ready();
      const { world } = set;
      const late = hanging(world, at);
      const publishing = publish(world, late.gateways).catch((error: Error) => error);
      if ((await Promise.race([late.reached, publishing.then(() => 'ended')])) === 'ended') break;
      // Cleanup closes the ledger, and does what it may; then the function goes on.
      await cleanup(world.gateways, world.image).catch(() => {});
      assertNoneGone(world);
      late.release();
      await publishing;
      assertNoneGone(world);
      outcomes.add(await assertAtomic(set));
    }
    // What hangs after the commit has published.
    expect([...outcomes].sort()).toEqual(['new', 'old']);
  });
  it('a parameter that AWS takes only after the build has ended is put back', async () => {
    const set = await ready();
    const { world } = set;
    world.consumers.atOnce = false;
    await expect(publish(world)).rejects.toMatchObject({
      name: 'NotReadyError',
      message: expect.stringContaining('does not hold ami-'),
    });
    await expect(cleanup(world.gateways, world.image)).rejects.toMatchObject({ name: 'NotReadyError' });
    world.consumers.take();
    assertNoneGone(world);
    world.consumers.atOnce = true;
    expect(await assertAtomic(set)).toBe('old');
  });
  it('a parameter that AWS never takes ends the build, and the reason says where to look', async () => {
    const set = await ready();
    const { world } = set;
    world.consumers.atOnce = false;
    await expect(publish(world)).rejects.toMatchObject({ name: 'NotReadyError' });
    world.clock.pass(6 * 60_000);
    await expect(publish(world)).rejects.toMatchObject({
      name: 'InvalidRequestError',
      message: expect.stringMatching(
        /^SSM parameter \/images\/\w+ in .* still does not hold ami-.*with an exception\.$/,
      ),
    });
  });
});

describe('what somebody else changed', () => {
  it.each(['template', 'parameter'])(
    'before it was set, a %s: nothing is published, and theirs stays',
    async (what) => {
      const set = await ready();
      const { world, before } = set;
      const { tryTargets } = world.gateways.ledgers;
      const theirs: Record<string, string> = {};
      world.gateways.ledgers.tryTargets = async (...given) => {
        if (what === 'parameter') world.consumers.addParameter(home, '/images/web', 'ami-theirs');
        else Object.assign(world.consumers.addTemplate(home, template(1), 'ami-theirs'), { defaultVersion: 7 });
        return tryTargets(...given);
      };
      if (what === 'parameter') theirs[`${home} /images/web`] = 'ami-theirs';
      else
        Object.assign(theirs, {
          [`${home} ${template(1)} $Default`]: undefined,
          [`${home} ${template(1)} $Latest`]: 'ami-theirs',
        });
      await expect(publish(world)).rejects.toMatchObject({
        name: 'InvalidRequestError',
        message: expect.stringContaining('somebody else changed it, so nothing is published'),
      });
      await cleanedUp(world);
      expect(seen(world)).toEqual({ ...before, ...theirs });
      expect(world.ec2.remaining()).toEqual([]);
    },
  );
  it('after it was set stays theirs', async () => {
    const set = await ready();
    const { world, before } = set;
    world.gateways.ledgers.commit = () => Promise.reject(new Error('killed'));
    await expect(publish(world)).rejects.toThrow('killed');
    world.consumers.addParameter(home, '/images/web', 'ami-theirs');
    const { versions } = world.consumers.templates.get(`${home} ${template(1)}`)!;
    versions.push({ version: 3, imageId: 'ami-theirs', description: '' });
    world.consumers.templates.get(`${home} ${template(1)}`)!.defaultVersion = 3;
    await cleanedUp(world);
    expect(seen(world)).toEqual({
      ...before,
      [`${home} /images/web`]: 'ami-theirs',
      [`${home} ${template(1)} $Default`]: 'ami-theirs',
      [`${home} ${template(1)} $Latest`]: 'ami-theirs',
    });
  });
  it('a target that cannot be put back keeps its AMI, and both are named', async () => {
    const { world, amis } = await ready();
    world.gateways.ledgers.commit = () => Promise.reject(new Error('killed'));
    await expect(publish(world)).rejects.toThrow('killed');
    world.ec2.refuse = (call) => (call === `put /images/web in ${home}` ? 'AccessDeniedException' : undefined);
    await expect(cleanup(world.gateways, world.image)).rejects.toMatchObject({
      name: 'CleanupError',
      message: expect.stringMatching(
        new RegExp(
          `ssmParameter /images/web in ${home}: .*AccessDenied.*image ${amis[home]} in ${home}: It stays for as long as ssmParameter /images/web may name it`,
        ),
      ),
    });
    assertNoneGone(world);
    expect(world.ec2.remaining().map(({ region }) => region)).toEqual([home]);
    world.ec2.refuse = () => undefined;
    await cleanedUp(world);
    expect(world.ec2.remaining()).toEqual([]);
  });
});

describe('checked before the first target is touched', () => {
  const touched = ({ ec2 }: World) => ec2.calls.filter((call) => /^(share|version|default|put|remove)/.test(call));
  it('a template that is not there', async () => {
    const { world } = await ready();
    world.consumers.templates.delete(`${away} ${template(1)}`);
    await expect(publish(world)).rejects.toMatchObject({ name: 'NotFoundError' });
    expect(touched(world)).toEqual([]);
  });
  it('a template whose owner did not consent', async () => {
    const { world } = await ready();
    world.consumers.templates.get(`${away} ${template(1)}`)!.tags = {};
    await expect(publish(world)).rejects.toMatchObject({
      name: 'InvalidRequestError',
      message: expect.stringContaining('--tags Key=serverless-image-builder:published-by,Value=stack'),
    });
    expect(touched(world)).toEqual([]);
  });
  it('a parameter of another type', async () => {
    const { world } = await ready();
    world.consumers.addParameter(away, '/images/web', 'ami-old', 'text');
    await expect(publish(world)).rejects.toMatchObject({
      name: 'InvalidRequestError',
      message: expect.stringContaining(
        'is a String of data type text, and is to be a String of data type aws:ec2:image',
      ),
    });
    expect(touched(world)).toEqual([]);
  });
  it('an account that lets nothing be public', async () => {
    const { distributions } = planOf('x/1');
    const launchPermission = {
      userIds: [],
      userGroups: ['all' as const],
      organizationArns: [],
      organizationalUnitArns: [],
    };
    const world = await newWorld(table, { distributions: [{ ...distributions[0]!, launchPermission }], copies: [] });
    const id = await world.ec2.amisOf(home).create({ Name: world.image } as never);
    const entry = { kind: 'image' as const, region: home, token: 't', since: start, until: start, id };
    await world.gateways.ledgers.note(world.image, 'SnapshotAmi#0#0', entry);
    world.consumers.blocked.add(home);
    await expect(publish(world)).rejects.toMatchObject({
      name: 'InvalidRequestError',
      message: expect.stringContaining(
        `The image cannot be public in ${home}: the account blocks public access to AMIs there.`,
      ),
    });
    expect(touched(world)).toEqual([]);
  });
});

describe('after the commit', () => {
  const retiring = async () => {
    const set = await ready();
    const { world } = set;
    const plan = await world.gateways.plans.read(world.image);
    const scripts = { build: [], test: [] };
    const settings = {
      deprecateAfter: { value: 1, unit: 'MONTHS' as const },
      deregistrationProtection: { enabled: true, withCooldown: true },
    };
    await world.gateways.plans.write(
      { ...plan, distributions: plan.distributions.map((one) => ({ ...one, ...settings })) },
      scripts,
    );
    return set;
  };
  it('AMIs are deprecated after a period from the beginning, and protected; again is the same', async () => {
    const { world, amis } = await retiring();
    await publish(world);
    const date = new Date('2026-12-23T10:10:00.000Z');
    expect([...world.consumers.deprecated]).toEqual([
      [amis[home], date],
      [amis[away], date],
    ]);
    expect([...world.consumers.protected]).toEqual([
      [amis[home], true],
      [amis[away], true],
    ]);
    world.clock.pass(60_000);
    await publish(world);
    expect([...world.consumers.deprecated.values()]).toEqual([date, date]);
  });
  it('what is refused is a note, what is throttled is tried again; nothing is undone', async () => {
    const set = await retiring();
    const { world, amis } = set;
    world.ec2.refuse = (call) => (call.startsWith('protect') ? 'RequestLimitExceeded' : undefined);
    await expect(publish(world)).rejects.toMatchObject({ name: 'ThrottledError' });
    world.ec2.refuse = (call) => (call === `deprecate ${amis[away]}` ? 'UnauthorizedOperation' : undefined);
    await publish(world);
    const { notes } = await world.read();
    expect(notes).toEqual([
      expect.stringMatching(/^Tried deprecate ami-.*The image is published all the same; set it by hand\.$/),
    ]);
    expect(await assertAtomic(set)).toBe('new');
  });
});

/** Gateways of a function that stands still before its n-th call on EC2 or Systems Manager, until it is released. */
function hanging(world: World, at: number) {
  const released = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const { gateways } = world;
  let calls = 0;
  const slow = <Gateway extends object>(gateway: Gateway): Gateway =>
    new Proxy(gateway, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return async (...given: unknown[]) => {
          if (++calls === at) {
            reached.resolve();
            await released.promise;
          }
          return value.apply(target, given);
        };
      },
    });
  const places = ['amis', 'launchTemplates', 'publishedParameters', 'amiSettings'] as const;
  const slowly = Object.fromEntries(
    places.map((place) => [place, (region: string) => slow<object>(gateways[place](region))]),
  ) as unknown as Pick<typeof gateways, (typeof places)[number]>;
  return {
    gateways: { ...gateways, ...slowly },
    reached: reached.promise.then(() => 'reached'),
    release: () => released.resolve(),
  };
}

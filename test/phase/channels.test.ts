import { describe, expect, it } from 'vitest';
import { testTable } from '../store/test-table.ts';
import { type Family, newFamily, threeRegions } from './family.ts';
import { Killed, mortal } from './mortal.ts';

const table = await testTable();
let families = 0;

const family = (regionsOfEach = [threeRegions, threeRegions, threeRegions]) =>
  newFamily(table, `web-${++families}`, regionsOfEach);

const parameterOf = ({ name }: Family) => `/images/${name}/prod`;
const afterAllCould = (one: Family) => one.world.clock.pass(2 * 60_000 + 1);

describe('promote', () => {
  it('sets the parameter of every region, and keeps who, when and from', async () => {
    const one = await family();
    const [first, second] = one.images as [string, string];
    expect(await one.promote(first, { by: 'arn:aws:iam::123456789012:user/ada' })).toMatchObject({ changed: true });
    expect(one.shown()).toEqual(await one.amisOf(first));
    await one.promote(second);
    expect(one.shown()).toEqual(await one.amisOf(second));
    const { image, history, pending } = await one.channel();
    expect({ image, pending }).toEqual({ image: second, pending: undefined });
    expect(history).toMatchObject([
      { action: 'promote', image: second, from: first },
      { action: 'promote', image: first, by: 'arn:aws:iam::123456789012:user/ada' },
    ]);
    expect(history[1]!.from).toBeUndefined();
  });
  it('tells the bus once, in AWS’s shape of a notice', async () => {
    const one = await family();
    const [first] = one.images as [string];
    await one.promote(first, { by: 'ada' });
    await one.promote(first);
    await one.settle();
    expect(one.world.events.map(({ detailType, resources, detail }) => ({ detailType, resources, detail }))).toEqual([
      {
        detailType: 'Image Channel Change',
        resources: [first],
        detail: {
          ...{
            name: one.name,
            channel: 'prod',
            parameter: parameterOf(one),
            action: 'promote',
            image: first,
            by: 'ada',
          },
          at: '2026-11-23T10:00:00.000Z',
          amis: threeRegions.map((region, index) => ({ region, image: one.shown()[index] })),
        },
      },
    ]);
  });
  it('to what it is already writes nothing; a parameter that somebody changed is set again', async () => {
    const one = await family();
    const [first, second] = one.images as [string, string];
    await one.promote(first);
    const puts = () => one.world.parameters.calls.filter((call) => call.startsWith('put')).length;
    const before = puts();
    expect(await one.promote(first)).toMatchObject({ changed: false });
    expect(puts()).toBe(before);
    const foreign = (await one.amisOf(second))[1]!;
    one.world.parameters.kept.get(`eu-west-1 ${parameterOf(one)}`)!.value = foreign;
    expect(await one.promote(first)).toMatchObject({ changed: true });
    expect(one.shown()).toEqual(await one.amisOf(first));
  });
  it('puts every region back where one refuses for good', async () => {
    const one = await family();
    const [first, second] = one.images as [string, string];
    await one.promote(first);
    one.world.parameters.refuse = (call) =>
      call === `put ${parameterOf(one)} in ap-south-1` ? 'AccessDeniedException' : undefined;
    await expect(one.promote(second)).rejects.toMatchObject({
      name: 'AccessDeniedError',
      message: expect.stringContaining('put /images/'),
    });
    expect(one.shown()).toEqual(await one.amisOf(first));
    const { image, pending, history } = await one.channel();
    expect({ image, pending, moves: history.length }).toEqual({ image: first, pending: undefined, moves: 1 });
  });
  it('deletes what was not there before where the first promotion fails', async () => {
    const one = await family();
    one.world.parameters.refuse = (call) =>
      call === `put ${parameterOf(one)} in eu-west-1` ? 'AccessDeniedException' : undefined;
    await expect(one.promote(one.images[0]!)).rejects.toMatchObject({ name: 'AccessDeniedError' });
    expect(one.shown()).toEqual([undefined, undefined, undefined]);
  });
  it('a value that never shows: put back, and looked at again once it can no longer show', async () => {
    const one = await family();
    const [first, second] = one.images as [string, string];
    await one.promote(first);
    one.world.parameters.delay = () => 10 * 60_000;
    await expect(one.promote(second)).rejects.toMatchObject({ name: 'NotReadyError' });
    one.world.parameters.delay = () => 300;
    await expect(one.promote(second)).rejects.toMatchObject({
      name: 'NotReadyError',
      message: expect.stringMatching(
        /^The channel prod of web-\d+ is being moved to arn:.*\/2 since .* is put back by the next call, or by the sweep, after 2026-/,
      ),
    });
    afterAllCould(one);
    expect(await one.promote(second)).toMatchObject({ changed: true });
    expect(one.shown()).toEqual(await one.amisOf(second));
  });
  it('refuses to leave a region unless asked, and names it', async () => {
    const one = await family([threeRegions, ['us-east-1']]);
    const [first, second] = one.images as [string, string];
    await one.promote(first);
    await expect(one.promote(second)).rejects.toMatchObject({
      name: 'InvalidRequestError',
      message: `The channel prod of ${one.name} is in ap-south-1, eu-west-1, and ${second} is not. Distribute it there first, or promote it with dropRegions (--drop-regions): the channel then has no parameter there any more.`,
    });
    expect(await one.promote(second, { dropRegions: true })).toMatchObject({ dropped: ['ap-south-1', 'eu-west-1'] });
    expect(one.shown()).toEqual(await one.amisOf(second));
  });
  it('refuses what is not available, was revoked, or has lost an AMI, and a parameter that is not ours', async () => {
    const one = await family();
    const [first, second, third] = one.images as [string, string, string];
    await one.revoke(first);
    const refused = (message: unknown) => ({ name: 'InvalidRequestError', message });
    await expect(one.promote(first)).rejects.toMatchObject(
      refused(expect.stringMatching(/AVAILABLE and not revoked: arn:.* was revoked at 2026-.*: CVE-2026-1\.$/)),
    );
    await expect(one.promote(one.world.image)).rejects.toMatchObject(
      refused(
        `An image that is promoted must be AVAILABLE and not revoked: ${one.world.image} is PENDING, not AVAILABLE.`,
      ),
    );
    const [, ami] = (await one.amisOf(second)) as string[];
    one.world.ec2.ami(ami!).state = 'deregistered';
    await expect(one.promote(second)).rejects.toMatchObject(
      refused(`The channel prod of ${one.name} cannot be moved to AMI ${ami} in eu-west-1: it does not exist.`),
    );
    one.world.parameters.kept.set(`us-east-1 ${parameterOf(one)}`, {
      value: 'hello',
      type: 'String',
      dataType: 'text',
    });
    await expect(one.promote(third)).rejects.toMatchObject(
      refused(
        `The parameter ${parameterOf(one)} in us-east-1 has data type text, not aws:ec2:image: it is none of ours. Delete it, or name another channel.`,
      ),
    );
    expect(one.shown()).toEqual(['hello', undefined, undefined]);
  });
  it('one that is revoked while it is promoted stays out', async () => {
    const one = await family();
    const [first, second] = one.images as [string, string];
    await one.promote(first);
    const meanwhile = {
      ...one.gateways,
      amis: (region: string) => ({
        ...one.gateways.amis(region),
        find: async (id: string) => {
          await one.gateways.images.revoke(second, { at: '2026-11-23T10:00:00.000Z', reason: 'CVE-2026-1' });
          return one.gateways.amis(region).find(id);
        },
      }),
    };
    await expect(one.promote(second, {}, meanwhile)).rejects.toMatchObject({
      name: 'InvalidRequestError',
      message: `The channel prod of ${one.name} stays as it was: ${second} was revoked at 2026-11-23T10:00:00.000Z: CVE-2026-1.`,
    });
    expect(one.shown()).toEqual(await one.amisOf(first));
    expect((await one.channel()).pending).toBeUndefined();
  });
  it('one that is being retired stays out for as long; a run that was killed keeps nobody for ever', async () => {
    const one = await family();
    const [first] = one.images as [string];
    const until = one.world.clock.now() + 5 * 60_000;
    await one.gateways.retirements.mark(first, { run: 'run', until }, one.world.clock.now());
    await expect(one.promote(first)).rejects.toMatchObject({
      name: 'NotReadyError',
      message: `The channel prod of ${one.name} stays as it was: ${first} is being retired at this moment.`,
    });
    expect(one.shown()).toEqual([undefined, undefined, undefined]);
    expect((await one.channel()).pending).toBeUndefined();
    one.world.clock.pass(7 * 60_000);
    expect(await one.promote(first)).toMatchObject({ changed: true });
  });
  it('keeps fifty changes', async () => {
    const one = await family();
    for (let count = 0; count < 53; count++) await one.promote(one.images[count % 2]!);
    const { history } = await one.channel();
    expect(history.length).toBe(50);
    expect(history[0]!.image).toBe(one.images[0]);
  });
});

describe('revoke', () => {
  it('moves channels back to the image they had last that may be used', async () => {
    const one = await family();
    const [first, second, third] = one.images as [string, string, string];
    for (const image of [first, second, third]) await one.promote(image);
    await one.promote(first, { channel: 'dev' });
    await one.revoke(second);
    expect(one.shown()).toEqual(await one.amisOf(third));
    const { channels } = await one.revoke(third);
    expect(channels).toEqual([{ name: one.name, channel: 'prod', image: first }]);
    expect(one.shown()).toEqual(await one.amisOf(first));
    expect((await one.channel()).history[0]).toMatchObject({
      ...{ action: 'revoke', image: first, from: third, reason: 'CVE-2026-1' },
    });
  });
  it('without an image to go to the parameters are deleted, and the channel says so', async () => {
    const one = await family();
    const [first, second] = one.images as [string, string];
    await one.promote(first);
    const revoked = await one.revoke(first);
    expect(revoked.channels).toEqual([{ name: one.name, channel: 'prod' }]);
    expect(one.shown()).toEqual([undefined, undefined, undefined]);
    const { image, amis, history } = await one.channel();
    expect({ image, amis }).toEqual({ image: undefined, amis: {} });
    expect(history[0]!.image).toBeUndefined();
    await one.promote(second);
    expect(one.shown()).toEqual(await one.amisOf(second));
  });
  it('goes back to regions that the revoked image was not in, and leaves those that only it had', async () => {
    const one = await family([
      ['us-east-1', 'eu-west-1'],
      ['eu-west-1', 'ap-south-1'],
    ]);
    const [first, second] = one.images as [string, string];
    await one.promote(first);
    await one.promote(second, { dropRegions: true });
    await one.promote(second, { channel: 'only' });
    const { channels } = await one.revoke(second, true);
    expect(channels.map(({ channel, image }) => [channel, image])).toEqual([
      ['only', undefined],
      ['prod', first],
    ]);
    expect(one.shown()).toEqual(await one.amisOf(first));
    expect(one.shown('only')).toEqual([undefined, undefined, undefined]);
  });
  it('leaves out an image that has lost an AMI', async () => {
    const one = await family();
    const [first, second, third] = one.images as [string, string, string];
    for (const image of [first, second, third]) await one.promote(image);
    one.world.ec2.ami((await one.amisOf(second))[2]!).state = 'deregistered';
    await one.revoke(third);
    expect(one.shown()).toEqual(await one.amisOf(first));
  });
  it('again is the same: the first reason stands, and the event is told once', async () => {
    const one = await family();
    const [first, second] = one.images as [string, string];
    await one.promote(first);
    await one.promote(second);
    const before = await one.revoke(second);
    one.world.clock.pass(5000);
    expect(await one.revoke(second)).toEqual(before);
    const told = one.world.events.filter(({ detailType }) => detailType === 'Image Revoked');
    expect(told).toMatchObject([{ resources: [second], detail: { reason: 'CVE-2026-1', version: '1.0.0/2' } }]);
  });
  it('lists who depends on it', async () => {
    const one = await family();
    const [first, second, third] = one.images as [string, string, string];
    const made = (arn: string) => ({
      parentImage: { id: 'ami-1', arn },
      ...{ components: [], recipe: 'x/1.0.0', contentHash: 'hash' },
    });
    await one.gateways.images.descend(second, made(first));
    await one.gateways.images.descend(third, made(second));
    expect((await one.revoke(first)).descendants).toEqual([second, third]);
  });
  it('withdraws what publishing gave, leaves what others gave, and says which', async () => {
    const one = await family();
    const [first] = one.images as [string];
    const [home, copy] = (await one.amisOf(first)) as [string, string];
    await one.gateways.ledgers.beginPublishing(
      first,
      [{ kind: 'launchPermission', region: 'us-east-1', id: home, before: [], after: ['UserId=111111111111'] }],
      '2026-11-23T10:00:00.000Z',
    );
    one.world.ec2.ami(home).permissions = ['111111111111', '222222222222'];
    one.world.ec2.ami(copy).permissions = ['333333333333'];
    const { withdrawals, revoked } = await one.revoke(first, true);
    expect(withdrawals).toMatchObject([
      { region: 'us-east-1', ami: home, withdrawn: ['UserId=111111111111'], left: ['UserId=222222222222'] },
      { region: 'eu-west-1', ami: copy, withdrawn: [], left: ['UserId=333333333333'] },
      { region: 'ap-south-1', withdrawn: [], left: [] },
    ]);
    expect(revoked.withdrawn).toBeDefined();
    expect(one.world.ec2.ami(home).permissions).toEqual(['222222222222']);
    const again = await one.revoke(first, true);
    expect(again.withdrawals).toMatchObject([{ withdrawn: [] }, { withdrawn: [] }, { withdrawn: [] }]);
    expect(again.revoked.withdrawn).toBe(revoked.withdrawn);
  });
  it('killed at any call, once it was accepted, is ended by the sweep: nobody has it, and nobody may launch it', async () => {
    const two = threeRegions.slice(0, 2);
    const ready = async () => {
      const one = await family([two, two]);
      const [first, second] = one.images as [string, string];
      for (const image of [first, second]) await one.promote(image);
      const amis = (await one.amisOf(second)) as string[];
      const targets = two.map((region, index) => ({
        ...{ kind: 'launchPermission' as const, region, id: amis[index]! },
        ...{ before: [], after: ['UserId=111111111111'] },
      }));
      await one.gateways.ledgers.beginPublishing(second, targets, '2026-11-23T10:00:00.000Z');
      for (const id of amis) one.world.ec2.ami(id).permissions = ['111111111111', '222222222222'];
      return { one, first, second, permissions: () => amis.map((id) => one.world.ec2.ami(id).permissions) };
    };
    let ended = 0;
    for (let calls = 1; ; calls++) {
      const { one, first, second, permissions } = await ready();
      const mortals = mortal({ gateways: one.gateways }, calls);
      const images = { ...mortals.images, all: one.gateways.images.all };
      const weak = { ...one.gateways, ...mortals, images };
      const [answer] = await Promise.allSettled([one.revoke(second, true, weak)]);
      if (answer.status === 'fulfilled') break;
      expect(answer.reason, `${calls}`).toBeInstanceOf(Killed);
      const accepted = [];
      for await (const { image } of one.gateways.revocations.all()) accepted.push(image);
      // Whoever revokes may still be at it.
      expect(await one.endRevocations()).toEqual([]);
      one.world.clock.pass(3 * 60_000);
      expect(await one.endRevocations(), `${calls}`).toEqual([]);
      const { revoked } = await one.gateways.images.read(second);
      if (!accepted.includes(second) && !revoked) continue;
      ended++;
      expect(revoked, `${calls}`).toMatchObject({
        reason: 'CVE-2026-1',
        withdrawn: expect.any(String),
        announced: true,
      });
      expect(permissions(), `${calls}`).toEqual([['222222222222'], ['222222222222']]);
      expect(one.shown()).toEqual(await one.amisOf(first));
      expect((await one.channel()).image).toBe(first);
      for await (const { image } of one.gateways.revocations.all()) expect(image).not.toBe(second);
    }
    expect(ended).toBeGreaterThan(10);
  }, 60_000);
  it('a region that fails keeps no other from losing the permissions, and the sweep goes on with it', async () => {
    const one = await family();
    const [first] = one.images as [string];
    const amis = (await one.amisOf(first)) as string[];
    const targets = threeRegions.map((region, index) => ({
      ...{ kind: 'launchPermission' as const, region, id: amis[index]!, before: [], after: ['UserId=111111111111'] },
    }));
    await one.gateways.ledgers.beginPublishing(first, targets, '2026-11-23T10:00:00.000Z');
    for (const id of amis) one.world.ec2.ami(id).permissions = ['111111111111'];
    one.world.ec2.refuse = (call) => (call === `share ${amis[0]}` ? 'UnauthorizedOperation' : undefined);
    await expect(one.revoke(first, true)).rejects.toMatchObject({ name: 'AccessDeniedError' });
    expect(amis.map((id) => one.world.ec2.ami(id).permissions)).toEqual([['111111111111'], [], []]);
    one.world.clock.pass(3 * 60_000);
    expect(await one.endRevocations()).toEqual([expect.stringMatching(/^revocation of arn:.*: Tried share/)]);
    one.world.ec2.refuse = () => undefined;
    // Asked again without --withdraw: what was asked for before stands.
    await one.revoke(first);
    expect(one.world.ec2.ami(amis[0]!).permissions).toEqual([]);
  });
  it('lists what was distributed of it, and of what was made of it', async () => {
    const one = await family();
    const [first, second, third] = one.images as [string, string, string];
    const set = (arn: string, facts: object) =>
      table.update(
        { pk: arn, sk: 'image' },
        { set: 'distributionOf = :facts', values: { ':facts': { region: 'us-east-1', ...facts } } },
      );
    await set(second, { image: 'ami-x', from: first });
    await set(third, { image: (await one.amisOf(first))[0] });
    expect((await one.revoke(first)).descendants).toEqual([second, third]);
    expect((await one.revoke(second)).descendants).toEqual([]);
  });
  it('refuses what is still built, or was never published', async () => {
    const one = await family();
    await expect(one.revoke(one.world.image)).rejects.toMatchObject({
      name: 'InvalidRequestError',
      message: `${one.world.image} is PENDING: only what was published can be revoked (\`image-builder cancel\` ends its build).`,
    });
    await one.gateways.images.end(one.world.image, { status: 'FAILED', amis: [], dateEnded: 'now', open: [] });
    await expect(one.revoke(one.world.image)).rejects.toThrow(/is FAILED: only what was published can be revoked\.$/);
  });
  it('one that meets a change under way says so, and the sweep goes on with it', async () => {
    const one = await family();
    const [first, second] = one.images as [string, string];
    await one.promote(first);
    // Killed between the note and the first parameter.
    one.world.parameters.refuse = (call) => (call.startsWith('put') ? 'InternalServerError' : undefined);
    await expect(one.promote(second)).rejects.toMatchObject({ name: 'ThrottledError' });
    one.world.parameters.refuse = () => undefined;
    await expect(one.revoke(first)).rejects.toMatchObject({
      name: 'NotReadyError',
      message: expect.stringMatching(/ is revoked, but the channel prod has not left it: /),
    });
    afterAllCould(one);
    expect(await one.settle()).toEqual([]);
    expect(one.shown()).toEqual([undefined, undefined, undefined]);
    expect(await one.channel()).toMatchObject({ amis: {}, history: [{ action: 'revoke', from: first }, {}] });
  });
});

// Whatever promotes, revokes, dies and comes late: after one sweep a channel shows one image in all regions, that of its record.
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { RevokeRequest } from '../../shared/model/channel.ts';
import type { ImageRecord } from '../../shared/model/image-record.ts';
import { endRevocations } from '../../shared/phase/carry-out-revocation.ts';
import { promoteImage } from '../../shared/phase/promote-image.ts';
import { revokeImage } from '../../shared/phase/revoke-image.ts';
import { settleChannels } from '../../shared/phase/settle-channels.ts';
import type { KeptChannel } from '../../shared/store/channels.ts';
import type { Unfinished } from '../../shared/store/revocations.ts';
import { FakeEc2 } from './fake-ec2.ts';
import { FakeParameters } from './fake-parameters.ts';
import { threeRegions } from './family.ts';
import { Killed } from './mortal.ts';
import { home, start } from './world.ts';

type Act = { kind: 'promote' | 'revoke' | 'sweep'; image: number; calls: number; after: number };

const parameter = '/images/web/prod';
const arnOf = (index: number) => `arn:aws:imagebuilder:us-east-1:123456789012:image/web/1.0.0/${index + 1}`;

/** Stores in memory, of the same promises as those on a table. */
async function newStage(images: number) {
  let time = start;
  const now = () => time;
  const ec2 = new FakeEc2();
  const parameters = new FakeParameters(ec2, now);
  const records = new Map<string, ImageRecord>();
  for (let index = 0; index < images; index++) {
    const amis = [];
    for (const region of threeRegions) {
      const image = await ec2.amisOf(region).create({ Name: `web ${index}` } as never);
      Object.assign(ec2.ami(image), { state: 'available' });
      amis.push({ region, image, name: 'web', accountId: home.accountId });
    }
    const record = { arn: arnOf(index), name: 'web', version: `1.0.0/${index + 1}`, dateCreated: '2026' };
    records.set(record.arn, {
      ...record,
      state: { status: 'AVAILABLE' },
      outputResources: { amis },
    } as unknown as ImageRecord);
  }
  const asked = new Map<string, Unfinished>();
  let kept: KeptChannel = { version: 0, state: { name: 'web', channel: 'prod', amis: {}, history: [] } };
  const gateways = {
    accountId: home.accountId,
    now,
    channels: {
      read: async () => structuredClone(kept),
      of: async () => (kept.version > 0 ? [structuredClone(kept)] : []),
      async *all() {
        if (kept.version > 0) yield structuredClone(kept);
      },
      write: async (before: KeptChannel, state: KeptChannel['state']) => {
        const next = { version: before.version + 1, state: JSON.parse(JSON.stringify(state)) };
        if (isDeepStrictEqual(kept, next)) return next;
        if (kept.version !== before.version) return undefined;
        kept = structuredClone(next);
        return next;
      },
    },
    images: {
      read: async (arn: string) => structuredClone(records.get(arn)!),
      find: async (arn: string) => structuredClone(records.get(arn)),
      revoke: async (arn: string, revoked: ImageRecord['revoked']) => {
        records.get(arn)!.revoked ??= revoked!;
        return structuredClone(records.get(arn)!);
      },
      noteRevocation: async (arn: string, facts: object) => void Object.assign(records.get(arn)!.revoked!, facts),
      async *all() {
        yield* structuredClone([...records.values()]);
      },
    },
    revocations: {
      begin: async (request: RevokeRequest, until: number) => {
        const unfinished = { ...request, id: `${Math.random()}`, until };
        asked.set(request.image, unfinished);
        return structuredClone(unfinished);
      },
      end: async ({ image, id }: Unfinished) => void (asked.get(image)?.id === id && asked.delete(image)),
      async *all() {
        yield* structuredClone([...asked.values()]);
      },
    },
    ledgers: { find: async () => undefined },
    pipelines: { names: async () => [], find: async () => undefined },
    notices: { putEvent: async () => {}, publish: async () => {} },
    amis: ec2.amisOf,
    imageParameters: parameters.of,
    pause: async (milliseconds: number) => {
      time += milliseconds;
    },
  };
  return {
    gateways,
    parameters,
    ec2,
    records,
    pass: (milliseconds: number) => (time += milliseconds),
    state: () => kept.state,
  };
}

type Stage = Awaited<ReturnType<typeof newStage>>;

/** Each call waits for its turn, and none is made after the death of its caller, by `calls` or by time. */
function actor(stage: Stage, calls: number, until: number, turn: () => Promise<void>) {
  let done = 0;
  const dead = () => done >= calls || stage.gateways.now() > until;
  const once = async (call: () => unknown) => {
    if (dead()) throw new Killed();
    await turn();
    if (dead()) throw new Killed();
    done++;
    const answer = await call();
    if (dead()) throw new Killed();
    return answer;
  };
  const guarded = <T extends object>(gateway: T): T =>
    new Proxy(gateway, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return name === 'all' ? value.bind(target) : (...given: unknown[]) => once(() => value.apply(target, given));
      },
    });
  const { gateways } = stage;
  return {
    ...gateways,
    channels: guarded(gateways.channels),
    images: guarded(gateways.images),
    revocations: guarded(gateways.revocations),
    notices: guarded(gateways.notices),
    amis: (region: string) => guarded(gateways.amis(region)),
    imageParameters: (region: string) => guarded(gateways.imageParameters(region)),
    pause: (milliseconds: number) => once(() => gateways.pause(milliseconds)),
  } as never;
}

async function play(stage: Stage, acts: Act[], choose: () => number, step: () => number): Promise<string[]> {
  const waiting: (() => void)[] = [];
  const turn = () => new Promise<void>((go) => waiting.push(go));
  const outcomes: string[] = [];
  let running = acts.length;
  const perform = async ({ kind, image, calls }: Act) => {
    const until = stage.gateways.now() + 60_000;
    const using = actor(stage, calls, until, turn);
    try {
      if (kind === 'promote')
        await promoteImage(using, { image: arnOf(image), channel: 'prod', dropRegions: false }, { until });
      else if (kind === 'revoke')
        await revokeImage(using, { image: arnOf(image), reason: 'bad', withdraw: false }, { until });
      else if (calls % 2 === 0) await endRevocations(using, { until }, () => {});
      else await settleChannels(using, { until }, () => {});
      outcomes.push(`${kind} done`);
    } catch (error) {
      outcomes.push(`${kind} ${error instanceof Killed ? 'killed' : (error as Error).name}`);
      if (!(error instanceof Killed) && !['NotReadyError', 'InvalidRequestError'].includes((error as Error).name))
        throw error;
    } finally {
      running--;
    }
  };
  const late = acts.map(async (act) => {
    for (let turns = act.after; turns > 0; turns--) await turn();
    await perform(act);
  });
  const all = Promise.all(late);
  while (running > 0) {
    await new Promise((next) => setImmediate(next));
    stage.pass(step());
    waiting.splice(choose() % Math.max(1, waiting.length), 1)[0]?.();
  }
  await all;
  return outcomes;
}

const act = fc.record<Act>({
  kind: fc.constantFrom('promote', 'promote', 'revoke', 'sweep'),
  image: fc.nat(3),
  calls: fc.oneof(fc.integer({ min: 1, max: 45 }), fc.constant(Number.POSITIVE_INFINITY)),
  after: fc.nat(60),
});

const seen = new Map<string, number>();

it('all regions show the image of the record after one sweep', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(act, { minLength: 1, maxLength: 5 }),
      fc.infiniteStream(fc.nat(100)),
      // Calls follow each other closely, or time may run out at any of them.
      fc
        .constantFrom(10, 1000)
        .chain((weight) =>
          fc.infiniteStream(fc.oneof({ weight, arbitrary: fc.nat(50) }, { weight: 1, arbitrary: fc.nat(40_000) })),
        ),
      fc.infiniteStream(fc.oneof(fc.nat(300), fc.nat(50_000))),
      async (acts, choices, times, delays) => {
        const stage = await newStage(4);
        await stage.gateways.channels.write(await stage.gateways.channels.read(), stage.state());
        const ready = { until: stage.gateways.now() + 60_000 };
        await promoteImage(stage.gateways, { image: arnOf(0), channel: 'prod', dropRegions: false }, ready);
        stage.parameters.delay = () => delays.next().value!;
        const outcomes = await play(
          stage,
          acts,
          () => choices.next().value!,
          () => times.next().value!,
        );
        for (const outcome of outcomes) seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
        stage.pass(2 * 60_000 + 1);
        const problems: string[] = [];
        stage.parameters.delay = () => 100;
        const until = stage.gateways.now() + 60_000;
        const begun: string[] = [];
        for await (const { image } of stage.gateways.revocations.all()) begun.push(image);
        await endRevocations(stage.gateways as never, { until }, (text) => problems.push(text));
        await settleChannels(stage.gateways as never, { until }, (text) => problems.push(text));
        for (const image of begun) expect(stage.records.get(image)!.revoked).toBeDefined();
        // What was still to show has shown.
        stage.pass(60_000);
        const { image, pending } = stage.state();
        const amis = image === undefined ? [] : stage.records.get(image)!.outputResources.amis;
        expect({ pending, problems, shown: stage.parameters.values(parameter, threeRegions) }).toEqual({
          ...{ pending: undefined, problems: [] },
          shown: threeRegions.map((region) => amis.find((ami) => ami.region === region)?.image),
        });
        expect(image && stage.records.get(image)!.revoked).toBeUndefined();
      },
    ),
    { numRuns: 1000 },
  );
  // The property says nothing where nobody dies or meets anybody.
  for (const outcome of [
    'promote done',
    'promote killed',
    'promote NotReadyError',
    'revoke done',
    'revoke killed',
    'sweep done',
  ])
    expect(seen.get(outcome), outcome).toBeGreaterThan(5);
});

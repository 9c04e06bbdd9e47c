// A build that waits for a person: asked once, answered once, woken for certain.
import { describe, expect, it } from 'vitest';
import { answerApproval } from '../../shared/phase/answer-approval.ts';
import { awaitApproval } from '../../shared/phase/await-approval.ts';
import { cleanup } from '../../shared/phase/cleanup.ts';
import { finish } from '../../shared/phase/finish.ts';
import { testTable } from '../store/test-table.ts';
import { busyBuild } from './busy-build.ts';
import { Killed, mortal } from './mortal.ts';
import { wholeBuild } from './whole-build.ts';
import type { World } from './world.ts';

const table = await testTable();

const hour = 60 * 60_000;
const topic = 'arn:aws:sns:us-east-1:123456789012:approvers';
const waiting = () => busyBuild(table, { approval: { snsTopicArn: topic, timeoutHours: 72 } });
const ask = (world: World, token = world.token()) => awaitApproval(world.gateways, { image: world.image, token });
const answer = (world: World, decision: 'approved' | 'rejected', more: { by?: string; reason?: string } = {}) =>
  answerApproval(world.gateways, { image: world.image, decision, ...more });

describe('the question', () => {
  it('goes to the topic of the approval once, with the summary, the AMIs, and how to answer', async () => {
    const world = await waiting();
    await ask(world);
    await ask(world);
    expect(world.messages).toEqual([
      { topicArn: topic, subject: expect.stringMatching(/^hello 1\.0\.0\/\d+ waits for approval$/) },
    ]);
    const { approval } = await world.read();
    expect(world.told[0]).toMatchObject({
      question: `Is it to be published? Answer until ${approval!.until}.`,
      answers: [`image-builder approve ${world.image}`, expect.stringContaining(`reject ${world.image}`)],
      amis: [{ region: 'us-east-1' }, { region: 'eu-west-1' }],
    });
    expect(world.events.map(({ detailType }) => detailType)).toEqual(['EC2 Image Builder Workflow Step Waiting']);
    expect(world.completed).toEqual([]);
  });
  it('without a topic of its own goes to that of the pipeline', async () => {
    const world = await busyBuild(table, { approval: { timeoutHours: 1 } });
    await ask(world);
    expect(world.messages[0]!.topicArn).toBe('arn:aws:sns:us-east-1:123456789012:told');
  });
  it('is not asked of a build that has ended', async () => {
    const world = await waiting();
    await world.gateways.ledgers.close(world.image, 'now');
    await expect(ask(world)).rejects.toMatchObject({ name: 'CancelledError' });
    expect(world.messages).toEqual([]);
  });
});

describe('the answer', () => {
  it('approved: the build goes on, and the record says who and when; again is the same', async () => {
    const world = await waiting();
    const token = world.token();
    await ask(world, token);
    world.clock.pass(hour);
    const first = await answer(world, 'approved', { by: 'arn:aws:iam::123456789012:user/ann', reason: 'looks good' });
    expect(await answer(world, 'approved', { by: 'bob' })).toEqual(first);
    expect(world.completed).toEqual([{ token, outcome: { ok: true } }]);
    const { approval, notes } = await world.read();
    expect(approval).toMatchObject({ decision: 'approved', by: 'arn:aws:iam::123456789012:user/ann' });
    expect(notes).toEqual([
      `Publishing was approved by arn:aws:iam::123456789012:user/ann at ${approval!.at}: looks good`,
    ]);
  });
  it('rejected: CANCELLED with the reason, and nothing is left', async () => {
    const { world, ...ended } = await wholeBuild(
      table,
      {
        async outside(state, { world: { gateways, image }, clock }) {
          if (state !== 'AwaitApproval') return true;
          await clock.during(
            answerApproval(gateways, { image, decision: 'rejected', by: 'ann', reason: 'openssl is too old' }),
          );
          return false;
        },
      },
      { approval: { timeoutHours: 72 }, retainForRetry: 24 },
    );
    expect(ended).toMatchObject({ status: 'FAILED', error: 'CancelledError' });
    const { state, timeline } = await world.read();
    expect(state).toMatchObject({
      status: 'CANCELLED',
      reason: expect.stringMatching(/^Publishing was rejected by ann at .+: openssl is too old$/),
    });
    expect(timeline.AwaitApproval!.endedBy).toBe('event');
    expect([...world.ec2.living(), ...world.ec2.remaining(), ...world.ec2.snapshots]).toEqual([]);
  });
  it('another answer is told the first; one before the question, after the time, or after the end is refused', async () => {
    const world = await waiting();
    await expect(answer(world, 'approved')).rejects.toThrow('does not wait for an approval');
    await ask(world);
    await answer(world, 'approved', { by: 'ann' });
    await expect(answer(world, 'rejected')).rejects.toThrow(/was answered before\. Publishing was approved by ann at/);
    const late = await waiting();
    await ask(late);
    late.clock.pass(72 * hour);
    await expect(answer(late, 'approved')).rejects.toThrow(/could be answered until/);
    const cancelled = await waiting();
    await ask(cancelled);
    await cancelled.gateways.ledgers.close(cancelled.image, new Date(cancelled.clock.now()).toISOString());
    await finish(cancelled.gateways, cancelled.image, { aborted: true });
    await expect(answer(cancelled, 'approved')).rejects.toThrow(/has ended/);
  });
  it('two at the same moment: one stands, both are told it', async () => {
    const world = await waiting();
    await ask(world);
    const [yes, no] = await Promise.allSettled([answer(world, 'approved'), answer(world, 'rejected')]);
    expect([yes.status, no.status].sort()).toEqual(['fulfilled', 'rejected']);
    expect(world.completed).toHaveLength(1);
  });
});

describe('killed after its n-th call', () => {
  it.each(Array.from({ length: 7 }, (_, index) => index + 1))(
    '%i: asking, asked again, waits all the same',
    async (n) => {
      const world = await waiting();
      const first = world.token();
      await awaitApproval(mortal(world, n), { image: world.image, token: first }).catch((error) =>
        expect(error).toBeInstanceOf(Killed),
      );
      world.expire(first);
      const token = world.token();
      await ask(world, token);
      expect(world.messages.length).toBeGreaterThanOrEqual(1);
      await answer(world, 'approved');
      expect(world.completed).toEqual([{ token, outcome: { ok: true } }]);
    },
  );
  it.each(Array.from({ length: 5 }, (_, index) => index + 1))(
    '%i: answering; the same answer again, or a heartbeat, wakes the build',
    async (n) => {
      for (const again of ['answer', 'heartbeat'] as const) {
        const world = await waiting();
        const first = world.token();
        await ask(world, first);
        const given = { image: world.image, decision: 'approved' as const };
        await answerApproval(mortal(world, n), given).catch((error) => expect(error).toBeInstanceOf(Killed));
        const written = (await world.read()).approval?.decision;
        if (again === 'answer') await answer(world, 'approved');
        else {
          world.expire(first);
          const token = world.token();
          await ask(world, token);
        }
        if (written || again === 'answer') expect(world.completed).toHaveLength(1);
      }
    },
  );
});

it('a cleanup of a build that waits leaves nothing', async () => {
  const world = await waiting();
  await ask(world);
  await cleanup(world.gateways, world.image).catch(() => undefined);
  world.clock.pass(hour);
  await cleanup(world.gateways, world.image);
  expect([...world.ec2.living(), ...world.ec2.remaining(), ...world.ec2.snapshots]).toEqual([]);
});

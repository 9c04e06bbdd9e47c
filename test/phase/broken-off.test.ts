// Builds that are stopped, that wait for ever, or lose what they stand on, at every state of the real machine: how they end, and that nothing is left.
import { describe, expect, it } from 'vitest';
import { tasks, waits } from '../statemachines/machine.ts';
import { testTable } from '../store/test-table.ts';
import { type Build, type Ended, openEntries, orphans, short, wholeBuild } from './whole-build.ts';
import { planOf } from './world.ts';

const table = await testTable();

const s3ExportConfiguration = { roleName: 'vmimport', diskImageFormat: 'RAW' as const, s3Bucket: 'exports' };
const exported = planOf('x/1').distributions.map((one, index) =>
  index === 0 ? one : { ...one, s3ExportConfiguration },
);
const all = tasks();
/** Copies after the tests are the same function: their state is reached with a switch of the plan. */
const planFor = (state: string) => {
  if (state === 'AwaitApproval') return { ...short, approval: { timeoutHours: 2 } };
  if (state === 'ExportImage') return { ...short, distributions: exported };
  return state === 'CopyRegionAfterTests' ? { ...short, testTimeoutMinutes: 0 } : short;
};
const states = Object.keys(all);
const waiting = states.filter((state) => waits(all[state]!));
/** Once published, a build is AVAILABLE whatever happens. */
const afterPublishing = ['Cleanup', 'FinishImage'];

async function expectNothingLeft(ended: Ended): Promise<void> {
  expect(orphans(ended)).toEqual([]);
  expect(await openEntries(ended)).toEqual([]);
  const { timeline, dateEnded } = await ended.world.read();
  expect(Object.values(timeline).filter((entry) => !entry.ended)).toEqual([]);
  expect(dateEnded).toBeDefined();
}

describe('a build', () => {
  it('comes to its end, through every state', async () => {
    const during = await wholeBuild(table, {}, short);
    const after = await wholeBuild(table, {}, planFor('CopyRegionAfterTests'));
    const approved = await wholeBuild(table, {}, planFor('AwaitApproval'));
    const onDisk = await wholeBuild(table, {}, planFor('ExportImage'));
    expect(onDisk.world.consumers.tasks.map(({ status }) => status)).toEqual(['completed']);
    // The file of a published image stays.
    expect(onDisk.world.consumers.deleted).toEqual([]);
    for (const ended of [during, after, approved, onDisk]) {
      expect(ended.status).toBe('SUCCEEDED');
      expect((await ended.world.read()).state).toEqual({ status: 'AVAILABLE' });
      expect(orphans(ended, true)).toEqual([]);
    }
    expect(new Set([...during.states, ...after.states, ...approved.states, ...onDisk.states])).toEqual(new Set(states));
  });
});

describe('StopExecution', () => {
  const stopped = async (state: string, when: 'before' | 'outside') => {
    const stop = (now: typeof when) => (one: string, build: Build) => {
      const here = one === state && now === when;
      if (here) build.stop('CancelledError', 'Ctrl-C');
      return !here;
    };
    return wholeBuild(table, { before: stop('before'), outside: stop('outside') }, planFor(state));
  };
  it.each(states)('as %s begins', async (state) => {
    const ended = await stopped(state, 'before');
    expect(ended.status).toBe('ABORTED');
    const { state: record } = await ended.world.read();
    if (afterPublishing.includes(state)) {
      expect(record.status).toBe('AVAILABLE');
      expect(orphans(ended, true)).toEqual([]);
      return;
    }
    // Nobody stops what a function does: publishing is over before the second net looks.
    if (state === 'PublishImage') expect(['AVAILABLE', 'CANCELLED']).toContain(record.status);
    else expect(record).toMatchObject({ status: 'CANCELLED', reason: 'Ctrl-C' });
    if (record.status === 'CANCELLED') await expectNothingLeft(ended);
  });
  it.each(waiting)('while %s waits', async (state) => {
    const ended = await stopped(state, 'outside');
    expect(ended.status).toBe('ABORTED');
    expect((await ended.world.read()).state).toMatchObject({ status: 'CANCELLED', reason: 'Ctrl-C' });
    await expectNothingLeft(ended);
  });
});

/** What the reason says of the wait that lasted too long. */
const lasted: Record<string, RegExp> = {
  LaunchBuilder: /^Running of builder i-\w+ did not happen within 20 minutes\.$/,
  LaunchTester: /^Running of tester i-\w+ did not happen within 20 minutes\.$/,
  RunComponent: /^The end of hello \(command \S+\) did not happen within \d+ minutes\.$/,
  RunTest: /^The end of hello-test \(command \S+\) did not happen within \d+ minutes\.$/,
  StopBuilder: /^Stopping of builder i-\w+ did not happen within 20 minutes\. Look whether something in the image/,
  SnapshotAmi: /^AMI ami-\w+ becoming available in us-east-1 did not happen within 1560 minutes\.$/,
  CopyRegion: /^Copy ami-\w+ becoming available in eu-west-1 did not happen within 4320 minutes\.$/,
  ExportImage: /^Export export-ami-\w+ of ami-\w+ in eu-west-1 did not happen within 1440 minutes\.$/,
  CopyRegionAfterTests: /^Copy ami-\w+ becoming available in eu-west-1 did not happen within 4320 minutes\.$/,
};

describe('silence for ever', () => {
  it.each(waiting.filter((state) => state !== 'AwaitApproval'))(
    'while %s waits: DeadlineError, which names the wait',
    async (state) => {
      const ended = await wholeBuild(table, { outside: (one) => one !== state }, planFor(state));
      expect(ended).toMatchObject({ status: 'FAILED', error: 'DeadlineError' });
      const { state: record } = await ended.world.read();
      expect(record.status).toBe('FAILED');
      expect(record.reason).toMatch(lasted[state]!);
      expect(record.failureContext?.failedStep).toBe(state.replace('AfterTests', ''));
      await expectNothingLeft(ended);
    },
  );
});

describe('nobody who answers', () => {
  it('cancels the build when the time is over, and leaves nothing', async () => {
    const ended = await wholeBuild(table, { outside: (one) => one !== 'AwaitApproval' }, planFor('AwaitApproval'));
    expect(ended).toMatchObject({ status: 'FAILED', error: 'CancelledError' });
    const { state: record } = await ended.world.read();
    expect(record).toMatchObject({
      status: 'CANCELLED',
      reason: expect.stringMatching(/^Nobody approved the publishing/),
    });
    expect(ended.minutes).toBeLessThan(2 * 60 + 30);
    await expectNothingLeft(ended);
  });
});

describe('the builder or the tester', () => {
  const ends: [string, string, string][] = [
    ['is terminated by someone else', 'terminated', 'Client.UserInitiatedShutdown: User initiated shutdown'],
    ['is stopped by someone else', 'stopped', 'Client.UserInitiatedShutdown: User initiated shutdown'],
    ['hibernates', 'stopped', 'Client.UserInitiatedHibernate: User initiated hibernate'],
    ['is lost by EC2', 'terminated', 'Server.SpotInstanceTermination: Spot instance termination'],
  ];
  const where = waiting.filter((state) => /^(Launch|Run)/.test(state));
  const table_ = where.flatMap((state) => ends.map((end) => [state, ...end] as const));
  it.each(table_)('at %s %s', async (state, _, to, reason) => {
    const role = /Test/.test(state) ? 'tester' : 'builder';
    const ended = await wholeBuild(
      table,
      {
        async outside(one, { world, tell }) {
          if (one !== state) return true;
          const instance = world.ec2.instances.at(-1)!;
          Object.assign(instance, { state: to, reason });
          await tell('EC2 Instance State-change Notification', { 'instance-id': instance.id, state: to });
          return false;
        },
      },
      short,
    );
    const { state: record } = await ended.world.read();
    expect(record.status).toBe('FAILED');
    expect(record.reason).toContain(reason);
    expect(record.reason).toContain(to);
    expect(ended.error, role).toMatch(/^(ResourceFailedError|ComponentFailedError|TestFailedError)$/);
    expect(ended.minutes).toBeLessThan(30);
    await expectNothingLeft(ended);
  });

  it('is terminated while it is to stop', async () => {
    const reason = 'Client.UserInitiatedShutdown: User initiated shutdown';
    const ended = await wholeBuild(
      table,
      {
        async outside(one, { world, tell }) {
          if (one !== 'StopBuilder') return true;
          const builder = world.ec2.instances.at(-1)!;
          Object.assign(builder, { state: 'terminated', reason });
          await tell('EC2 Instance State-change Notification', { 'instance-id': builder.id, state: 'terminated' });
          return false;
        },
      },
      short,
    );
    expect(ended).toMatchObject({ status: 'FAILED', error: 'ResourceFailedError' });
    expect((await ended.world.read()).state.reason).toContain(reason);
    await expectNothingLeft(ended);
  });

  it('does not say that its end came: the next heartbeat sees it', async () => {
    const ended = await wholeBuild(
      table,
      {
        outside(one, { world }) {
          if (one !== 'RunComponent') return true;
          Object.assign(world.ec2.instances.at(-1)!, { state: 'terminated', reason: 'Client.X: gone' });
          return false;
        },
      },
      short,
    );
    expect((await ended.world.read()).state.reason).toMatch(
      /^Instance i-\w+ is terminated while hello ran: Client\.X: gone\.$/,
    );
    // Of this machine, whose heartbeats are rarer.
    expect(ended.minutes).toBeLessThan(310);
    await expectNothingLeft(ended);
  });
});

describe('an AMI that', () => {
  const cases = waiting.filter((state) => /^(Snapshot|Copy)/.test(state));
  it.each(cases.flatMap((state) => ['failed', 'deregistered'].map((to) => [state, to] as const)))(
    'at %s goes to %s',
    async (state, to) => {
      const ended = await wholeBuild(
        table,
        {
          async outside(one, { world, tell }) {
            if (one !== state) return true;
            const ami = world.ec2.amis.at(-1)!;
            Object.assign(ami, { state: to, reason: 'Client.InvalidSnapshot: the true reason' });
            await tell('EC2 AMI State Change', { ImageId: ami.id, State: to }, ami.region);
            return false;
          },
        },
        planFor(state),
      );
      const { state: record } = await ended.world.read();
      expect(record.status).toBe('FAILED');
      expect(record.reason).toContain(ended.world.ec2.amis.at(-1)!.id);
      expect(record.reason).toContain(to === 'failed' ? 'the true reason' : 'deregistered');
      expect(ended.error).toBe('ResourceFailedError');
      await expectNothingLeft(ended);
    },
  );
});

describe('the SSM agent that never answers', () => {
  it.each(['RunComponent', 'RunTest'])('before %s', async (state) => {
    const ended = await wholeBuild(
      table,
      {
        before(one, { world }) {
          if (one === state) world.agent.online = false;
        },
      },
      short,
    );
    const { state: record } = await ended.world.read();
    expect(record.status).toBe('FAILED');
    expect(record.reason).toMatch(
      /^An answer of the SSM agent on instance i-\w+ did not happen within 15 minutes\. Check that the image has the SSM agent/,
    );
    await expectNothingLeft(ended);
  });
});

describe('the machine itself', () => {
  it('out of its own time: TIMED_OUT, and the second net cleans up', async () => {
    // What keeps the deadline from striking here is a clock that stands still.
    const ended = await wholeBuild(
      table,
      {
        before(_, { world }) {
          world.gateways.now = () => Date.parse('2026-11-23T10:00:00Z');
        },
        outside: (one) => one !== 'RunComponent',
      },
      short,
    );
    expect(ended.status).toBe('TIMED_OUT');
    expect((await ended.world.read()).state).toMatchObject({
      status: 'FAILED',
      reason: 'The execution ended with States.Timeout.',
    });
    expect(orphans(ended)).toEqual([]);
  });
});

// What users do with builds, in one real local cloud: retry after a failed test, approve, reject, distribute, cancel.
import { DescribeImagesCommand, DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStack } from '../../cli/aws/stack.ts';
import { readRegistration } from '../../cli/pipeline/registration.ts';
import { groundFor, impossible, stateDirectory } from './ground.ts';
import { type Answer, build, type Call, type Image, imageBuilder } from './image-builder.ts';
import { type LocalCloud, startCloud } from './local-cloud.ts';
import { component, pipeline, toRegions } from './pipeline-folder.ts';

if (impossible) console.warn(impossible);

type Record = Image & {
  retryOf?: string;
  retained?: { region: string; image: string; until: string };
  approval?: { decision: string; by: string; reason?: string };
  cost: { usd: number; parts: { what: string }[] };
};

describe.skipIf(impossible)('a user', () => {
  const undo: (() => unknown)[] = [];
  let cloud: LocalCloud;
  let state: string;
  let folder: string;

  beforeAll(async () => {
    const [directory, ground] = [await stateDirectory(), groundFor('control')];
    undo.push(directory.remove, ground.remove);
    [state, folder] = [directory.path, ground.path];
    cloud = await startCloud(state);
    undo.push(cloud.stop);
  }, 120_000);
  afterAll(async () => {
    for (const step of undo.reverse()) await step();
  });

  const controlled = { retainForRetry: 1, approval: { timeoutHours: 1 } };
  const written = (name: string, command: string, more: object = controlled) =>
    pipeline(
      folder,
      name,
      { components: [{ component: './works.yml' }, { component: './checks.yml' }] },
      {
        'works.yml': component('works', { build: [{ name: 'Say', commands: ['echo works > /root/made'] }] }),
        'checks.yml': component('checks', { test: [{ name: 'Check', commands: [command] }] }),
      },
      { distributionConfiguration: toRegions('us-east-1', 'eu-west-1'), ...more },
    );
  const here = () => ['--local', '--state-dir', state];
  const run = (words: string[], call: Call = {}) => imageBuilder([...words, ...here()], call);
  async function recorded(words: string[], call: Call = {}): Promise<Answer & { image: Record }> {
    const answer = await run([...words, '--output', 'json'], call);
    if (!answer.out.startsWith('{')) throw new Error(`${words.join(' ')}: ${answer.errors}`);
    return { ...answer, image: JSON.parse(answer.out) };
  }
  /** Does it once, as soon as a build says it. */
  function onceHeard(text: string, act: (image: string) => Promise<unknown>) {
    let acted: Promise<unknown> | undefined;
    return {
      heard(said: string) {
        if (!acted && said.includes(text)) acted = act(/image (arn:\S+)/.exec(said)![1]!);
      },
      done: () => acted,
    };
  }
  const approving = () => onceHeard('await approval', (arn) => run(['approve', arn, '--reason', 'seen']));
  async function orphans(): Promise<unknown[]> {
    return JSON.parse((await run(['resources', '--output', 'json'])).out).orphans;
  }
  async function all(): Promise<{ amis: string[]; instances: string[] }> {
    const ec2 = new EC2Client(cloud.client);
    const { Images = [] } = await ec2.send(new DescribeImagesCommand({ Owners: ['self'] }));
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({}));
    ec2.destroy();
    const instances = Reservations.flatMap(({ Instances = [] }) => Instances);
    return {
      amis: Images.map(({ ImageId }) => ImageId!),
      instances: instances
        .filter(({ State }) => !['shutting-down', 'terminated'].includes(State!.Name!))
        .map(({ InstanceId }) => InstanceId!),
    };
  }
  async function register(file: string): Promise<void> {
    const { input } = await readRegistration(file, {});
    await (await openStack(cloud.client, 'local')).putResources(input);
  }

  test('retries after a failed test with the test fixed: AVAILABLE, without a new builder', async () => {
    const failed = await build(written('kept', 'test -e /root/never'), state);
    const { retained, arn } = failed.image as Record;
    expect([failed.code, failed.image.state.status]).toEqual([1, 'FAILED']);
    expect(await all()).toEqual({ amis: [retained!.image], instances: [] });
    expect(await orphans()).toEqual([]);
    expect((await run(['resources'])).out).toMatch(new RegExp(`image +${retained!.image} .* kept`));

    await register(written('kept', 'grep works /root/made'));
    const call = approving();
    const { code, image } = await recorded(['retry', arn], call);
    await call.done();
    expect([code, image.state]).toEqual([0, { status: 'AVAILABLE' }]);
    expect(image.retryOf).toBe(arn);
    expect(image.tests).toMatchObject({ total: 1, passed: 1 });
    expect(image.outputResources.amis.map(({ region }) => region)).toEqual(['us-east-1', 'eu-west-1']);
    expect(image.outputResources.amis[0]!.image).toBe(retained!.image);
    expect(image.timeline.map((entry) => entry.state)).not.toContain('LaunchBuilder');
    expect(image.approval).toMatchObject({ decision: 'approved', by: expect.stringContaining('arn:'), reason: 'seen' });
    expect(image.cost.parts.map(({ what }) => what).filter((what) => what.startsWith('instance'))).toHaveLength(1);
    expect(await orphans()).toEqual([]);

    const again = await run(['retry', arn]);
    expect([again.code, again.errors]).toEqual([2, expect.stringContaining(`belongs to ${image.arn} by now`)]);

    const swept = await run(['sweep']);
    expect([swept.code, swept.errors]).toEqual([0, '']);
    expect((await all()).amis).toEqual([retained!.image]);

    const distributing = approving();
    const copied = await recorded(['distribute', image.arn, '--to', 'eu-north-1,us-east-1'], distributing);
    await distributing.done();
    expect([copied.code, copied.image.state]).toEqual([0, { status: 'AVAILABLE' }]);
    expect(copied.image.outputResources.amis.map(({ region }) => region)).toEqual(['eu-north-1', 'us-east-1']);
    expect(copied.image.outputResources.amis.map(({ image: id }) => id)).not.toContain(retained!.image);
    expect(copied.image.timeline.map((entry) => entry.state).filter((one) => /^(Launch|Run)/.test(one))).toEqual([]);
    expect(await orphans()).toEqual([]);
  }, 300_000);

  test('keeps nothing without retainForRetry, and is told how to', async () => {
    const before = await all();
    const failed = await build(written('lost', 'test -e /root/never', {}), state);
    expect(failed.image.state.status).toBe('FAILED');
    expect(await all()).toEqual(before);
    const { code, errors } = await run(['retry', failed.image.arn]);
    expect([code, errors]).toEqual([2, expect.stringContaining('Set retainForRetry: <hours> in its pipeline')]);
  }, 200_000);

  test('rejects: CANCELLED with the reason, and nothing is left', async () => {
    const before = await all();
    const rejecting = onceHeard('await approval', (arn) => run(['reject', arn, '--reason', 'not today']));
    const { code, image } = await recorded(['build', written('rejected', 'true')], rejecting);
    await rejecting.done();
    expect([code, image.state.status]).toEqual([1, 'CANCELLED']);
    expect(image.state.reason).toMatch(/^Publishing was rejected by arn:\S+ at \S+: not today$/);
    expect(await all()).toEqual(before);
  }, 200_000);

  test('cancels from another terminal: CANCELLED, and nothing is left', async () => {
    const before = await all();
    let answer: Answer | undefined;
    const cancelling = onceHeard('launch tester', async (arn) => {
      answer = await run(['cancel', arn]);
    });
    const { code, image } = await recorded(['build', written('cancelled', 'sleep 313')], cancelling);
    await cancelling.done();
    expect([code, image.state.status]).toEqual([1, 'CANCELLED']);
    expect([answer!.code, answer!.errors]).toEqual([0, '']);
    expect(answer!.out).toContain('CANCELLED  cancelled 1.0.0/1');
    expect(await all()).toEqual(before);
    expect((await run(['costs'])).out).toMatch(/^cancelled +1 +0 +\$/m);
  }, 200_000);
});

// Channels in one real local cloud: promote, what consumers see in every region, what it starts, revoke and withdraw.
import { EC2Client, RunInstancesCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { DeleteParameterCommand, GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStack, type Stack } from '../../cli/aws/stack.ts';
import { readRegistration } from '../../cli/pipeline/registration.ts';
import { groundFor, impossible, stateDirectory } from './ground.ts';
import { build, type Image, imageBuilder } from './image-builder.ts';
import { type LocalCloud, startCloud } from './local-cloud.ts';
import { component, pipeline } from './pipeline-folder.ts';

if (impossible) console.warn(impossible);

const consumer = '111122223333';
const regions = ['us-east-1', 'eu-west-1'];

describe.skipIf(impossible)('channels', () => {
  const undo: (() => unknown)[] = [];
  let cloud: LocalCloud;
  let state: string;
  let folder: string;
  let stack: Stack;

  beforeAll(async () => {
    const [directory, ground] = [await stateDirectory(), groundFor('channels')];
    undo.push(directory.remove, ground.remove);
    [state, folder] = [directory.path, ground.path];
    cloud = await startCloud(state);
    undo.push(cloud.stop);
    stack = await openStack(cloud.client, 'local');
  }, 120_000);
  afterAll(async () => {
    for (const step of undo.reverse()) await step();
  });

  const run = (...words: string[]) => imageBuilder([...words, '--local', '--state-dir', state]);
  async function ran(...words: string[]): Promise<string> {
    const { code, out, errors } = await run(...words);
    expect(code, errors).toBe(0);
    return out;
  }
  const written = (name: string, text: string, more: object) =>
    pipeline(
      folder,
      name,
      { components: [{ component: './works.yml' }], ...more },
      {
        'works.yml': component(`works-${name}`, { build: [{ name: 'Say', commands: [`echo ${text} > /root/made`] }] }),
      },
      {
        imageTestsConfiguration: { imageTestsEnabled: false },
        distributionConfiguration: {
          distributions: regions.map((region) => ({
            region,
            amiDistributionConfiguration: { launchPermission: { userIds: [consumer] } },
          })),
        },
      },
    );
  /** What the parameter holds in each region. */
  async function shown(): Promise<(string | undefined)[]> {
    return Promise.all(
      regions.map(async (region) => {
        const ssm = new SSMClient({ ...cloud.client, region });
        try {
          return (await ssm.send(new GetParameterCommand({ Name: '/images/base/prod' }))).Parameter?.Value;
        } catch (error) {
          expect((error as Error).name).toBe('ParameterNotFound');
          return undefined;
        } finally {
          ssm.destroy();
        }
      }),
    );
  }
  const amisOf = ({ outputResources }: Image) =>
    regions.map((region) => outputResources.amis.find((ami) => ami.region === region)?.image);

  /** Waits for a build of the pipeline that takes the channel as its parent, and answers what it was built on. */
  async function childBuilt(number: number): Promise<string | undefined> {
    for (;;) {
      const [newest] = await stack.newestRuns('child', 1);
      const arn = newest?.outcome === 'started' ? newest.imageBuildVersionArn! : '';
      const image = arn.endsWith(`/${number}`) ? await stack.readImage(arn) : undefined;
      if (image?.state.status === 'AVAILABLE') {
        expect(newest).toMatchObject({
          trigger: 'dependency',
          reason: expect.stringContaining('the channel prod of base has another image'),
        });
        return image.ancestry?.parentImage.arn;
      }
      expect(['FAILED', 'CANCELLED'], image?.state.reason).not.toContain(image?.state.status);
      await new Promise((later) => setTimeout(later, 300));
    }
  }

  async function launch(imageId: string): Promise<void> {
    const credentials = { accessKeyId: consumer, secretAccessKey: 'any' };
    const ec2 = new EC2Client({ ...cloud.client, credentials });
    try {
      const { Instances = [] } = await ec2.send(
        new RunInstancesCommand({ ImageId: imageId, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 }),
      );
      await ec2.send(new TerminateInstancesCommand({ InstanceIds: Instances.map(({ InstanceId }) => InstanceId!) }));
    } finally {
      ec2.destroy();
    }
  }

  test('promote, start what is built on it, revoke, withdraw', async () => {
    const first = (await build(written('base', 'one', {}), state)).image;
    expect(first.state).toEqual({ status: 'AVAILABLE' });
    const second = (await build(written('base', 'two', {}), state)).image;
    expect(second.state).toEqual({ status: 'AVAILABLE' });

    expect(await ran('promote', first.arn, 'prod')).toBe(
      'Channel prod of base is base/1.0.0/1 in eu-west-1, us-east-1.\n'.replace(
        'eu-west-1, us-east-1',
        regions.join(', '),
      ),
    );
    expect(await shown()).toEqual(amisOf(first));
    expect(await ran('promote', first.arn, 'prod')).toContain('was already base/1.0.0/1');

    const child = written('child', 'more', { parentImage: 'ssm:/images/base/prod' });
    await stack.putResources((await readRegistration(child, {})).input);
    await ran('promote', second.arn, 'prod');
    expect(await shown()).toEqual(amisOf(second));
    // The event of the channel starts the pipeline whose parent it is.
    expect(await childBuilt(1)).toBe(second.arn);
    expect(await ran('channels')).toMatch(/^base\/prod {2}base\/1\.0\.0\/2 {2}since \S+ {2}(eu|us)/);
    expect(await ran('channels', 'history', 'base', 'prod')).toMatch(
      /^\S+ {2}promoted {2}base\/1\.0\.0\/2 {2}from base\/1\.0\.0\/1 {2}by arn:.*\n\S+ {2}promoted {2}base\/1\.0\.0\/1/,
    );

    const [shared] = amisOf(second);
    await launch(shared!);
    const revoked = await ran('revoke', second.arn, '--reason', 'CVE-2026-1', '--withdraw');
    expect(revoked).toContain('base/1.0.0/2 was revoked at ');
    expect(revoked).toContain('Channel prod of base is base/1.0.0/1 again.');
    expect(revoked).toMatch(/Images made of it\n {2}child\/1\.0\.0\/1/);
    expect(revoked).toMatch(/child {2}ssm:\/images\/base\/prod {2}its next build takes another/);
    expect(revoked).toContain(`withdrawn: UserId=${consumer}`);
    expect(await shown()).toEqual(amisOf(first));
    await expect(launch(shared!)).rejects.toMatchObject({ name: 'AuthFailure' });
    await launch(amisOf(first)[0]!);

    expect(await ran('images', 'list')).toMatch(/base\/1\.0\.0\/2 +AVAILABLE \(revoked\)/);
    expect(await ran('images', 'ancestry', 'child/1.0.0/1')).toContain('base/1.0.0/2  AVAILABLE (revoked)');
    // That the channel has gone back is news for it, too.
    expect(await childBuilt(2)).toBe(first.arn);
    const again = await run('promote', second.arn, 'prod');
    expect([again.code, again.errors]).toEqual([2, expect.stringContaining('was revoked at ')]);
    expect(await ran('revoke', second.arn, '--reason', 'another', '--withdraw')).toContain('CVE-2026-1');

    const swept = await run('sweep');
    expect([swept.code, swept.errors]).toEqual([0, '']);
    expect(await shown()).toEqual(amisOf(first));
  }, 400_000);

  test('a parameter that somebody deleted is set again by the same promotion', async () => {
    const ssm = new SSMClient({ ...cloud.client, region: 'eu-west-1' });
    await ssm.send(new DeleteParameterCommand({ Name: '/images/base/prod' }));
    ssm.destroy();
    expect((await shown())[1]).toBeUndefined();
    await ran('promote', 'base/1.0.0/1', 'prod');
    expect((await shown()).every((value) => value !== undefined)).toBe(true);
  }, 60_000);

  test('what is not right is said, with exit code 2', async () => {
    const refused = async (words: string[], said: string) => {
      const { code, errors } = await run(...words);
      expect([code, errors]).toEqual([2, expect.stringContaining(said)]);
    };
    await refused(['promote', 'base/1.0.0/1', 'Prod!'], 'expected the name of a channel');
    await refused(['promote', 'never', 'prod'], 'There is no image never');
    await refused(['channels', 'history', 'base', 'dev'], 'There is no channel dev of base');
  }, 60_000);
});

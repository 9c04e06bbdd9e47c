// A distribution with three things wrong: `preflight` tells them all, a build tells the same, and launches nothing.
import { dirname } from 'node:path';
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CreateKeyCommand, DisableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PreflightReport } from '../../shared/model/preflight.ts';
import { groundFor, impossible, stateDirectory } from './ground.ts';
import { type Answer, build, type Image, imageBuilder } from './image-builder.ts';
import { type LocalCloud, startCloud } from './local-cloud.ts';
import { component, pipeline } from './pipeline-folder.ts';

if (impossible) console.warn(impossible);

const template = 'lt-0123456789abcdef0';

describe.skipIf(impossible)('a pipeline whose distribution would fail', () => {
  const undo: (() => unknown)[] = [];
  const answers: Record<string, Answer> = {};
  let cloud: LocalCloud;
  let image: Image;
  let report: PreflightReport;
  let key = '';

  beforeAll(async () => {
    const directory = await stateDirectory();
    const ground = groundFor('preflight');
    undo.push(directory.remove, ground.remove);
    cloud = await startCloud(directory.path);
    undo.push(cloud.stop);
    const kms = new KMSClient({ ...cloud.client, region: 'eu-west-1' });
    key = (await kms.send(new CreateKeyCommand({}))).KeyMetadata!.KeyId!;
    await kms.send(new DisableKeyCommand({ KeyId: key }));
    const parameter = { Name: '/images/web', Type: 'String' as const, Value: 'ami-before' };
    await new SSMClient({ ...cloud.client, region: 'eu-central-1' }).send(new PutParameterCommand(parameter));
    const file = pipeline(
      ground.path,
      'unready',
      { components: [{ component: './works.yml' }] },
      { 'works.yml': component('works', { build: [{ name: 'Say', commands: ['echo works'] }] }) },
      {
        distributionConfiguration: {
          distributions: [
            { region: 'us-east-1' },
            { region: 'eu-west-1', amiDistributionConfiguration: { kmsKeyId: key } },
            { region: 'eu-central-1', ssmParameterConfigurations: [{ parameterName: '/images/web' }] },
            { region: 'ap-southeast-2', launchTemplateConfigurations: [{ launchTemplateId: template }] },
          ],
        },
      },
    );
    const here = ['--local', '--state-dir', directory.path];
    const run = async (...words: string[]) => (answers[words[0]!] = await imageBuilder([...words, ...here]));
    await run('apply', dirname(file));
    await run('preflight', 'unready');
    report = JSON.parse((await imageBuilder(['preflight', 'unready', '--output', 'json', ...here])).out);
    ({ image } = await build(file, directory.path));
    await run('images', 'show', image.arn);
  }, 240_000);
  afterAll(async () => {
    for (const step of undo.reverse()) await step();
  });

  const where = [
    ['eu-west-1', 'amiDistributionConfiguration.kmsKeyId'],
    ['eu-central-1', 'ssmParameterConfigurations'],
    ['ap-southeast-2', 'launchTemplateConfigurations'],
  ];

  test('is told before it is built: all three, with the places, and exit code 1', () => {
    expect(answers.preflight).toMatchObject({ code: 1, errors: '' });
    expect(answers.preflight!.out.split('\n').slice(0, 10)).toEqual([
      'Distribution of unready: 3 checks, 3 would fail.',
      '',
      'Would fail',
      '  eu-west-1, amiDistributionConfiguration.kmsKeyId',
      `    The key ${key} in eu-west-1 is Disabled, and EBS encrypts with keys that are Enabled only. Enable it, or name another.`,
      '  eu-central-1, ssmParameterConfigurations',
      '    SSM parameter /images/web in eu-central-1 is a String of data type text, and is to be a String of data type aws:ec2:image: AWS lets neither be changed. Name dataType: text in its ssmParameterConfigurations, or delete the parameter first.',
      '  ap-southeast-2, launchTemplateConfigurations',
      expect.stringMatching(
        /^ {4}Tried to look at launch template lt-\w+ in ap-southeast-2: AWS said InvalidLaunchTemplateId\.NotFound: /,
      ),
      '',
    ]);
    expect(report.problems.map(({ region, setting }) => [region, setting])).toEqual(where);
  });

  test('fails when it is built, with the same problems in the record', () => {
    const { status, reason, failureContext } = image.state as Image['state'] & { failureContext?: object };
    expect(status).toBe('FAILED');
    expect(reason).toMatch(/^Nothing was launched, for 3 settings of the distribution would fail:\neu-west-1, /);
    expect(failureContext).toMatchObject({
      failedStep: 'CheckDistribution',
      distributionFailure: {
        regionFailures: report.problems.map(({ region, setting, message }) => ({
          ...{ region, imageConfigurationStep: setting, errorMessage: message },
        })),
      },
    });
  });

  test('and every one of them is shown, once', () => {
    const { out } = answers.images!;
    for (const { message } of report.problems) expect(out.split(message)).toHaveLength(2);
    expect(out).toContain('Failed in CheckDistribution');
  });

  test('launches no instance', async () => {
    const { Reservations } = await new EC2Client(cloud.client).send(new DescribeInstancesCommand({}));
    expect(Reservations).toEqual([]);
  });
});

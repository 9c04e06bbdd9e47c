// Publishing in three regions, end to end: a build that fails at the last target changes nothing for consumers; the next one changes all.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateLaunchTemplateCommand,
  DescribeImagesCommand,
  DescribeLaunchTemplateVersionsCommand,
  EC2Client,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { groundFor, impossible, stateDirectory } from './ground.ts';
import { build, type Image } from './image-builder.ts';
import { type LocalCloud, stackName, startCloud } from './local-cloud.ts';
import { component, pipeline } from './pipeline-folder.ts';

if (impossible) console.warn(impossible);

const regions = ['us-east-1', 'eu-west-1', 'ap-southeast-2'];
const debian = '/aws/service/debian/release/12/latest/amd64';

describe.skipIf(impossible)('publishing in three regions', () => {
  const undo: (() => unknown)[] = [];
  const templates: Record<string, string> = {};
  const old: Record<string, string> = {};
  let cloud: LocalCloud;
  let failed: Image;
  let published: Image;
  let before: unknown;
  let afterFailure: unknown;

  const ec2 = (region: string) => new EC2Client({ ...cloud.client, region });
  const ssm = (region: string) => new SSMClient({ ...cloud.client, region });

  /** What consumers of a region see: the AMIs of the default and the latest version, and of both parameters. */
  async function seen(region: string) {
    const versions = async (Versions: string[]) => {
      const request = { LaunchTemplateId: templates[region]!, Versions };
      const { LaunchTemplateVersions } = await ec2(region).send(new DescribeLaunchTemplateVersionsCommand(request));
      return LaunchTemplateVersions![0]!.LaunchTemplateData!.ImageId;
    };
    const parameter = async (Name: string) =>
      (
        await ssm(region)
          .send(new GetParameterCommand({ Name }))
          .catch(() => undefined)
      )?.Parameter?.Value;
    return {
      default: await versions(['$Default']),
      latest: await versions(['$Latest']),
      checked: await parameter('/images/web'),
      text: await parameter('/images/web-text'),
    };
  }
  const everywhere = async () =>
    Object.fromEntries(await Promise.all(regions.map(async (one) => [one, await seen(one)])));

  const settingsOf = (region: string) => ({
    region,
    amiDistributionConfiguration: {
      name: '{{ imageRecipe.name }} {{ imagebuilder:buildVersion }} {{ imagebuilder:buildDate:yyyyMMdd }}',
      launchPermission: { userIds: ['111122223333'] },
      deprecateAfter: { value: 6, unit: 'MONTHS' },
      deregistrationProtection: { enabled: true },
      snapshotCopyCompletionDurationMinutes: 15,
    },
    launchTemplateConfigurations: [{ launchTemplateId: templates[region], setDefaultVersion: true }],
    ssmParameterConfigurations: [
      { parameterName: '/images/web' },
      { parameterName: '/images/web-text', dataType: 'text' },
    ],
  });

  beforeAll(async () => {
    const directory = await stateDirectory();
    undo.push(directory.remove);
    const ground = groundFor('publishing');
    undo.push(ground.remove);
    const refusal = {
      operation: 'ModifyLaunchTemplate',
      region: 'ap-southeast-2',
      code: 'OperationNotPermitted',
      times: 1,
    };
    mkdirSync(join(directory.path, 'ec2'), { recursive: true });
    writeFileSync(join(directory.path, 'ec2', 'refusals.json'), JSON.stringify([refusal]));
    cloud = await startCloud(directory.path);
    undo.push(cloud.stop);
    for (const region of regions) {
      old[region] = (await ssm(region).send(new GetParameterCommand({ Name: debian }))).Parameter!.Value!;
      const { LaunchTemplate } = await ec2(region).send(
        new CreateLaunchTemplateCommand({
          LaunchTemplateName: 'web',
          LaunchTemplateData: { ImageId: old[region], InstanceType: 't3.micro' },
          TagSpecifications: [
            {
              ResourceType: 'launch-template',
              Tags: [{ Key: 'serverless-image-builder:published-by', Value: stackName }],
            },
          ],
        }),
      );
      templates[region] = LaunchTemplate!.LaunchTemplateId!;
      const request = { Name: '/images/web-text', Value: old[region], Type: 'String' as const };
      await ssm(region).send(new PutParameterCommand(request));
    }
    before = await everywhere();
    const file = pipeline(
      ground.path,
      'published',
      {
        components: [{ component: './works.yml' }],
        additionalInstanceConfiguration: {
          userDataOverride: Buffer.from('#!/bin/sh\nsleep 1\necho works >/etc/from-user-data\n').toString('base64'),
        },
      },
      {
        'works.yml': component('works', {
          build: [{ name: 'FindWhatUserDataMade', commands: ['grep -qx works /etc/from-user-data'] }],
        }),
      },
      {
        imageTestsConfiguration: { imageTestsEnabled: false },
        distributionConfiguration: { distributions: regions.map(settingsOf) },
      },
    );
    failed = (await build(file, directory.path)).image;
    afterFailure = await everywhere();
    published = (await build(file, directory.path)).image;
  }, 300_000);
  afterAll(async () => {
    for (const step of undo.reverse()) await step();
  });

  test('the last launch template is refused: the image fails, and its reason names template and region', () => {
    expect(failed.state).toMatchObject({
      status: 'FAILED',
      reason: expect.stringMatching(
        /default of launch template lt-\w+ in ap-southeast-2: AWS said OperationNotPermitted/,
      ),
      failureContext: { failedStep: 'PublishImage' },
    });
    expect(failed.notes.filter((note) => note.includes('Cleanup'))).toEqual([]);
  });
  test('then consumers see everywhere what they saw before, and no AMI, snapshot or file is left', async () => {
    expect(afterFailure).toEqual(before);
    for (const region of regions) {
      const { Images } = await ec2(region).send(new DescribeImagesCommand({ Owners: ['self'] }));
      expect(Images!.map(({ ImageId }) => ImageId)).toEqual([amiOf(region)]);
    }
  });
  const amiOf = (region: string) => published.outputResources.amis.find((ami) => ami.region === region)?.image;

  test('the next build is seen everywhere', async () => {
    expect(published.state).toEqual({ status: 'AVAILABLE' });
    expect(published.notes.filter((note) => !/^(?:Parent image|Tests are turned off)/.test(note))).toEqual([]);
    expect(await everywhere()).toEqual(
      Object.fromEntries(
        regions.map((region) => {
          const ami = amiOf(region);
          return [region, { default: ami, latest: ami, checked: ami, text: ami }];
        }),
      ),
    );
  });
  test('its AMIs are deprecated later and protected now, under the name of the template', async () => {
    for (const region of regions) {
      const { Images } = await ec2(region).send(new DescribeImagesCommand({ ImageIds: [amiOf(region)!] }));
      expect(Images![0]).toMatchObject({
        Name: expect.stringMatching(/^published 2 20\d{6}$/),
        DeregistrationProtection: 'enabled-without-cooldown',
        DeprecationTime: expect.stringMatching(/^20/),
      });
    }
  });
  test('an instance of the template is an instance of the image', async () => {
    const request = { LaunchTemplate: { LaunchTemplateId: templates['eu-west-1']! }, MinCount: 1, MaxCount: 1 };
    const { Instances } = await ec2('eu-west-1').send(new RunInstancesCommand(request));
    expect(Instances![0]!.ImageId).toBe(amiOf('eu-west-1'));
    await ec2('eu-west-1').send(new TerminateInstancesCommand({ InstanceIds: [Instances![0]!.InstanceId!] }));
  });
});

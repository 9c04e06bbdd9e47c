// The aws CLI agrees with the local cloud about launch templates, parameters that name AMIs, public access and S3.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aws, awsCliMissing } from '../door/aws-cli.ts';
import { debian, type OpenCloud, openCloud } from './open-cloud.ts';

if (awsCliMissing) console.warn(awsCliMissing);

describe.skipIf(awsCliMissing)('the aws CLI', () => {
  let cloud: OpenCloud;
  let ami: string;
  const run = (...words: string[]) => aws(cloud.endpoint, ...words);

  beforeAll(async () => {
    cloud = await openCloud();
    const { Parameter } = (await run('ssm', 'get-parameter', '--name', debian)) as { Parameter: { Value: string } };
    ami = Parameter.Value;
  });
  afterAll(() => cloud.close());

  it('makes a launch template, a version of it, and that the default', async () => {
    const named = ['--launch-template-name', 'web'];
    await run('ec2', 'create-launch-template', ...named, '--launch-template-data', JSON.stringify({ ImageId: ami }));
    const data = ['--launch-template-data', JSON.stringify({ InstanceType: 't3.micro' })];
    const made = await run('ec2', 'create-launch-template-version', ...named, '--source-version', '1', ...data);
    expect(made).toMatchObject({
      LaunchTemplateVersion: {
        VersionNumber: 2,
        DefaultVersion: false,
        LaunchTemplateData: { ImageId: ami, InstanceType: 't3.micro' },
      },
    });
    const changed = await run('ec2', 'modify-launch-template', ...named, '--default-version', '2');
    expect(changed).toMatchObject({ LaunchTemplate: { DefaultVersionNumber: 2, LatestVersionNumber: 2 } });
    const versions = ['--launch-template-name', 'web', '--versions', '$Default'];
    expect(await run('ec2', 'describe-launch-template-versions', ...versions)).toMatchObject({
      LaunchTemplateVersions: [{ VersionNumber: 2, DefaultVersion: true }],
    });
    const deleted = await run('ec2', 'delete-launch-template-versions', ...named, '--versions', '1', '9');
    expect(deleted).toMatchObject({
      SuccessfullyDeletedLaunchTemplateVersions: [{ VersionNumber: 1 }],
      UnsuccessfullyDeletedLaunchTemplateVersions: [
        { VersionNumber: 9, ResponseError: { Code: 'launchTemplateVersionDoesNotExist' } },
      ],
    });
    await run('ec2', 'delete-launch-template', ...named);
    await expect(run('ec2', 'describe-launch-templates', '--launch-template-names', 'web')).rejects.toThrow(
      'InvalidLaunchTemplateName.NotFoundException',
    );
  }, 60_000);

  it('blocks public access, and sees that it does', async () => {
    const state = ['--image-block-public-access-state', 'block-new-sharing'];
    await run('ec2', 'enable-image-block-public-access', ...state);
    expect(await run('ec2', 'get-image-block-public-access-state')).toMatchObject({
      ImageBlockPublicAccessState: 'block-new-sharing',
    });
  }, 60_000);

  it('makes and lists buckets, and is told what is not there', async () => {
    await run('s3api', 'create-bucket', '--bucket', 'exports');
    expect(await run('s3api', 'list-buckets')).toMatchObject({ Buckets: [{ Name: 'exports' }] });
    expect(await run('s3api', 'list-objects-v2', '--bucket', 'exports')).not.toHaveProperty('Contents');
    await expect(run('s3api', 'list-objects-v2', '--bucket', 'nowhere')).rejects.toThrow('NoSuchBucket');
    await expect(run('ec2', 'describe-export-image-tasks', '--export-image-task-ids', 'export-ami-1')).rejects.toThrow(
      'InvalidExportTaskID.NotFound',
    );
  }, 60_000);
});

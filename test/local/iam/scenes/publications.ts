// Builds that publish everything that can be, and what comes in between.
import { CreateLaunchTemplateCommand, type EC2Client } from '@aws-sdk/client-ec2';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { stackName } from '../../../faults/paper-cloud.ts';
import { failure, imageArn, of, untested } from '../builds.ts';
import { targetAccount } from '../forbidden-acts.ts';
import type { Stage } from '../stage.ts';
import { keyPolicy } from './keys.ts';
import { overtaken } from './late.ts';

const consent = { Key: 'serverless-image-builder:published-by', Value: stackName };
const bucket = 'serverless-image-builder-exports-000000000000';
const s3ExportConfiguration = { diskImageFormat: 'RAW', s3Bucket: bucket };
const exporting = { distributionConfiguration: { distributions: [{ region: 'us-east-1', s3ExportConfiguration }] } };
const vmimportTrust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'vmie.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});

/** A publication that sets everything, one that is overtaken by its cleanup at the last target, and an export that is too late. */
export async function publications(stage: Stage): Promise<void> {
  const [s3, iam] = [stage.held(new S3Client(stage.settings)), stage.held(new IAMClient(stage.settings))];
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  await iam.send(new CreateRoleCommand({ RoleName: 'vmimport', AssumeRolePolicyDocument: vmimportTrust }));
  const [all, late] = [await targets(stage, 'targets'), await targets(stage, 'late-putparameter')];
  await Promise.all([
    stage.run('targets', ['works'], { ...untested, ...all }),
    overtaken(stage, 'PutParameter', late),
    overtaken(stage, 'ExportImage', exporting),
  ]);
}

/** A build that is stopped while its export is under way, after that has been asked for again when it had ended; no other one exports meanwhile. */
export async function stoppedInExport(stage: Stage): Promise<void> {
  const { beforeTheFirst, ended, invoke, ledgerOf, settle, startOf, statuses, stop } = stage;
  const name = 'stopped-in-export';
  const image = imageArn(name);
  // Once the task is noted, the function looks at it.
  const looked = { operation: 'DescribeExportImageTasks', about: /./, role: /ExportImageRole/ };
  beforeTheFirst(looked, async () => {
    const task = (await ledgerOf(image))['ExportImage#0#0']!.M!.id!.S!;
    for (const result of [{ ok: { BOOL: true } }, failure]) {
      await settle(task, 'exported', result);
      await invoke('export-image', { image, token: 'of nobody', index: 0 });
    }
    await settle(task, 'exported');
    await stop(started);
  });
  const started = await startOf(name, ['works'], { ...untested, ...exporting });
  statuses[name] = (await ended(started)).state.status;
}

/** Everything that a distribution may set, in the own and the target account; `name` ends in what parameters are called. */
async function targets({ ssm, ssmThere, ec2, ec2There }: Stage, name: string) {
  for (const account of [ssm, ssmThere])
    await account.send(new PutParameterCommand({ Name: `/images/${name}`, Type: 'String', Value: 'ami-before' }));
  const parameters = (place: { amiAccountId?: string }) => [
    { parameterName: `/images/${name}`, dataType: 'text', ...place },
    { parameterName: `/images/${name}-new`, dataType: 'text', ...place },
  ];
  const templates = [
    { launchTemplateId: await templateIn(ec2, name), setDefaultVersion: true },
    { launchTemplateId: await templateIn(ec2There, name), setDefaultVersion: true, accountId: targetAccount },
  ];
  const home = {
    region: 'us-east-1',
    amiDistributionConfiguration: {
      ...{ launchPermission: { userGroups: ['all'] }, targetAccountIds: [targetAccount] },
      ...{ deprecateAfter: { value: 1, unit: 'YEARS' }, deregistrationProtection: { enabled: true } },
    },
    launchTemplateConfigurations: templates,
    ssmParameterConfigurations: [...parameters({}), ...parameters({ amiAccountId: targetAccount })],
    s3ExportConfiguration,
  };
  return { distributionConfiguration: { distributions: [home] } };
}

/** A template that consents, in one account. */
async function templateIn(account: EC2Client, name: string): Promise<string> {
  const { LaunchTemplate } = await account.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: name,
      LaunchTemplateData: { InstanceType: 't3.micro' },
      TagSpecifications: [{ ResourceType: 'launch-template', Tags: [consent] }],
    }),
  );
  return LaunchTemplate!.LaunchTemplateId!;
}

/** A copy under a key that may be looked at, but not be used. */
export async function keyless(stage: Stage): Promise<void> {
  const { beforeTheFirst, held, invoke, ledgerOf, run, settings, settle } = stage;
  const kms = held(new KMSClient({ ...settings, region: 'eu-west-1' }));
  const Policy = keyPolicy({ Effect: 'Deny', Principal: '*', Action: 'kms:CreateGrant', Resource: '*' });
  const kmsKeyId = (await kms.send(new CreateKeyCommand({ Policy }))).KeyMetadata!.Arn!;
  const copy = { region: 'eu-west-1', amiDistributionConfiguration: { kmsKeyId } };
  const distributionConfiguration = { distributions: [{ region: 'us-east-1' }, copy] };
  const image = imageArn('keyless');
  // Whoever saw first that it failed: before it is cleaned up, both see it once more.
  beforeTheFirst({ operation: 'UpdateItem', about: of('keyless'), role: /CleanupRole/ }, async () => {
    const ImageId = (await ledgerOf(image))['CopyRegion#1#0']!.M!.id!.S!;
    await settle(ImageId, 'available');
    await invoke('copy-region', { image, token: 'of nobody', index: 1 });
    await settle(ImageId, 'available');
    await invoke('resume-build', {
      ...{ source: 'aws.ec2', account: '000000000000', region: 'eu-west-1', 'detail-type': 'EC2 AMI State Change' },
      detail: { ImageId, State: 'failed' },
    });
  });
  await run('keyless', ['works'], { ...untested, distributionConfiguration });
}

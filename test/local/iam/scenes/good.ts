// Builds whose end is what it should be: one with everything, those that have its image for a parent and fail, and what is kept of a failed one.
import { DescribeSnapshotsCommand } from '@aws-sdk/client-ec2';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { toRegions } from '../../../e2e/pipeline-folder.ts';
import { failure, imageArn } from '../builds.ts';
import { targetAccount } from '../forbidden-acts.ts';
import type { Stage } from '../stage.ts';
import { keyPolicy } from './keys.ts';

export async function good(stage: Stage): Promise<void> {
  const kms = stage.held(new KMSClient(stage.settings));
  const kmsElsewhere = stage.held(new KMSClient({ ...stage.settings, region: 'eu-west-1' }));
  const keyElsewhere = (await kmsElsewhere.send(new CreateKeyCommand({}))).KeyMetadata!.Arn!;
  const key = (await kms.send(new CreateKeyCommand({ Policy: keyPolicy() }))).KeyMetadata!.Arn!;
  const launchPermission = { userIds: ['111122223333'] };
  const image = await stage.run('good', ['works', 'test'], {
    ...stage.told,
    recipe: { blockDeviceMappings: [{ deviceName: '/dev/sda1', ebs: { encrypted: true, kmsKeyId: key } }] },
    approval: { timeoutHours: 1 },
    packageUpdates: ['kernel'],
    distributionConfiguration: {
      channel: 'prod',
      distributions: [
        {
          region: 'us-east-1',
          amiDistributionConfiguration: { kmsKeyId: key, launchPermission, targetAccountIds: [targetAccount] },
        },
        { region: 'eu-west-1', amiDistributionConfiguration: { kmsKeyId: keyElsewhere, launchPermission } },
      ],
    },
  });
  const [ami] = image.outputResources.amis;
  await stage.ssm.send(new PutParameterCommand({ Name: '/images/parent', Type: 'String', Value: ami!.image }));
  const { Snapshots } = await stage.ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] }));
  const blockDeviceMappings = [{ deviceName: '/dev/sdb', ebs: { snapshotId: Snapshots![0]!.SnapshotId! } }];
  await Promise.all([
    stage.run('by-name', ['fails'], { ...stage.told, recipe: { parentImage: 'good/x.x.x' } }),
    stage.run('by-parameter', ['fails'], { recipe: { parentImage: 'ssm:/images/parent', blockDeviceMappings } }),
  ]);
}

/** An image that waits for a person: asked again with the answer there, answered twice, and told once more. */
export async function approved({ until, waitOf, settle, invoke }: Stage, image: string): Promise<void> {
  // The question has been sent, and the token is in its place.
  await until(async () => (await waitOf(image, 'approved'))?.token !== undefined);
  const token = 'of nobody';
  await settle(image, 'approved', { ok: { BOOL: true } });
  await invoke('await-approval', { image, token });
  await settle(image, 'approved', failure);
  await invoke('await-approval', { image, token });
  await settle(image, 'approved');
  await invoke('answer-approval', { image, decision: 'approved' });
  await settle(image, 'approved', failure);
  await invoke('answer-approval', { image, decision: 'approved' });
}

/** The AMI of a failed image, tested again, and that of a good one distributed by another name. */
export async function keptAndTried(stage: Stage): Promise<void> {
  const { ended, run, start, statuses } = stage;
  const { arn } = await run('broken', ['works', 'fails-test'], {
    distributionConfiguration: toRegions('us-east-1', 'eu-west-1'),
    retainForRetry: 1,
  });
  const again = async (name: string, request: object) => {
    statuses[name] = (await ended(await start(request))).state.status;
  };
  await again('retried', { retryOf: arn });
  await Promise.all([
    again('distributed', { distribution: { source: imageArn('good'), regions: ['eu-west-1'] } }),
    approved(stage, imageArn('good', 2)),
  ]);
}

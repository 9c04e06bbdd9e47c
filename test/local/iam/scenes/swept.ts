// Builds that end without anybody being told, so that what they own is the sweep's to release.
import { DescribeImageAttributeCommand, DescribeImagesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DisableRuleCommand, EventBridgeClient, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { imageArn, of, shared, toAccounts, untested } from '../builds.ts';
import type { Stage, Started } from '../stage.ts';
import { inTest } from './aborted.ts';
import { closeLedger } from './late.ts';

/** From here on the second net sees no execution end. */
export async function swept(stage: Stage): Promise<void> {
  const { done, ended, held, settings, statuses } = stage;
  const events = held(new EventBridgeClient(settings));
  const { Rules = [] } = await events.send(new ListRulesCommand({}));
  const rule = Rules.find(({ Name }) => Name?.includes('ExecutionEndedRule'))!;
  await events.send(new DisableRuleCommand({ Name: rule.Name! }));
  const [test, publishing] = await Promise.all([stoppedInTest(stage), stoppedInPublishing(stage)]);
  await done('sweep', { dryRun: false });
  statuses['swept-in-test'] = (await ended(test)).state.status;
  statuses['swept-in-publishing'] = (await ended(publishing)).state.status;
}

async function amisOf(region: EC2Client, name: string) {
  const Filters = [{ Name: 'tag:serverless-image-builder:image', Values: [imageArn(name)] }];
  return (await region.send(new DescribeImagesCommand({ Owners: ['self'], Filters }))).Images ?? [];
}

/** Stopped with a command, a tester, an AMI and a copy of its own. */
async function stoppedInTest(stage: Stage): Promise<Started> {
  const { held, settings, startOf, stop, told, until } = stage;
  const elsewhere = held(new EC2Client({ ...settings, region: 'eu-west-1' }));
  const name = 'swept-in-test';
  const distributionConfiguration = toAccounts('us-east-1', 'eu-west-1');
  const started = await startOf(name, ['works', 'slow-test'], { ...told, distributionConfiguration });
  await inTest(stage, imageArn(name));
  await until(async () => (await amisOf(elsewhere, name))[0]?.State === 'available');
  await stop(started);
  return started;
}

/** Stopped when its AMI is shared, but not published yet. */
async function stoppedInPublishing(stage: Stage): Promise<Started> {
  const { beforeTheFirst, ec2, living, startOf, stop, until } = stage;
  const name = 'swept-in-publishing';
  const asked = Promise.withResolvers<void>();
  beforeTheFirst({ operation: 'ModifyImageAttribute', about: of(name) }, async () => {
    await closeLedger(stage, name);
    await stop(started);
    asked.resolve();
  });
  const started = await startOf(name, ['works'], { ...untested, ...shared('us-east-1', 'eu-west-1') });
  await asked.promise;
  const [ami] = await amisOf(ec2, name);
  const permissions = { ImageId: ami!.ImageId!, Attribute: 'launchPermission' } as const;
  const permitted = () => ec2.send(new DescribeImageAttributeCommand(permissions));
  await until(async () => (await permitted()).LaunchPermissions?.length === 1);
  // The function notes that it sets nothing more.
  await until(() => ![...living].some((one) => one.function === 'publish-image'));
  return started;
}

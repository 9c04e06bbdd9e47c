// An image that is put out of use, taken back, and deleted by a policy at its time; the policy goes, too.
import { CreateLaunchTemplateCommand, DescribeImagesCommand, ModifyImageAttributeCommand } from '@aws-sdk/client-ec2';
import { imageArn, longAgo } from '../builds.ts';
import type { Stage } from '../stage.ts';
import { fireSoon } from './triggers.ts';

const name = 'old-ones';

export async function retired(stage: Stage): Promise<void> {
  const { done, ec2, ec2There, later, recordOf, update } = stage;
  const image = imageArn('good');
  const LaunchTemplateData = { ImageId: 'ami-0123456789abcdef0' };
  for (const one of [ec2, ec2There])
    await one.send(new CreateLaunchTemplateCommand({ LaunchTemplateName: 'else', LaunchTemplateData }));
  for (const action of ['DISABLE', 'AVAILABLE', 'DEPRECATE', 'AVAILABLE'])
    await done('apply-lifecycle', { image, action });
  // A person's action of a moment ago would have the policy wait for a day; what is revoked, or distributed of another one, fills no place before it.
  await update(image, 'image', 'REMOVE lifecycle');
  await update(imageArn('good', 2), 'image', 'REMOVE revoked, distributionOf');
  const shared = await shareOld(stage);
  const age = { type: 'AGE', value: 1, unit: 'DAYS' };
  await register(stage, 'manual', { shared, recipe: 'targets', type: 'DISABLE', filter: age });
  await done('apply-lifecycle', { policy: name, dryRun: true });
  await register(stage, { scheduleExpression: 'rate(1 day)' });
  await fireSoon(stage, `lifecycle.${name}`);
  await recordOf(image, (item) => item?.state?.M?.status?.S === 'DELETED');
  await register(stage);
  await done('apply-lifecycle', { default: true });
  await done('delete-resources', { resources: [`lifecycle-policy/${name}`] });
  later('apply-lifecycle', { default: 'perhaps' });
}

/** An old image that is shared in both accounts. What is under EBS's own key could not be; this one is protected, but may be disabled. */
async function shareOld({ ec2, ec2There, update }: Stage): Promise<string> {
  const [old, UserId] = [imageArn('targets'), '777788889999'];
  await update(old, 'image', 'SET dateCreated = :date', { values: { ':date': { S: longAgo } } });
  for (const one of [ec2, ec2There]) {
    const Filters = [{ Name: 'tag:serverless-image-builder:image', Values: [old] }];
    const { Images = [] } = await one.send(new DescribeImagesCommand({ Owners: ['self'], Filters }));
    for (const { ImageId } of Images)
      await one.send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission: { Add: [{ UserId }] } }));
  }
  return UserId;
}

type Policy = { shared?: string; recipe?: string; type?: string; filter?: object };

function register({ done }: Stage, schedule?: object | 'manual', policy: Policy = {}): Promise<unknown> {
  const { shared = '444455556666', recipe = 'good', type = 'DELETE', filter = { type: 'COUNT', value: 1 } } = policy;
  const policyDetails = {
    action: { type, includeResources: { amis: true, snapshots: type === 'DELETE' } },
    filter,
    exclusionRules: { amis: { sharedAccounts: [shared] } },
  };
  const configuration = {
    policyDetails: [policyDetails],
    resourceSelection: { recipes: [{ name: recipe, semanticVersion: 'x.x.x' }] },
    ...(schedule && { schedule }),
  };
  return done('put-resources', { lifecyclePolicies: [{ name, configuration }] });
}

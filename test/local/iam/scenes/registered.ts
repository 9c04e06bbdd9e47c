// What is registered apart from a build: resources that a pipeline refers to, and pipelines that are only checked.
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { component, toRegions } from '../../../e2e/pipeline-folder.ts';
import { untested } from '../builds.ts';
import { targetAccount } from '../forbidden-acts.ts';
import type { Stage } from '../stage.ts';

const name = 'referring';

/** A pipeline that refers to what is registered by itself. */
export async function referring({ done, ended, start, statuses }: Stage): Promise<void> {
  const data = component('fails-here', { build: [{ name: 'Fail', commands: ['exit 3'] }] });
  const recipe = {
    ...{ name, semanticVersion: '1.0.x', parentImage: { owner: '136693071363', name: 'debian-12-amd64-*' } },
    components: [{ component: 'fails-here/x.x.x' }],
  };
  await done('put-resources', {
    components: [{ name: 'fails-here', semanticVersion: '1.0.0', data }],
    imageRecipes: [{ recipe }],
    infrastructureConfigurations: [{ name: 'small', configuration: { instanceTypes: ['t3.micro'] } }],
    distributionConfigurations: [{ name: 'one-region', configuration: toRegions('us-east-1') }],
  });
  const configurations = { infrastructureConfiguration: 'small', distributionConfiguration: 'one-region' };
  await done('put-resources', { pipeline: { name, imageRecipe: `${name}/1.x.x`, ...configurations } });
  statuses[name] = (await ended(await start({ imagePipelineName: name }))).state.status;
}

export async function deleteWhatRefers({ done }: Stage): Promise<void> {
  const resources = [`image-pipeline/${name}`, `image-recipe/${name}/x.x.x`, 'component/fails-here/x.x.x'];
  resources.push('infrastructure-configuration/small', 'distribution-configuration/one-region');
  await done('delete-resources', { resources });
}

/** The checks without a build, of what no build of these goes to: a region that has to be enabled, a key in another account, one that lets no other account in. */
export async function preflights({ done, held, settings }: Stage): Promise<void> {
  const kms = held(new KMSClient(settings));
  const kmsKeyId = (await kms.send(new CreateKeyCommand({}))).KeyMetadata!.Arn!;
  const imageRecipe = {
    ...{ name: 'far', semanticVersion: '1.0.0', parentImage: 'ssm:/images/parent', components: [] },
    blockDeviceMappings: [{ deviceName: '/dev/sda1', ebs: { encrypted: true, kmsKeyId } }],
  };
  const parameterName = '/images/far';
  const far = {
    region: 'ap-east-1',
    amiDistributionConfiguration: { name: 'far', kmsKeyId: 'alias/images', targetAccountIds: [targetAccount] },
    launchTemplateConfigurations: [{ launchTemplateId: 'lt-0123456789abcdef0', accountId: targetAccount }],
    ssmParameterConfigurations: [{ parameterName }, { parameterName, amiAccountId: targetAccount }],
  };
  const distributionConfiguration = { channel: 'dev', distributions: [{ region: 'us-east-1' }, far] };
  await done('put-resources', { pipeline: { name: 'far', imageRecipe, ...untested, distributionConfiguration } });
  for (const imagePipelineName of ['far', 'good', 'by-name', name])
    await done('check-distribution', { imagePipelineName });
}

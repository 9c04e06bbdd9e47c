// The targets of an image: looked up and checked before the first of them is touched.
import type { Plan, PlannedDistribution } from '../../build/plan.ts';
import { launchPermissionTarget } from '../../build/publication.ts';
import type { LaunchPermissionTarget, LaunchTemplateTarget, SsmParameterTarget, Target } from '../../build/target.ts';
import { InvalidRequestError } from '../../errors.ts';
import { consentTag } from '../../model/tags.ts';
import type { Reach } from './kind.ts';

export type Output = { key: string; id: string; region: string; account?: string };

/** Every target with the value that it has now. `outputs`: the AMI of each distribution. InvalidRequestError or NotFoundError where one could not be set. */
export async function targetsOf(reach: Reach, plan: Plan, outputs: Output[]): Promise<Target[]> {
  const found = plan.distributions.map(async (to, index) => {
    const { id } = outputs[index]!;
    return [
      ...(await permissions(reach, to, id)),
      ...(await Promise.all((to.launchTemplateConfigurations ?? []).map((one) => template(reach, to.region, id, one)))),
      ...(await Promise.all((to.ssmParameterConfigurations ?? []).map((one) => parameter(reach, to.region, id, one)))),
    ];
  });
  return (await Promise.all(found)).flat();
}

async function permissions(
  { amis, amiSettings }: Reach,
  { region, launchPermission }: PlannedDistribution,
  id: string,
): Promise<LaunchPermissionTarget[]> {
  if (!launchPermission) return [];
  if (launchPermission.userGroups.includes('all') && (await amiSettings(region).publicAccessBlocked()))
    throw new InvalidRequestError(
      `The image cannot be public in ${region}: the account blocks public access to AMIs there. Allow it (\`aws ec2 disable-image-block-public-access --region ${region}\`; it takes up to 10 minutes), or share the image with userIds, organizationArns or organizationalUnitArns.`,
    );
  return [launchPermissionTarget(region, id, await amis(region).launchPermissions(id), launchPermission)];
}

type TemplateSetting = NonNullable<PlannedDistribution['launchTemplateConfigurations']>[number];

async function template(
  { launchTemplates, stackName }: Reach,
  region: string,
  imageId: string,
  { launchTemplateId: id, accountId: account, setDefaultVersion }: TemplateSetting,
): Promise<LaunchTemplateTarget> {
  const { defaultVersion, tags } = await launchTemplates(region, account).find(id);
  if (tags[consentTag] !== stackName)
    throw new InvalidRequestError(
      `Launch template ${id} in ${region} does not say that this stack may publish through it. Tag it: \`aws ec2 create-tags --region ${region} --resources ${id} --tags Key=${consentTag},Value=${stackName}\`.`,
    );
  return {
    ...{ kind: 'launchTemplate', region, id },
    ...(account && { account }),
    before: { defaultVersion },
    after: { imageId, setDefaultVersion },
  };
}

type ParameterSetting = NonNullable<PlannedDistribution['ssmParameterConfigurations']>[number];

async function parameter(
  { publishedParameters }: Reach,
  region: string,
  value: string,
  { parameterName: id, amiAccountId: account, dataType }: ParameterSetting,
): Promise<SsmParameterTarget> {
  const present = await publishedParameters(region, account).find(id);
  if (present && (present.type !== 'String' || present.dataType !== dataType))
    throw new InvalidRequestError(
      `SSM parameter ${id} in ${region} is a ${present.type} of data type ${present.dataType}, and is to be a String of data type ${dataType}: AWS lets neither be changed. Name dataType: ${present.dataType} in its ssmParameterConfigurations, or delete the parameter first.`,
    );
  return {
    ...{ kind: 'ssmParameter', region, id },
    ...(account && { account }),
    before: present ? { value: present.value } : {},
    after: { value, dataType },
  };
}

// What would keep a distribution from coming about, decided from what AWS says of each thing that it names.
import { buildDate } from '../model/ami-name.ts';
import { consentTag } from '../model/tags.ts';
import { destinationText } from './destinations.ts';
import { sourceKeys } from './key-access.ts';
import type { Plan } from './plan.ts';

type Place = { region: string; account?: string | undefined };

/**
 * Regions that every account of the partition `aws` has, launched before 2019-03-20: all later ones must be enabled (AWS
 * Account Management reference guide, enable or disable AWS Regions). Those, and those of other partitions, are asked about.
 */
const always = new Set(
  `ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-southeast-1 ap-southeast-2 ca-central-1 eu-central-1 eu-north-1
   eu-west-1 eu-west-2 eu-west-3 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2`.split(/\s+/),
);

export const needsOptIn = (region: string) => !always.has(region);

/**
 * Whether another AMI may have the name of a distribution's AMI: not where the build's own time, to the millisecond, is in it.
 * A retry publishes an AMI that has its name already.
 */
export function mayBeTaken({ distributions, copies, source }: Plan, index: number, dateCreated: string): boolean {
  if (source && !copies.includes(index)) return false;
  return !distributions[index]!.name.includes(buildDate(dateCreated));
}

/** Whether anything is set that has to be asked about; most builds need no answer of AWS. */
export function needsChecks(plan: Plan, dateCreated: string): boolean {
  if (plan.channel !== undefined) return true;
  return plan.distributions.some((to, index) => {
    const copied = plan.copies.includes(index);
    return (
      to.accountId !== undefined ||
      (to.region !== plan.homeRegion && needsOptIn(to.region)) ||
      mayBeTaken(plan, index, dateCreated) ||
      (copied && to.kmsKeyId !== undefined) ||
      sourceKeys(plan).length > 0 ||
      to.launchPermission?.userGroups.includes('all') === true ||
      to.launchTemplateConfigurations !== undefined ||
      to.ssmParameterConfigurations !== undefined ||
      to.s3ExportConfiguration !== undefined
    );
  });
}

/** `status`: of DescribeRegions (`opt-in-not-required`, `opted-in`, `not-opted-in`); undefined where EC2 knows no such region. */
export function regionProblem({ region, account }: Place, status: string | undefined): string | undefined {
  if (status === 'opted-in' || status === 'opt-in-not-required') return undefined;
  const whose = account ? `account ${account}` : 'this account';
  if (status === undefined) return `EC2 tells ${whose} of no region ${region}. Check its name, and the partition.`;
  return `${region} is not enabled for ${whose} (DescribeRegions says ${status}). Enable it (\`aws account enable-region --region-name ${region}\`; it takes minutes to hours), or remove it from the distributions.`;
}

/** What KMS says of a key (KMS API reference, KeyMetadata). */
export type KeyView = {
  arn: string;
  state: string;
  spec: string;
  usage: string /** One that AWS manages, as aws/ebs. */;
  managed: boolean;
};

/** The region in the ARN of a key or alias; undefined for ids and aliases, which are of the region that is asked. */
const regionOfKey = (key: string) => (key.startsWith('arn:') ? key.split(':')[3] : undefined);

/** Known without a call: a key is used in its own region only (EC2 API reference, CopyImage: in the destination region). */
export function keyPlaceProblem(key: string, { region }: Place): string | undefined {
  const other = regionOfKey(key);
  if (other === undefined || other === region) return undefined;
  return `The key ${key} is of ${other}, and what is encrypted in ${region} is under keys of ${region}. Name one of that region.`;
}

/** EBS encrypts with symmetric keys that are enabled (EC2 API reference, CopyImage; EBS user guide, requirements for encryption). */
export function keyProblem(key: string, place: Place, { state, spec, usage }: KeyView): string | undefined {
  const where = destinationText(place);
  if (spec !== 'SYMMETRIC_DEFAULT' || usage !== 'ENCRYPT_DECRYPT')
    return `The key ${key} in ${where} is ${spec} for ${usage}, and EBS encrypts with symmetric keys only. Name one that is SYMMETRIC_DEFAULT.`;
  if (state === 'Enabled') return undefined;
  return `The key ${key} in ${where} is ${state}, and EBS encrypts with keys that are Enabled only. Enable it, or name another.`;
}

/** What is under a key that AWS manages is shared with nobody, however the key is named (EC2 user guide, sharing AMIs). */
export function managedKeyProblem(
  key: string,
  place: Place,
  { managed }: KeyView,
  advice = 'Name a key of your own, one that the others may use.',
): string | undefined {
  if (!managed) return undefined;
  return `The key ${key} in ${destinationText(place)} is AWS's own, and EC2 lets no other account have what is under it. ${advice}`;
}

type Template = { id: string; tags: Record<string, string> };

/** Versions of one launch template (EC2 user guide, restrictions for launch templates); accounts may have other quotas. */
export const templateVersions = 10_000;

/** Whether publishing may make a version: the template's owner consents by a tag. */
export function consentProblem({ id, tags }: Template, place: Place, stackName: string) {
  if (tags[consentTag] === stackName) return undefined;
  return `Launch template ${id} in ${destinationText(place)} does not say that this stack may publish through it. Tag it: \`aws ec2 create-tags --region ${place.region} --resources ${id} --tags Key=${consentTag},Value=${stackName}\`.`;
}

/** `versions`: how many it has now. */
export function versionsProblem(id: string, place: Place, versions: number): string | undefined {
  if (versions < templateVersions) return undefined;
  return `Launch template ${id} in ${destinationText(place)} has ${versions} versions, and EC2 allows ${templateVersions}. Delete old ones (\`aws ec2 delete-launch-template-versions\`), or raise the quota.`;
}

/** A parameter that there is can be set only under its own type and data type (Systems Manager API reference, PutParameter). */
export function parameterProblem(
  name: string,
  dataType: string,
  place: Place,
  present: { type: string; dataType: string } | undefined,
): string | undefined {
  if (!present || (present.type === 'String' && present.dataType === dataType)) return undefined;
  return `SSM parameter ${name} in ${destinationText(place)} is a ${present.type} of data type ${present.dataType}, and is to be a String of data type ${dataType}: AWS lets neither be changed. Name dataType: ${present.dataType} in its ssmParameterConfigurations, or delete the parameter first.`;
}

export const publicAccessProblem = (region: string, blocked: boolean): string | undefined =>
  blocked
    ? `The image cannot be public in ${region}: the account blocks public access to AMIs there. Allow it (\`aws ec2 disable-image-block-public-access --region ${region}\`; it takes up to 10 minutes), or share the image with userIds, organizationArns or organizationalUnitArns.`
    : undefined;

/** VM Import/Export writes only to buckets of the AMI's region (VM Import/Export user guide, exporting from an AMI). */
export function bucketProblem(bucket: string, region: string, bucketRegion: string): string | undefined {
  if (bucketRegion === region) return undefined;
  return `Bucket ${bucket} is in ${bucketRegion}, and AMIs of ${region} are exported to buckets of ${region} only. Name another bucket.`;
}

const vmie = 'vmie.amazonaws.com';

/** `trust`: the role's trust policy, as JSON. What its conditions and its rights come to is known only to IAM and S3. */
export function exportRoleProblem(role: string, trust: string): string | undefined {
  if (trustsService(trust, vmie)) return undefined;
  return `Role ${role} does not let VM Import/Export in: no statement of its trust policy allows ${vmie} sts:AssumeRole. Make the service role of the VM Import/Export user guide (required permissions), or name another roleName.`;
}

type Statement = { Effect?: string; Principal?: { Service?: string | string[] } | string; Action?: string | string[] };

function trustsService(trust: string, service: string): boolean {
  const { Statement = [] } = JSON.parse(trust) as { Statement?: Statement | Statement[] };
  return [Statement].flat().some(({ Effect, Principal, Action = [] }) => {
    const services = typeof Principal === 'object' ? [Principal.Service ?? []].flat() : [];
    const actions = [Action].flat().map((action) => action.toLowerCase());
    return (
      Effect === 'Allow' &&
      services.includes(service) &&
      actions.some((one) => ['sts:assumerole', 'sts:*', '*'].includes(one))
    );
  });
}

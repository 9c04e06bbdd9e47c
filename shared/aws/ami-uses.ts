// Who uses AMIs in one region: instances, launch templates, launch configurations and Auto Scaling groups, asked for many AMIs at once.
import {
  AutoScalingClient,
  type AutoScalingGroup,
  paginateDescribeAutoScalingGroups,
  paginateDescribeLaunchConfigurations,
} from '@aws-sdk/client-auto-scaling';
import {
  EC2Client,
  type EC2ClientConfig,
  type LaunchTemplate,
  type LaunchTemplateVersion,
  paginateDescribeInstances,
  paginateDescribeLaunchTemplates,
  paginateDescribeLaunchTemplateVersions,
} from '@aws-sdk/client-ec2';
import { atOnce } from '../at-once.ts';
import { publisherOf } from '../build/template-version.ts';
import { attempt } from './fault.ts';
import { mostFilterValues } from './retiring-amis.ts';

export type AmiUses = {
  /** By AMI, what uses it: `instance i-… (stopped)`, `launch template web (lt-…) version 3`. AMIs that nothing uses are left out. */
  of(ids: string[]): Promise<Map<string, string[]>>;
};

/** Every state but terminated: a stopped instance keeps its AMI's id, and a group may replace it. */
const living = ['pending', 'running', 'shutting-down', 'stopping', 'stopped'];

/** Launch templates that are asked for at once: the bucket of Describe operations refills with 20 a second (EC2 developer guide, throttling). */
const together = 4;

/**
 * For 1,000 AMIs of one region: 5 calls for instances, one for 200 launch templates and 5 for each template (a version
 * is found by its AMI only within one template: API reference, DescribeLaunchTemplateVersions), one for 100 launch
 * configurations and one for 100 groups; further pages where there is more to tell.
 */
export function amiUses(region: string, credentials?: EC2ClientConfig['credentials']): AmiUses {
  const place = { region, ...(credentials && { credentials }) };
  const ec2 = new EC2Client(place);
  const scaling = new AutoScalingClient(place);
  return {
    of: (ids) =>
      attempt(`Tried to find what uses ${ids.length} AMIs in ${region}`, async () => {
        const uses = new Map<string, string[]>();
        const use: Use = (id, by) => {
          if (id !== undefined && ids.includes(id)) uses.set(id, [...new Set([...(uses.get(id) ?? []), by])]);
        };
        if (ids.length === 0) return uses;
        const chunks: string[][] = [];
        for (let start = 0; start < ids.length; start += mostFilterValues)
          chunks.push(ids.slice(start, start + mostFilterValues));
        const groups = await groupsOf(scaling, use);
        await instancesOf(ec2, chunks, use);
        await templatesOf(ec2, chunks, groups, use);
        await configurationsOf(scaling, groups, use);
        return uses;
      }),
  };
}

type Use = (id: string | undefined, by: string) => void;

async function instancesOf(client: EC2Client, chunks: string[][], use: Use): Promise<void> {
  for (const Values of chunks) {
    const Filters = [
      { Name: 'image-id', Values },
      { Name: 'instance-state-name', Values: living },
    ];
    for await (const { Reservations = [] } of paginateDescribeInstances({ client, pageSize: 1000 }, { Filters }))
      for (const { ImageId, InstanceId, State } of Reservations.flatMap(({ Instances = [] }) => Instances))
        use(ImageId, `instance ${InstanceId} (${State?.Name})`);
  }
}

async function templatesOf(client: EC2Client, chunks: string[][], groups: Groups, use: Use): Promise<void> {
  const templates: LaunchTemplate[] = [];
  for await (const { LaunchTemplates = [] } of paginateDescribeLaunchTemplates({ client, pageSize: 200 }, {}))
    templates.push(...LaunchTemplates);
  const versions = async ({ LaunchTemplateId = '', LatestVersionNumber }: LaunchTemplate) => {
    for (const Values of chunks) {
      const request = { LaunchTemplateId, Filters: [{ Name: 'image-id', Values }] };
      const pages = paginateDescribeLaunchTemplateVersions({ client, pageSize: 200 }, request);
      for await (const { LaunchTemplateVersions = [] } of pages)
        for (const version of LaunchTemplateVersions) {
          const { LaunchTemplateName: name, VersionNumber, LaunchTemplateData } = version;
          const byNumber = groups(`template ${LaunchTemplateId} ${VersionNumber}`);
          if (isSuperseded(version, LatestVersionNumber) && byNumber === '') continue;
          const byAlias = [
            ...(VersionNumber === LatestVersionNumber ? [groups(`template ${LaunchTemplateId} $Latest`)] : []),
            ...(version.DefaultVersion ? [groups(`template ${LaunchTemplateId} $Default`)] : []),
          ];
          const through = [byNumber, ...byAlias].filter((text) => text !== '').join(',');
          use(
            LaunchTemplateData?.ImageId,
            `launch template ${name} (${LaunchTemplateId}) version ${VersionNumber}${through}`,
          );
        }
    }
  };
  await atOnce(together, templates, versions);
}

/**
 * A version that publishing an image made (its description says so), and that nobody launches with by default or as the newest:
 * else every image that was ever put into a template would be in use for ever.
 */
const isSuperseded = (
  { VersionDescription = '', VersionNumber, DefaultVersion }: LaunchTemplateVersion,
  latest?: number,
) => publisherOf(VersionDescription) !== undefined && !DefaultVersion && VersionNumber !== latest;

async function configurationsOf(client: AutoScalingClient, groups: Groups, use: Use): Promise<void> {
  for await (const { LaunchConfigurations = [] } of paginateDescribeLaunchConfigurations({ client, pageSize: 100 }, {}))
    for (const { ImageId, LaunchConfigurationName: name } of LaunchConfigurations)
      use(ImageId, `launch configuration ${name}${groups(`configuration ${name}`)}`);
}

type Launcher = `template ${string} ${string}` | `configuration ${string}`;

/** What a group launches with: its launch configuration, its template, and those of its mixed instances policy. */
function launchersOf({ LaunchConfigurationName, LaunchTemplate, MixedInstancesPolicy }: AutoScalingGroup): Launcher[] {
  const mixed = MixedInstancesPolicy?.LaunchTemplate;
  const templates = [
    LaunchTemplate,
    mixed?.LaunchTemplateSpecification,
    ...(mixed?.Overrides ?? []).map(({ LaunchTemplateSpecification }) => LaunchTemplateSpecification),
  ];
  return [
    ...(LaunchConfigurationName ? [`configuration ${LaunchConfigurationName}` as const] : []),
    ...templates.flatMap((one) =>
      one?.LaunchTemplateId ? [`template ${one.LaunchTemplateId} ${one.Version ?? '$Default'}` as const] : [],
    ),
  ];
}

/** Which groups launch with something, as the end of a sentence. */
type Groups = (launcher: Launcher) => string;

/** Groups may name an AMI themselves, too: in an override of their mixed instances policy. */
async function groupsOf(client: AutoScalingClient, use: Use): Promise<Groups> {
  const groups: AutoScalingGroup[] = [];
  for await (const { AutoScalingGroups = [] } of paginateDescribeAutoScalingGroups({ client, pageSize: 100 }, {}))
    groups.push(...AutoScalingGroups);
  for (const { AutoScalingGroupName, MixedInstancesPolicy } of groups)
    for (const { ImageId } of MixedInstancesPolicy?.LaunchTemplate?.Overrides ?? [])
      use(ImageId, `Auto Scaling group ${AutoScalingGroupName}`);
  return (launcher) =>
    groups
      .filter((group) => launchersOf(group).includes(launcher))
      .map(({ AutoScalingGroupName }) => ` of Auto Scaling group ${AutoScalingGroupName}`)
      .join(',');
}

// What a builder or tester is launched with, and what becomes of it.
import type { ErrorName } from '../errors.ts';
import { type EbsDevice, launchMappings } from './devices.ts';
import { failed, type Outcome, succeeded } from './outcome.ts';
import type { LaunchChoice, Plan } from './plan.ts';
import { type Owner, tagList } from './resource-tags.ts';

/** What the build needs to know of an instance. `reason` is EC2's StateReason as "Code: Message". */
export type InstanceView = { id: string; state: string; reason?: string };

export type Role = 'builder' | 'tester';

/** Types tried when a pipeline names none, by the parent image's architecture. */
export const defaultInstanceTypes: Record<string, string[]> = {
  x86_64: ['m5.large', 'm6i.large', 't3.large'],
  arm64: ['m6g.large', 'm7g.large', 't4g.large'],
};

/** Every instance type in every subnet, types first: the order in which launching is tried. */
export function launchChoices(instanceTypes: string[], subnetIds: string[]): LaunchChoice[] {
  if (subnetIds.length === 0) return instanceTypes.map((instanceType) => ({ instanceType }));
  return instanceTypes.flatMap((instanceType) => subnetIds.map((subnetId) => ({ instanceType, subnetId })));
}

export const choiceText = ({ instanceType, subnetId }: LaunchChoice) =>
  subnetId ? `${instanceType} in ${subnetId}` : instanceType;

/**
 * The RunInstances request of one attempt. IMDSv2 is required unless the pipeline says otherwise. A tester terminates
 * when it shuts down; a builder stops, since EC2 would otherwise destroy what a component's `shutdown` leaves to snapshot.
 * `devices` are the EBS devices of the AMI that it is launched from.
 */
export function launchRequest(
  plan: Plan,
  role: Role,
  imageId: string,
  choice: LaunchChoice,
  clientToken: string,
  owner: Owner,
  devices: EbsDevice[],
) {
  const { infrastructure } = plan;
  const mappings = launchMappings(devices, role === 'builder' ? plan.blockDeviceMappings : []);
  const name = `${role === 'builder' ? 'Build' : 'Test'} instance for ${plan.recipeName}`;
  const Tags = tagList(owner, { Name: name, ...infrastructure.resourceTags });
  const metadata = infrastructure.instanceMetadataOptions;
  return {
    ImageId: imageId,
    InstanceType: choice.instanceType as never,
    MinCount: 1,
    MaxCount: 1,
    ClientToken: clientToken,
    IamInstanceProfile: { Name: plan.instanceProfileName },
    InstanceInitiatedShutdownBehavior: role === 'builder' ? ('stop' as const) : ('terminate' as const),
    MetadataOptions: {
      HttpTokens: metadata?.httpTokens ?? ('required' as const),
      HttpPutResponseHopLimit: metadata?.httpPutResponseHopLimit ?? 1,
    },
    TagSpecifications: (['instance', 'volume', 'network-interface'] as const).map((ResourceType) => ({
      ResourceType,
      Tags,
    })),
    ...(choice.subnetId && { SubnetId: choice.subnetId }),
    ...(infrastructure.securityGroupIds.length > 0 && { SecurityGroupIds: infrastructure.securityGroupIds }),
    ...(mappings.length > 0 && { BlockDeviceMappings: mappings }),
    ...(role === 'builder' && plan.userData && { UserData: plan.userData }),
  };
}

/** Times an instance that died at once is launched anew before the build gives up. */
const mostDeaths = 3;

/** What to do about an instance that EC2 accepted and then let die: by StateReason's code and its message's prefix (EC2 user guide, troubleshooting launches). */
function errorOfDeath(reason: string, deaths: number): ErrorName {
  if (/InsufficientInstanceCapacity|VolumeLimitExceeded/.test(reason)) return 'CapacityError';
  if (/Client\.InternalError/.test(reason)) return 'AccessDeniedError';
  if (/Server\.InternalError/.test(reason) && deaths < mostDeaths) return 'NotReadyError';
  return 'ResourceFailedError';
}

const lost = ['shutting-down', 'terminated', 'stopping', 'stopped'];

/** Whether nothing runs on an instance any more. */
export const isLost = ({ state }: Pick<InstanceView, 'state'>) => lost.includes(state);

/** Whether the builder, which should stop, did: undefined while it runs or stops. One that is terminated leaves no disk to make an AMI of. */
export function stopOutcome(instance: InstanceView | undefined): Outcome | undefined {
  if (instance?.state === 'stopped') return succeeded;
  if (instance?.state !== 'shutting-down' && instance?.state !== 'terminated') return undefined;
  const reason = instance.reason ?? 'EC2 gives no reason';
  return failed(
    'ResourceFailedError',
    `Builder ${instance.id} is ${instance.state} before an AMI was made of it: ${reason}.`,
  );
}

/** Whether an instance that should run does: undefined while it is pending or not yet visible. `deaths` counts others of its state that died. */
export function launchOutcome(instance: InstanceView | undefined, deaths = 0): Outcome | undefined {
  if (!instance || instance.state === 'pending') return undefined;
  if (instance.state === 'running') return succeeded;
  if (!isLost(instance)) return undefined;
  const reason = instance.reason ?? 'EC2 gives no reason';
  const error = errorOfDeath(reason, deaths + 1);
  const hint =
    error === 'AccessDeniedError'
      ? ' EC2 says this when it may not use the KMS key of an encrypted volume or snapshot.'
      : '';
  return failed(error, `Instance ${instance.id} was launched and is now ${instance.state}: ${reason}.${hint}`);
}

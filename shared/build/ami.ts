// What an AMI and its copies are made with, and what becomes of them.
import { InvalidRequestError } from '../errors.ts';
import { filledName, type NameValues } from '../model/ami-name.ts';
import { amiDevices, type EbsDevice, imageMappings } from './devices.ts';
import { failed, type Outcome, succeeded } from './outcome.ts';
import type { Plan, PlannedDistribution } from './plan.ts';
import { type Owner, tagList } from './resource-tags.ts';

/** What the build needs to know of an AMI. `reason` is EC2's StateReason as "Code: Message". */
export type AmiView = {
  id: string;
  /** Account whose it is, where EC2 tells it. */
  owner?: string;
  name: string;
  description?: string;
  state: string;
  reason?: string;
  architecture?: string;
  /** `ebs`, or `instance-store`. */
  rootDeviceType?: string;
  /** ISO 8601. */
  creationDate?: string;
  devices: EbsDevice[];
  tags: Record<string, string>;
  /** Ids of the snapshots it is made of: all of them once it is available. */
  snapshots: string[];
};

/** What EC2 accepts: 3 to 128 of these characters, unique per account and region (API model of CreateImage). */
const acceptedName = /^[A-Za-z0-9()[\] ./\-'@_]{3,128}$/;

/** The AMI's name: the distribution's template filled in, or "<recipe> <build date>". InvalidRequestError when EC2 would refuse it. */
export function amiName(template: string | undefined, values: NameValues): string {
  const preset = `${values.recipeName.slice(0, 100).trimEnd()} {{ imagebuilder:buildDate }}`;
  const name = filledName(template ?? preset, values).replace(/\s+/g, ' ');
  if (acceptedName.test(name)) return name;
  throw new InvalidRequestError(
    `The AMI name "${name}"${template ? ` (from "${template}")` : ''} is not one that EC2 accepts: 3 to 128 letters, digits, blanks and ( ) [ ] . / - ' @ _. Change the name of its distribution.`,
  );
}

/** The name of an AMI that is none of the image's own, as its copies are: one of them may be in the same region. */
export const sourceName = (values: NameValues) =>
  amiName(`${values.recipeName.slice(0, 90).trimEnd()} {{ imagebuilder:buildDate }} source`, values);

/** Tags with the references in their values filled in. InvalidRequestError for a value that has become too long. */
export function filledTags(tags: Record<string, string>, values: NameValues): Record<string, string> {
  const filled = Object.entries(tags).map(([key, template]) => [key, filledName(template, values)] as const);
  const long = filled.find(([, value]) => value.length > 256);
  if (!long) return Object.fromEntries(filled);
  throw new InvalidRequestError(
    `The tag ${long[0]} (from "${tags[long[0]]}") has ${long[1].length} characters, and EC2 takes 256. Shorten it in amiTags.`,
  );
}

/** The error for an AMI name that somebody else's AMI has; names are unique per account and region. */
export const nameTaken = (name: string, holder: string, cause: unknown) =>
  new InvalidRequestError(
    `The AMI name "${name}" is taken already by ${holder}. Put {{ imagebuilder:buildDate }} or {{ imagebuilder:buildVersion }} into the name of its distribution.`,
    { cause },
  );

const tagged = (owner: Owner, tags: Record<string, string>) =>
  (['image', 'snapshot'] as const).map((ResourceType) => ({ ResourceType, Tags: tagList(owner, tags) }));

/** The CreateImage request. The builder is stopped, so NoReboot does not matter; it stays false for one that somebody started again. */
export function createImageRequest(plan: Plan, instanceId: string, owner: Owner) {
  const mappings = imageMappings(amiDevices(plan.parentDevices, plan.blockDeviceMappings));
  return {
    InstanceId: instanceId,
    Name: plan.ami.name,
    NoReboot: false,
    ...(mappings.length > 0 && { BlockDeviceMappings: mappings }),
    TagSpecifications: tagged(owner, plan.ami.amiTags),
    ...(plan.ami.description && { Description: plan.ami.description }),
  };
}

/** The CopyImage request, for a client of the destination region; tags go in the same call. */
export function copyImageRequest(
  plan: Plan,
  to: PlannedDistribution,
  imageId: string,
  clientToken: string,
  owner: Owner,
) {
  return {
    SourceImageId: imageId,
    SourceRegion: plan.source?.copied ? plan.source.region : plan.homeRegion,
    Name: to.name,
    ClientToken: clientToken,
    TagSpecifications: tagged(owner, to.amiTags),
    ...(to.description && { Description: to.description }),
    ...(to.kmsKeyId && { Encrypted: true, KmsKeyId: to.kmsKeyId }),
    ...(to.snapshotCopyCompletionDurationMinutes && {
      SnapshotCopyCompletionDurationMinutes: to.snapshotCopyCompletionDurationMinutes,
    }),
  };
}

const broken = ['failed', 'error', 'invalid', 'deregistered', 'disabled'];

/** Whether an AMI that should become available did: undefined while it is pending or not yet visible. */
export function amiOutcome(
  ami: Pick<AmiView, 'id' | 'state' | 'reason'> | undefined,
  place: string,
): Outcome | undefined {
  if (ami?.state === 'available') return succeeded;
  if (!ami || !broken.includes(ami.state)) return undefined;
  const reason = ami.reason ?? 'EC2 gives no reason';
  return failed(
    'ResourceFailedError',
    `AMI ${ami.id} in ${place} is ${ami.state} instead of available: ${reason.replace(/\.$/, '')}.`,
  );
}

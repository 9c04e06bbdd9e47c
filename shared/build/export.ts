// The disk of an AMI as a file in S3: what is asked of VM Import/Export, which AMIs it takes, and how its tasks end.
import { isMade } from './destinations.ts';
import { failed, type Outcome, succeeded } from './outcome.ts';
import type { PlannedDistribution } from './plan.ts';
import { type Owner, tagList } from './resource-tags.ts';
import { type Destination, type EbsDefaults, encryptedDevices, type Source } from './sharing.ts';

export type ExportObject = { bucket: string; prefix: string; format: string };

/** A task. `status`: active, completed, deleting or deleted (EC2 API reference, ExportImageTask). */
export type ExportView = { id: string; status: string; message?: string; progress?: string };

type Settings = NonNullable<PlannedDistribution['s3ExportConfiguration']>;

export const exportObject = ({ s3Bucket, s3Prefix = '', diskImageFormat }: Settings): ExportObject => ({
  bucket: s3Bucket,
  prefix: s3Prefix,
  format: diskImageFormat,
});

/** The key of the file: prefix, id of the task, format (VM Import/Export user guide, exporting from an AMI). */
export const exportKey = ({ prefix, format }: ExportObject, id: string) => `${prefix}${id}.${format.toLowerCase()}`;

/** The ExportImage request, for a client of the AMI's region. */
export function exportRequest(settings: Settings, imageId: string, clientToken: string, owner: Owner) {
  return {
    ImageId: imageId,
    DiskImageFormat: settings.diskImageFormat,
    RoleName: settings.roleName,
    ClientToken: clientToken,
    S3ExportLocation: {
      S3Bucket: settings.s3Bucket,
      ...(settings.s3Prefix && { S3Prefix: settings.s3Prefix }),
    },
    TagSpecifications: [{ ResourceType: 'export-image-task' as const, Tags: tagList(owner, {}) }],
  };
}

/** How a task ended; undefined while it is under way or not yet visible. One that fails is deleted, with a message. */
export function exportOutcome(task: ExportView | undefined, region: string): Outcome | undefined {
  if (!task || task.status === 'active') return undefined;
  if (task.status === 'completed') return succeeded;
  const said = task.message ?? 'EC2 gives no reason';
  return failed('ResourceFailedError', `Export task ${task.id} in ${region} is ${task.status}: ${said}.`);
}

/**
 * Why the AMI of a region cannot be exported, known before it is made; undefined where nothing is known against it. VM
 * Import/Export takes no encrypted snapshots (user guide, considerations for image export).
 */
export function exportProblem(
  to: Destination,
  from: Source,
  defaultsOf: (region: string) => EbsDefaults,
): string | undefined {
  const encrypted = encryption(to, from, defaultsOf);
  if (!encrypted) return undefined;
  return `The image cannot be exported from ${to.region}: ${encrypted}, and VM Import/Export takes no encrypted AMI. Leave its volumes unencrypted, or remove s3ExportConfiguration.`;
}

/** What of an AMI is encrypted, in words. */
function encryption(to: Destination, from: Source, defaultsOf: (region: string) => EbsDefaults): string | undefined {
  const [device] = encryptedDevices(from, defaultsOf(from.homeRegion));
  if (device) return `${device.name} is encrypted`;
  if (to.kmsKeyId) return `its copy is encrypted with ${to.kmsKeyId}`;
  if (isMade(to, from.homeRegion) && !from.source?.copied) return undefined;
  return defaultsOf(to.region).encrypted ? 'the account encrypts new volumes there by default' : undefined;
}

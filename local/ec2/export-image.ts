// ExportImage and its tasks: a file of what the image's disk holds, in the local S3. docs/local-cloud.md says what kind of file.
import { AwsError, type Caller, type Input, type Operation } from '../service.ts';
import { digest } from './client-token.ts';
import { filtered } from './filter.ts';
import { newId } from './identifier.ts';
import { list, optional, page, required } from './input.ts';
import type { ExportTaskRecord } from './records.ts';
import { lateRefusal } from './refusal.ts';
import type { Ec2 } from './room.ts';
import { ownImage } from './snapshot.ts';
import { setTags, tagSet, tagSpecifications, tagsOf } from './tags.ts';

export const exportImageParameters =
  'ImageId DiskImageFormat S3ExportLocation RoleName Description ClientToken TagSpecification';

const formats = ['VMDK', 'RAW', 'VHD'];

const ownTasks = (ec2: Ec2, { accountId, region }: Caller) =>
  Object.values(ec2.records.exportTasks).filter((one) => one.accountId === accountId && one.region === region);

export function exportImage(ec2: Ec2, input: Input, caller: Caller): unknown {
  const { accountId, region } = caller;
  const token = optional(input, 'ClientToken');
  const request = digest(input);
  const earlier = token && ownTasks(ec2, caller).find((one) => one.token === token);
  if (earlier && earlier.request !== request)
    throw new AwsError('IdempotentParameterMismatch', `The client token ${token} was used with other parameters.`);
  if (earlier) return view(ec2, earlier);
  const image = ownImage(ec2, caller, required(input, 'ImageId'));
  const format = required(input, 'DiskImageFormat');
  if (!formats.includes(format))
    throw new AwsError('InvalidParameterValue', `Value (${format}) for parameter DiskImageFormat is invalid.`);
  if (image.state !== 'available')
    throw new AwsError('IncorrectState', `The image ${image.imageId} is ${image.state}: it cannot be exported.`);
  if (image.blockDevices.some(({ encrypted }) => encrypted))
    throw new AwsError('NotExportable', `The image ${image.imageId} has encrypted snapshots and cannot be exported.`);
  const location: Input = input.S3ExportLocation ?? {};
  const bucket = required(location, 'S3Bucket');
  const found = ec2.s3?.find(bucket);
  if (!found || found.accountId !== accountId || found.region !== region)
    throw new AwsError(
      'InvalidParameter',
      `Insufficient permissions - please verify bucket ownership and write permissions on the bucket. Bucket: ${bucket}`,
    );
  const tags = tagSpecifications(input, ['export-image-task']);
  const task: ExportTaskRecord = {
    ...{ accountId, region, id: newId('export-ami'), imageId: image.imageId, format, status: 'active', request },
    ...{ bucket, prefix: optional(location, 'S3Prefix') ?? '', roleName: optional(input, 'RoleName') ?? 'vmimport' },
    ...(optional(input, 'Description') && { description: optional(input, 'Description')! }),
    ...(token && { token }),
  };
  ec2.records.exportTasks[task.id] = task;
  setTags(ec2, caller, task.id, tags['export-image-task']);
  ec2.records.save();
  runExport(ec2, task);
  return view(ec2, task);
}

/** Writes the file, behind the answer. A task that fails is deleted, and says why. */
function runExport(ec2: Ec2, task: ExportTaskRecord): void {
  const { cloud, records, background, settings, machine, s3 } = ec2;
  const refused = lateRefusal(settings.refusals, 'ExportImage', task);
  const end = (status: ExportTaskRecord['status'], message?: string) => {
    if (task.status !== 'active') return;
    task.status = status;
    if (message) task.message = message;
    records.save();
  };
  background.start(async (signal) => {
    await cloud.clock.sleep(cloud.delays.imageAvailable, signal);
    const layer = records.images[task.imageId]?.blockDevices
      .map(({ snapshotId }) => records.snapshots[snapshotId]?.layer)
      .find((one) => one !== undefined);
    if (refused || !layer || !s3) return end('deleted', refused?.message ?? 'ClientError: The image is gone.');
    const key = `${task.prefix}${task.id}.${task.format.toLowerCase()}`;
    await machine.exportLayer(layer, s3.fileOf(task.bucket, key));
    if (task.status !== 'active') return s3.delete(task.bucket, key);
    s3.keep(task.bucket, key, cloud.clock.now());
    end('completed');
  });
}

/** Tasks that an earlier run left go on from the beginning. */
export function resumeExports(ec2: Ec2): void {
  for (const task of Object.values(ec2.records.exportTasks)) if (task.status === 'active') runExport(ec2, task);
}

function view(ec2: Ec2, task: ExportTaskRecord): Record<string, unknown> {
  return {
    exportImageTaskId: task.id,
    imageId: task.imageId,
    diskImageFormat: task.format,
    roleName: task.roleName,
    ...(task.description && { description: task.description }),
    ...(task.status === 'active' && { progress: '0' }),
    s3ExportLocation: { s3Bucket: task.bucket, s3Prefix: task.prefix },
    status: task.status,
    ...(task.message && { statusMessage: task.message }),
    tagSet: tagSet(tagsOf(ec2, task.accountId, task.id)),
  };
}

export function exportTaskOperations(ec2: Ec2): Record<string, Operation> {
  const named = (caller: Caller, id: string): ExportTaskRecord => {
    const found = ownTasks(ec2, caller).find((one) => one.id === id);
    if (found) return found;
    throw new AwsError('InvalidExportTaskID.NotFound', `The export task ID '${id}' cannot be found.`);
  };
  return {
    DescribeExportImageTasks(input, caller) {
      const ids = list(input, 'ExportImageTaskId');
      const asked = ids.length > 0 ? ids.map((id) => named(caller, id)) : ownTasks(ec2, caller);
      const found = filtered(asked, input, { 'task-state': ({ status }) => [status] });
      const { items, nextToken } = page(found, input);
      return { exportImageTaskSet: items.map((task) => view(ec2, task)), nextToken };
    },
    CancelExportTask(input, caller) {
      const task = named(caller, required(input, 'ExportTaskId'));
      if (task.status !== 'active')
        throw new AwsError('IncorrectState', `The export task ${task.id} is ${task.status}: it cannot be cancelled.`);
      task.status = 'deleted';
      task.message = 'Task cancelled';
      ec2.records.save();
      return { return: true };
    },
  };
}

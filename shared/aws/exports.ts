// Tasks that export AMIs to S3, and the files that they write: one SDK call per function, faults translated, no decisions.
import {
  CancelExportTaskCommand,
  DescribeExportImageTasksCommand,
  EC2Client,
  ExportImageCommand,
  type ExportImageCommandInput,
  type ExportImageTask,
} from '@aws-sdk/client-ec2';
import { DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type ExportObject, type ExportView, exportKey } from '../build/export.ts';
import { attempt, codeOf } from './fault.ts';

export type Exports = {
  /** Answers the id of the task. */
  start(request: ExportImageCommandInput): Promise<string>;
  find(id: string): Promise<ExportView | undefined>;
  /** The task that bears all these tags. */
  findOwned(tags: Record<string, string>): Promise<ExportView | undefined>;
  cancel(id: string): Promise<void>;
  /** Deletes the file of a task that has ended; one that is not there is no error (S3 API reference, DeleteObject). */
  deleteFile(object: ExportObject, id: string): Promise<void>;
};

const view = ({ ExportImageTaskId, Status = 'active', StatusMessage, Progress }: ExportImageTask): ExportView => ({
  id: ExportImageTaskId!,
  status: Status,
  ...(StatusMessage && { message: StatusMessage }),
  ...(Progress && { progress: Progress }),
});

/** Codes for an id that names no task: VM Import/Export knows it as a task of any kind (EC2 API reference, error codes). */
const unknownTask = ['InvalidExportTaskID.NotFound', 'InvalidExportTaskID.Malformed', 'InvalidParameterValue'];

/** The export tasks of one region, in the account of the function. */
export function exportsOf(region: string): Exports {
  const client = new EC2Client({ region });
  return {
    start: (request) =>
      attempt(`Tried to export AMI ${request.ImageId} from ${region}`, async () => {
        return (await client.send(new ExportImageCommand(request))).ExportImageTaskId!;
      }),
    find: (id) =>
      attempt(`Tried to look at export task ${id} in ${region}`, async () => {
        try {
          const answer = await client.send(new DescribeExportImageTasksCommand({ ExportImageTaskIds: [id] }));
          const found = answer.ExportImageTasks?.[0];
          return found && view(found);
        } catch (thrown) {
          if (unknownTask.includes(codeOf(thrown) ?? '')) return undefined;
          throw thrown;
        }
      }),
    findOwned: (tags) =>
      attempt(`Tried to find export tasks by their tags in ${region}`, async () => {
        let NextToken: string | undefined;
        do {
          const answer = await client.send(new DescribeExportImageTasksCommand(NextToken ? { NextToken } : {}));
          const found = answer.ExportImageTasks?.find(({ Tags = [] }) =>
            Object.entries(tags).every(([key, value]) => Tags.some((tag) => tag.Key === key && tag.Value === value)),
          );
          if (found) return view(found);
          NextToken = answer.NextToken;
        } while (NextToken);
        return undefined;
      }),
    cancel: (ExportTaskId) =>
      attempt(`Tried to cancel export task ${ExportTaskId} in ${region}`, async () => {
        await client.send(new CancelExportTaskCommand({ ExportTaskId }));
      }),
    deleteFile: (object, id) =>
      attempt(
        `Tried to delete ${exportKey(object, id)} in bucket ${object.bucket} (allowed by the deployment parameter exportObjects)`,
        async () => {
          const request = { Bucket: object.bucket, Key: exportKey(object, id) };
          await new S3Client({ region }).send(new DeleteObjectCommand(request));
        },
      ),
  };
}

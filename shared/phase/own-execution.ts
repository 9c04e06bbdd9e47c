// Only the execution that builds an image acts for it: whoever may start executions could name another's image as input.
import { environment } from '../aws/environment.ts';
import { dynamoTable } from '../aws/table.ts';
import { InvalidRequestError } from '../errors.ts';
import type { ImageRecord } from '../model/image-record.ts';
import { images } from '../store/images.ts';

type Known = Pick<ImageRecord, 'sourcePipelineName' | 'executionArn'>;

/** What this sandbox has read of images; neither changes once the record is there. */
const known = new Map<string, Known>();

/** Pipeline and execution of an image; undefined where it has no record. */
export async function knownOf(image: string): Promise<Known | undefined> {
  const before = known.get(image);
  if (before) return before;
  const record = await images(dynamoTable(environment.tableName)).find(image);
  if (!record) return undefined;
  const { sourcePipelineName, executionArn } = record;
  const facts: Known = { sourcePipelineName, ...(executionArn && { executionArn }) };
  known.set(image, facts);
  return facts;
}

/**
 * InvalidRequestError where `executionArn` is not the one that the image's record names. A redriven execution keeps its
 * ARN (Step Functions API reference, RedriveExecution), and its name cannot be given away again for 90 days (StartExecution).
 */
export function assertBuiltBy(image: string, own: Pick<Known, 'executionArn'> | undefined, executionArn: string): void {
  const expected = own?.executionArn ?? executionArn;
  if (expected === executionArn) return;
  throw new InvalidRequestError(
    `The execution ${executionArn} may do nothing for ${image}, which ${expected} builds: it is left alone. Start a build with start-build, never an execution by itself; stop it with StopExecution of its own execution.`,
  );
}

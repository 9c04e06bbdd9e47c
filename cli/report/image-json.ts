// An image as JSON: the API's Image shape, with tests and timeline, without the keys of the table.
import type { ImageRecord } from '../../shared/model/image-record.ts';
import { durationOf, inOrder } from '../progress/entry-name.ts';

/** The timeline becomes a list in order of time; `seconds` is how long an entry that has ended took. */
export function imageJson(image: ImageRecord): object {
  const { arn, name, version, type, platform, dateCreated, dateEnded, state, buildType, trigger, reasons } = image;
  const { sourcePipelineName, sourcePipelineArn, outputResources, tests, notes, executionArn, logGroupName } = image;
  const { usage, cost, changes, retryOf, distributionOf, retained, approval, revoked } = image;
  const { ancestry, leftovers, lifecycle } = image;
  const timeline = inOrder(image.timeline).map(([, entry]) => ({
    ...entry,
    ...(entry.ended && { seconds: durationOf(entry, 0) / 1000 }),
  }));
  return {
    ...{ arn, name, version, type, platform, dateCreated, dateEnded, state, buildType, trigger, reasons },
    ...{ sourcePipelineName, sourcePipelineArn, outputResources, tests, timeline, notes, executionArn, logGroupName },
    ...{ usage, cost, changes, retryOf, distributionOf, retained, approval, revoked, ancestry, leftovers, lifecycle },
  };
}

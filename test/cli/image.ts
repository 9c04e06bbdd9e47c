// An image record for the tests of the command line, as the stack writes it.
import type { ImageRecord, TimelineEntry } from '../../shared/model/image-record.ts';

export const start = Date.parse('2026-11-23T10:00:00.000Z');

/** `seconds` after the start of the build, as the record writes times. */
export function at(seconds: number): string {
  return new Date(start + seconds * 1000).toISOString();
}

export function entry(
  state: string,
  started: number,
  ended?: number,
  more: Partial<TimelineEntry> = {},
): TimelineEntry {
  return { state, started: at(started), ...(ended !== undefined && { ended: at(ended) }), ...more };
}

export function image(changes: Partial<ImageRecord> = {}): ImageRecord {
  const arn = 'arn:aws:imagebuilder:us-east-1:000000000000:image/hello-web/1.0.0/1';
  return {
    pk: arn,
    sk: 'image',
    arn,
    name: 'hello-web',
    version: '1.0.0/1',
    type: 'AMI',
    platform: 'Linux',
    dateCreated: at(0),
    state: { status: 'BUILDING' },
    buildType: 'USER_INITIATED',
    sourcePipelineName: 'hello-web',
    sourcePipelineArn: 'arn:aws:imagebuilder:us-east-1:000000000000:image-pipeline/hello-web',
    outputResources: { amis: [] },
    timeline: {},
    notes: [],
    executionArn: 'arn:aws:states:us-east-1:000000000000:execution:machine:one',
    logGroupName: '/serverless-image-builder/hello-web',
    ...changes,
  };
}

export const command = { commandId: 'e8d3c0e4-71f7-4491-898f-c9b35bee5f3b', instanceId: 'i-0abcd1234567890ef' };

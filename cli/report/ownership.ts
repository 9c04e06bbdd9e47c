// Which image owns a resource, and which resources nobody rightly owns any more.
import { type ImageStatus, isUnderWay, mayOwnResources } from '../../shared/model/image-record.ts';

export type TaggedResource = {
  kind: 'instance' | 'volume' | 'image' | 'snapshot' | 'parameter';
  id: string;
  region: string;
  /** Absent for volumes: EC2 names no owner of them. */
  accountId?: string;
  state: string;
  /** ARN of the image build version, from the tag. */
  image?: string;
};

export type OwnedResource = TaggedResource & {
  /** Status of the image; absent when there is no record of it. */ status?: ImageStatus;
};

/** `statuses`: by image ARN; undefined for an image that the table does not know. */
export function owned(
  tagged: TaggedResource[],
  statuses: ReadonlyMap<string, ImageStatus | undefined>,
): { resources: OwnedResource[]; orphans: OwnedResource[] } {
  const resources = tagged.map((resource): OwnedResource => {
    const status = resource.image === undefined ? undefined : statuses.get(resource.image);
    return status === undefined ? resource : { ...resource, status };
  });
  return { resources, orphans: resources.filter(isOrphan) };
}

// Only a live build needs an instance; what is on its way out is nobody's concern. An attached volume goes with its instance.
function isOrphan({ kind, state, status }: OwnedResource): boolean {
  if (status === undefined) return true;
  if (kind === 'instance') return !isUnderWay(status) && state !== 'shutting-down';
  if (kind === 'volume') return !isUnderWay(status) && state !== 'in-use';
  return !mayOwnResources(status);
}

// Whose each resource is, with the status of its image: what the sweep would say of it.
import type { ImageStatus } from '../../shared/model/image-record.ts';
import { type LedgerView, type Ownership, ownership, type TaggedResource } from '../../shared/model/ownership.ts';

/** `accountId` is absent for volumes: EC2 names no owner of them. */
export type FoundResource = TaggedResource & { accountId?: string };

export type OwnedResource = FoundResource & {
  ownership: Ownership;
  /** Status of the image; absent when there is no record of it. */
  status?: ImageStatus;
};

/** What the stack's table knows of an image. */
export type Known = { status: ImageStatus | undefined; ledger: LedgerView | undefined };

/** `orphans`: what nobody rightly owns (any more): of ended builds, to be released, and what no ledger of this stack knows. */
export function owned(
  found: FoundResource[],
  known: ReadonlyMap<string, Known>,
  place: { stackId: string; now: number },
): { resources: OwnedResource[]; orphans: OwnedResource[] } {
  const resources = found.map((resource): OwnedResource => {
    const { status, ledger } = known.get(resource.image ?? '') ?? { status: undefined, ledger: undefined };
    return { ...resource, ownership: ownership(resource, ledger, place), ...(status && { status }) };
  });
  return { resources, orphans: resources.filter(isOrphan) };
}

// What is on its way out is nobody's concern. An attached volume goes with its instance.
const isOrphan = ({ kind, ownership: whose, state }: OwnedResource) =>
  (whose === 'orphan' || whose === 'leftover') &&
  state !== 'shutting-down' &&
  !(kind === 'volume' && state === 'in-use');

// Which snapshots are an AMI's own: their tags alone do not tell, since users copy tags with what they copy.
import type { AmiView } from './ami.ts';

/** `said`: why it is in error, where EBS says so. `key`: the ARN of the key that it is under, where it is encrypted. */
export type SnapshotView = {
  id: string;
  description: string;
  tags: Record<string, string>;
  said?: string;
  key?: string;
};

/**
 * EC2 describes them so: "Created by CreateImage(i-…) for ami-…" (EC2 user guide, deregister an AMI), and those of copies
 * "Copied for DestinationAmi ami-…". A snapshot that a user has copied is not described so.
 */
const madeByEc2 = /^(?:Created by CreateImage\([^)]*\) for|Copied for DestinationAmi) (ami-\w+)/;

/**
 * Of the snapshots that carry an entry's tags, those that belong to its AMI: what the AMI itself names, and, while it need
 * not name all of them (or is gone), what EC2's description gives to it. `id` is the AMI's where it is known.
 */
export function ownSnapshots(tagged: SnapshotView[], id: string | undefined, amis: AmiView[]): SnapshotView[] {
  const named = amis.flatMap(({ snapshots }) => snapshots);
  const complete = amis.length > 0 && amis.every(({ state }) => state === 'available');
  const ids = [id, ...amis.map((ami) => ami.id)].filter((one) => one !== undefined);
  const described = (text: string) => {
    const maker = madeByEc2.exec(text)?.[1];
    return maker !== undefined && (ids.length === 0 || ids.includes(maker));
  };
  return tagged.filter((one) => named.includes(one.id) || (!complete && described(one.description)));
}

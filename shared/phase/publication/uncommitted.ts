// A value that another build has set and not committed is not what was there before: it may be taken back, and its AMI with it.
import { isPublished } from '../../build/ledger.ts';
import { type Target, targetName } from '../../build/target.ts';
import { NotReadyError } from '../../errors.ts';
import { imageTag, stackTag } from '../../model/tags.ts';
import type { Reach } from './kind.ts';

/** Ids of AMIs: 8 or 17 hexadecimal digits (EC2 user guide, resource ids). */
const amiId = /^ami-(?:[0-9a-f]{8}|[0-9a-f]{17})$/;

/** The image of this stack whose AMI it is; undefined for what is none. An AMI of another account shows its tags to that account only. */
export async function imageOfAmi(
  { amis, stackId }: Reach,
  value: string | undefined,
  { region, account }: Pick<Target, 'region' | 'account'>,
): Promise<string | undefined> {
  if (value === undefined || !amiId.test(value)) return undefined;
  for (const at of account === undefined ? [undefined] : [undefined, account]) {
    const tags = (await amis(region, at).find(value))?.tags;
    if (tags?.[stackTag] === stackId) return tags[imageTag];
  }
  return undefined;
}

/** NotReadyError where the build of `image` has set this target and has neither committed nor put it back. */
export async function assertCommitted({ ledgers }: Reach, target: Target, image: string | undefined): Promise<void> {
  const ledger = image === undefined ? undefined : await ledgers.find(image);
  if (!ledger?.publication || isPublished(ledger)) return;
  const same = ({ kind, region, account, id, tried }: Target) =>
    tried && kind === target.kind && region === target.region && account === target.account && id === target.id;
  if (!ledger.publication.targets.some(same)) return;
  throw new NotReadyError(
    `${targetName(target)} is being set by the build of ${image}, which is not published yet: publishing waits until it is, or has put back what was there. If that build has ended and could not, set it back by hand.`,
  );
}

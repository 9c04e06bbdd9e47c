// Lets another account copy the source AMI for as long as that takes: EC2 copies into an account what that account can read.
import type { AmisAt } from '../aws/amis.ts';
import { type Entry, entryKey, isPublished, type Ledger } from '../build/ledger.ts';
import { NotReadyError } from '../errors.ts';
import type { Ledgers } from '../store/ledgers.ts';

export type Sharing = { ledgers: Ledgers; amis: AmisAt; now(): number };

/** A source AMI, the account that is to read it, and the position of the distribution for which it does. */
export type Share = { image: string; index: number; source: string; region: string; accountId: string; until: number };

const state = 'ShareSource';

const permission = (accountId: string) => ({ UserId: accountId });

/**
 * What an account needs to copy an AMI of another one: launch permission on the AMI, so that it sees it, and permission to
 * read each of its snapshots (EC2 user guide, "How Amazon EC2 AMI copy works", cross-account copying). Notes what was not
 * granted before us, grants it, and is safe to call again. Answers since when (epoch milliseconds) it is granted. What is encrypted needs a key that the account may use besides.
 */
export async function shareSource(sharing: Sharing, share: Share): Promise<{ since: number }> {
  const { image, index, source, region, accountId, until } = share;
  const amis = sharing.amis(region);
  const ami = await amis.find(source);
  if (!ami) throw new NotReadyError(`AMI ${source} in ${region}, which account ${accountId} is to copy, is not shown.`);
  const missing: string[] = [];
  for (const id of ami.snapshots) if (!(await amis.snapshotUsers(id)).includes(accountId)) missing.push(id);
  const permitted = (await amis.launchPermissions(source)).some(({ UserId }) => UserId === accountId);
  if (!permitted) missing.push(source);
  const key = entryKey(state, index, 0);
  const before = (await sharing.ledgers.read(image)).entries[key];
  const since = before?.since ?? sharing.now();
  if (missing.length === 0) return { since };
  await sharing.ledgers.note(image, key, {
    ...{ kind: 'sharing', region, id: source, token: accountId, until },
    since,
    granted: [...new Set([...(before?.granted ?? []), ...missing])],
  });
  for (const id of missing) {
    if (id === source) await amis.changeLaunchPermissions(id, { Add: [permission(accountId)] });
    else await amis.changeSnapshotUsers(id, { Add: [permission(accountId)] });
  }
  return { since };
}

/** Takes back what an entry granted, but a launch permission that is part of what was published. What is gone needs nothing. */
export async function withdraw({ amis: at }: Pick<Sharing, 'amis'>, entry: Entry, ledger: Ledger): Promise<void> {
  const { id: source, region, token: accountId, granted = [] } = entry;
  const amis = at(region);
  const change = { Remove: [permission(accountId)] };
  for (const id of granted) {
    if (id !== source) await amis.changeSnapshotUsers(id, change);
    else if (!isPublishedTo(ledger, id, accountId) && (await amis.find(id)))
      await amis.changeLaunchPermissions(id, change);
  }
}

const isPublishedTo = (ledger: Ledger, id: string, accountId: string) =>
  isPublished(ledger) &&
  ledger.publication!.targets.some(
    (target) => target.kind === 'launchPermission' && target.id === id && target.after.includes(`UserId=${accountId}`),
  );

/** Takes back all that was granted for copies, once they are there. */
export async function withdrawShares(sharing: Sharing, image: string, ledger: Ledger): Promise<void> {
  for (const [key, entry] of Object.entries(ledger.entries)) {
    if (entry.kind !== 'sharing' || entry.released) continue;
    await withdraw(sharing, entry, ledger);
    await sharing.ledgers.release(image, [key], new Date(sharing.now()).toISOString());
  }
}

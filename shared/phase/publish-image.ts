// Publishing is a transaction: old values noted, every target set, one write that commits.
import type { AmisAt } from '../aws/amis.ts';
import { destinationText } from '../build/destinations.ts';
import { outputEntry } from '../build/ending.ts';
import { isPublished, type Ledger, type Target } from '../build/ledger.ts';
import type { Plan } from '../build/plan.ts';
import { launchPermissionTarget, permissionChange } from '../build/publication.ts';
import { ownerFilters } from '../build/resource-tags.ts';
import { ownSnapshots } from '../build/snapshots.ts';
import { CancelledError, NotFoundError } from '../errors.ts';
import { publishedTag } from '../model/tags.ts';
import type { Images } from '../store/images.ts';
import type { Ledgers } from '../store/ledgers.ts';
import type { Plans } from '../store/plans.ts';
import { type Indexing, indexSoftware } from './index-software.ts';
import { withdrawShares } from './share-source.ts';
import { inState, isoTime } from './timeline.ts';

export type Publishing = Indexing & {
  ledgers: Ledgers;
  plans: Plans;
  images: Images;
  amis: AmisAt;
  stackId: string;
  now(): number;
};

const state = 'PublishImage';

export async function publishImage(publishing: Publishing, { image }: { image: string }): Promise<void> {
  const { ledgers, plans, images } = publishing;
  const [ledger, plan] = await Promise.all([ledgers.read(image), plans.read(image)]);
  if (!isPublished(ledger)) {
    if (ledger.closed) throw new CancelledError(`The build of ${image} has ended: it is not published.`);
    await inState(publishing, image, { state }, async () => {
      const outputs = plan.distributions.map((_, index) => outputOf(plan, ledger, index));
      if (!ledger.publication) await withdrawShares(publishing, image, ledger);
      const wanted = ledger.publication?.targets ?? (await targetsOf(publishing, plan, outputs));
      const targets = await ledgers.beginPublishing(image, wanted);
      // All are waited for: what is still under way when a function fails would go on in its next invocation.
      const applied = await Promise.allSettled(targets.map((target) => apply(publishing, target)));
      for (const result of applied) if (result.status === 'rejected') throw result.reason;
      await indexSoftware(publishing, await images.read(image));
      await ledgers.commit(
        image,
        outputs.map(({ key }) => key),
      );
    });
  }
  for (const index of plan.distributions.keys()) await mark(publishing, outputOf(plan, ledger, index), image);
  await images.finish(image, state, { ended: isoTime(publishing) });
}

/** Marks what was published on the resources themselves, so that no table of another day can have it deleted. */
async function mark({ amis: at, stackId }: Publishing, { key, id, region, account }: Output, image: string) {
  const amis = at(region, account);
  const ami = await amis.find(id);
  if (ami && publishedTag in ami.tags) return;
  const tagged = await amis.snapshotsOf(ownerFilters({ stackId, image, entry: key }));
  const snapshots = ownSnapshots(tagged, id, ami ? [ami] : []);
  await amis.tag([id, ...snapshots.map((snapshot) => snapshot.id)], { [publishedTag]: 'true' });
}

type Output = { key: string; id: string; region: string; account?: string };

function outputOf(plan: Plan, ledger: Ledger, index: number): Output {
  const found = outputEntry(plan, ledger, index);
  const { id, dead, region, account } = found?.entry ?? {};
  if (found && id && region && !dead) return { key: found.key, id, region, ...(account && { account }) };
  const to = plan.distributions[index]!;
  throw new NotFoundError(
    `The build of ${plan.image} has no AMI in ${destinationText({ ...to, account: to.accountId })}: it is not published.`,
  );
}

async function targetsOf({ amis }: Publishing, plan: Plan, outputs: Output[]): Promise<Target[]> {
  const targets = plan.distributions.map(async ({ region, launchPermission }, index) => {
    if (!launchPermission) return [];
    const { id } = outputs[index]!;
    return [launchPermissionTarget(region, id, await amis(region).launchPermissions(id), launchPermission)];
  });
  return (await Promise.all(targets)).flat();
}

async function apply({ amis }: Publishing, { region, account, id, before, after }: Target): Promise<void> {
  const change = permissionChange(before, after);
  if (change) await amis(region, account).changeLaunchPermissions(id, change);
}

// Publishing is a transaction: old values noted, every target set, one write that commits.

import { atOnce } from '../at-once.ts';
import { destinationText } from '../build/destinations.ts';
import { outputEntry } from '../build/ending.ts';
import { isPublished, type Ledger } from '../build/ledger.ts';
import { retriedErrors } from '../build/outcome.ts';
import type { Plan } from '../build/plan.ts';
import { type ChannelTarget, type Publication, stages, type Target, type TargetKind } from '../build/target.ts';
import { CancelledError, NotFoundError } from '../errors.ts';
import type { Ledgers } from '../store/ledgers.ts';
import type { Plans } from '../store/plans.ts';
import { mark, retire, type Settling } from './after-publishing.ts';
import { announceChannel, type ChannelAnnouncer } from './announce-channel.ts';
import { type Indexing, indexSoftware } from './index-software.ts';
import { settled } from './move-channel.ts';
import type { Lambda } from './phase.ts';
import { channelOf } from './publication/channel.ts';
import { applyTarget } from './publication/target-kinds.ts';
import { type Output, targetsOf } from './publication/targets.ts';
import { withdrawShares } from './share-source.ts';
import { assertOriginStands } from './start-from.ts';
import { inState, isoTime } from './timeline.ts';

export type Publishing = Indexing & Settling & ChannelAnnouncer & { ledgers: Ledgers; plans: Plans; now(): number };

const state = 'PublishImage';
/** AMIs that are marked at the same time: many, one after the other, would take longer than a function may. */
const together = 8;

export async function publishImage(
  publishing: Publishing,
  { image }: { image: string },
  { until }: Lambda,
): Promise<void> {
  const { ledgers, plans, images } = publishing;
  const [ledger, plan] = await Promise.all([ledgers.read(image), plans.read(image)]);
  const outputs = () => plan.distributions.map((_, index) => outputOf(plan, ledger, index));
  let { publication } = ledger;
  if (!isPublished(ledger)) {
    if (ledger.closed) throw new CancelledError(`The build of ${image} has ended: it is not published.`);
    await inState(publishing, image, { state }, async () => {
      if (!publication) {
        // The last moment in which it can be told without taking anything back from consumers.
        await assertOriginStands(publishing, await images.read(image));
        await withdrawShares(publishing, image, ledger);
      }
      const wanted = publication?.targets ?? (await targetsOf(publishing, plan, outputs()));
      publication = await ledgers.beginPublishing(image, wanted, isoTime(publishing));
      await setTargets(publishing, image, publication, until);
      await indexSoftware(publishing, await images.read(image));
      await ledgers.commit(image, [...outputs().map(({ key }) => key), ...exported(ledger)]);
    });
  }
  const began = publication?.began ?? isoTime(publishing);
  await atOnce(together, [...outputs().entries()], async ([index, output]) => {
    await mark(publishing, output, image);
    await retire(publishing, output, plan.distributions[index]!, { image, began });
  });
  for (const target of publication?.targets ?? [])
    if (target.kind === 'channel') await channelPublished(publishing, target, until);
  await images.finish(image, state, { ended: isoTime(publishing) });
}

/** The files of an image that is published stay. */
const exported = ({ entries }: Ledger) => Object.keys(entries).filter((key) => entries[key]!.kind === 'export');

/** The channel's own record follows the commit; until then everybody who looks at it does the same. */
async function channelPublished(publishing: Publishing, target: ChannelTarget, until: number): Promise<void> {
  await announceChannel(publishing, await settled(publishing, channelOf(target), { until }));
}

/** Kind by kind; each is noted as tried before it is, so that cleanup knows what to put back, and until when to wait. */
async function setTargets(
  publishing: Publishing,
  image: string,
  { targets, began = isoTime(publishing) }: Publication,
  until: number,
): Promise<void> {
  const { ledgers, images, now } = publishing;
  for (const stage of stages(targets)) {
    await ledgers.tryTargets(image, stage, until);
    const publishes = { image, began, now: now(), until };
    // All are waited for: what is still under way when a function fails would go on in its next invocation.
    const applied = await Promise.allSettled(stage.map((index) => applyTarget(publishing, targets[index]!, publishes)));
    await ledgers.endTrying(image, until);
    const failures = applied.flatMap((result, index) =>
      result.status === 'rejected' ? [{ target: targets[stage[index]!]!, error: result.reason as Error }] : [],
    );
    const lasting = failures.filter(({ error }) => !retriedErrors.includes(error.name));
    if (lasting.length > 0) await images.failRegions(image, lasting.slice(0, mostTold).map(regionFailure));
    // Nothing is gained by waiting for the others, where trying again does not help one.
    for (const { error } of [...lasting, ...failures]) throw error;
  }
}

/** Targets that a record holds, and characters of each: an item has at most 400 KB with everything else of the image. */
const mostTold = 100;
const longestTold = 1000;

/** Keys in the pipeline file. */
const settings: Record<TargetKind, string> = {
  launchPermission: 'amiDistributionConfiguration.launchPermission',
  launchTemplate: 'launchTemplateConfigurations',
  ssmParameter: 'ssmParameterConfigurations',
  channel: 'distributionConfiguration.channel',
};

const regionFailure = ({ target: { kind, region, account }, error }: { target: Target; error: Error }) => ({
  region,
  ...(account && { account }),
  imageConfigurationStep: settings[kind],
  errorMessage: error.message.slice(0, longestTold),
});

function outputOf(plan: Plan, ledger: Ledger, index: number): Output {
  const found = outputEntry(plan, ledger, index);
  const { id, dead, region, account } = found?.entry ?? {};
  if (found && id && region && !dead) return { key: found.key, id, region, ...(account && { account }) };
  const to = plan.distributions[index]!;
  throw new NotFoundError(
    `The build of ${plan.image} has no AMI in ${destinationText({ ...to, account: to.accountId })}: it is not published.`,
  );
}

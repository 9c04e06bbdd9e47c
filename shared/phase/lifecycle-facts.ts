// Gathers what the retirement of images is decided on: EC2's word on each AMI, by place, and what uses it.

import { atOnce } from '../at-once.ts';
import type { AmiUses } from '../aws/ami-uses.ts';
import type { RetiringAmis } from '../aws/retiring-amis.ts';
import type { Look } from '../build/lifecycle.ts';
import type { ImageRecord, OutputAmi } from '../model/image-record.ts';

export type Looking = {
  retiring(region: string, accountId?: string): RetiringAmis;
  uses(region: string, accountId?: string): AmiUses;
  /** The stack's own. */
  accountId: string;
};

export type Looks = (ami: OutputAmi) => Look;

/** Regions and accounts that are looked at at once. */
const together = 8;

const keyOf = ({ region, accountId, image }: OutputAmi) => `${accountId}/${region}/${image}`;
const unknown: Look = { problem: 'it was not looked at' };

/** The account as gateways take it: nothing for the stack's own. */
export const foreign = ({ accountId: own }: Pick<Looking, 'accountId'>, accountId: string): string | undefined =>
  accountId === own ? undefined : accountId;

/** One look at every AMI that is not DELETED already; a place that cannot be asked is the problem of its own AMIs only. */
export async function lookAt(
  looking: Looking,
  images: Pick<ImageRecord, 'outputResources'>[],
  ask: { uses?: boolean; sharedWith?: string[] } = {},
): Promise<Looks> {
  const looks = new Map<string, Look>();
  const outputs = images.flatMap(({ outputResources }) => outputResources.amis);
  const byPlace = Map.groupBy(outputs, ({ region, accountId }) => `${accountId}/${region}`).values();
  await atOnce(together, byPlace, async (amis) => {
    const { region, accountId } = amis[0]!;
    const account = foreign(looking, accountId);
    const ids = [...new Set(amis.map(({ image }) => image))];
    try {
      const gateway = looking.retiring(region, account);
      const found = await gateway.describe(ids);
      const uses = ask.uses ? await looking.uses(region, account).of([...found.keys()]) : new Map<string, string[]>();
      const shares = ask.sharedWith?.length
        ? await gateway.sharedWith([...found.keys()], ask.sharedWith)
        : new Map<string, string[]>();
      for (const ami of amis) {
        const facts = found.get(ami.image);
        const sharedWith = shares.get(ami.image);
        const known = facts && { ...facts, ...(sharedWith && { sharedWith }) };
        looks.set(keyOf(ami), { facts: known, uses: uses.get(ami.image) ?? [] });
      }
    } catch (error) {
      const problem = `it could not be looked at: ${(error as Error).message}`;
      for (const ami of amis) looks.set(keyOf(ami), { problem });
    }
  });
  return (ami) => looks.get(keyOf(ami)) ?? unknown;
}

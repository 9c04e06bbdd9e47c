// Why a copy failed: of a key that it may not use EC2 says no more than "internal error", so its snapshots are asked, and the keys are named.
import type { AmisAt } from '../aws/amis.ts';
import { keyAdvice } from '../build/key-access.ts';
import { parseEntryKey } from '../build/ledger.ts';
import type { Outcome } from '../build/outcome.ts';
import { entryTag, imageTag } from '../model/tags.ts';
import type { Plans } from '../store/plans.ts';
import type { Wait } from '../store/waits.ts';

export type Explaining = { amis: AmisAt; plans: Pick<Plans, 'find'>; accountId: string };

type Failure = Exclude<Outcome, { ok: true }>;

/** What the failure is, with what EBS says and what to do about keys where that may be the cause. */
export async function explained(explaining: Explaining, wait: Wait, failure: Failure): Promise<Failure> {
  const { region, account, image, entry } = wait;
  const said = await explaining
    .amis(region, account)
    .snapshotsOf([
      { Name: `tag:${imageTag}`, Values: [image] },
      { Name: `tag:${entryTag}`, Values: [entry] },
    ])
    .then((found) => [...new Set(found.flatMap(({ said }) => said ?? []))])
    // The failure is told in any case.
    .catch(() => []);
  const plan = await explaining.plans.find(image);
  const to = plan?.distributions[parseEntryKey(entry).index];
  const ofKeys = /\bkey\b|KMS/i.test(said.join(' ')) || (said.length === 0 && /InternalError/.test(failure.cause));
  const advice = ofKeys && plan && to ? keyAdvice(plan, to, explaining.accountId) : undefined;
  const texts = [failure.cause, ...said.map((text) => `EBS says: ${text.replace(/\.$/, '')}.`), advice ?? []].flat();
  return { ...failure, cause: texts.join(' ') };
}

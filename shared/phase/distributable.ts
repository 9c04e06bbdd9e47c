// Whether the AMIs of a plan can be shared, copied and exported as it asks: what follows from encryption and ownership.
import { exportProblem } from '../build/export.ts';
import type { Plan } from '../build/plan.ts';
import type { PlanSource } from '../build/plan-from-source.ts';
import { type EbsDefaults, isShared, sharingProblem } from '../build/sharing.ts';
import type { DistributionProblem } from '../model/preflight.ts';
import { stackTag } from '../model/tags.ts';

export type Distributing = { region: string; ebsDefaults(region: string): Promise<EbsDefaults> };

/** Asks the account only where something is to be shared or exported. `from`: the AMI that there is already. */
export async function distributableProblems(
  { region, ebsDefaults }: Distributing,
  plan: Plan,
  from?: PlanSource,
): Promise<DistributionProblem[]> {
  const shared = plan.distributions.filter(isShared);
  const exported = plan.distributions.filter((to) => to.s3ExportConfiguration);
  if (shared.length + exported.length === 0) return [];
  const regions = [...new Set([region, ...[...shared, ...exported].map((to) => to.region)])];
  const defaults = new Map(await Promise.all(regions.map(async (one) => [one, await ebsDefaults(one)] as const)));
  const defaultsOf = (one: string) => defaults.get(one) ?? { encrypted: false };
  return plan.distributions.flatMap((to) => {
    const { region: at, accountId: account } = to;
    const told = (setting: string, message: string | undefined) =>
      message ? [{ region: at, ...(account && { account }), setting, message }] : [];
    const sharing = account
      ? 'amiDistributionConfiguration.targetAccountIds'
      : 'amiDistributionConfiguration.launchPermission';
    return [
      ...told(sharing, foreignProblem(account, from) ?? sharingProblem(to, plan, defaultsOf)),
      ...(to.s3ExportConfiguration ? told('s3ExportConfiguration', exportProblem(to, plan, defaultsOf)) : []),
    ];
  });
}

/** Only what carries the stack's tag may its functions share. */
function foreignProblem(account: string | undefined, from: PlanSource | undefined): string | undefined {
  if (!account || !from || stackTag in from.ami.tags) return undefined;
  return `AMI ${from.ami.id} cannot be copied into account ${account}: no stack of this kind made it, so its functions may not share it. Distribute it to this account's regions first, and then the image that comes of it.`;
}

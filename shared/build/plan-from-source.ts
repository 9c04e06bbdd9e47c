// The plan of a build that builds nothing: what is left to do with an AMI that there is.
import type { AmiView } from './ami.ts';
import { isMade } from './destinations.ts';
import type { Plan } from './plan.ts';

/** What a plan goes on from. `kept`: the failed image whose tested AMI it takes over; absent: an AMI that stays whose it is. */
export type PlanSource = { ami: AmiView; region: string; kept?: string };

/**
 * A retry tests and publishes the AMI itself, under the name it has (EC2 changes no AMI's name). A distribution copies,
 * also within the AMI's own region, and runs no tests: no component of the pipeline made that AMI.
 */
export function planFrom({ ami, region, kept }: PlanSource, plan: Plan): Plan {
  const source = { imageId: ami.id, region, copied: kept === undefined };
  const nothing = { ...plan, build: [], source };
  if (source.copied)
    return { ...nothing, test: [], imageTestsEnabled: false, copies: plan.distributions.map((_, index) => index) };
  const distributions = plan.distributions.map((one) =>
    isMade(one, plan.homeRegion) ? { ...one, name: ami.name } : one,
  );
  return { ...nothing, distributions, ami: { ...plan.ami, name: ami.name } };
}

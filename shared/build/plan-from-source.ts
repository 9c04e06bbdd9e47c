// The plan of a build that builds nothing: what is left to do with an AMI that there is.

import { InvalidRequestError } from '../errors.ts';
import type { AmiView } from './ami.ts';
import { isMade } from './destinations.ts';
import type { Plan, PlannedDistribution } from './plan.ts';

/** What a plan goes on from. `kept`: the failed image whose tested AMI it takes over; absent: an AMI that stays whose it is. */
export type PlanSource = { ami: AmiView; region: string; kept?: string };

/**
 * InvalidRequestError where a copy would have to have the name of its source. A retry tests and publishes the AMI itself, under the name it has (EC2 changes no AMI's name). A distribution copies,
 * also within the AMI's own region, and runs no tests: no component of the pipeline made that AMI.
 */
export function planFrom({ ami, region, kept }: PlanSource, plan: Plan): Plan {
  const source = { imageId: ami.id, region, copied: kept === undefined };
  const nothing = { ...plan, build: [], source };
  if (source.copied)
    return { ...nothing, test: [], imageTestsEnabled: false, copies: plan.distributions.map((_, index) => index) };
  const same = plan.distributions.find((one, index) => plan.copies.includes(index) && isBeside(one, plan, ami));
  if (same)
    throw new InvalidRequestError(
      `The AMI ${ami.id}, which is kept, has the name "${ami.name}", and the copy of it that ${region} is to have under ${same.kmsKeyId} cannot have the same. Change the name of that distribution.`,
    );
  const distributions = plan.distributions.map((one) =>
    isMade(one, plan.homeRegion) ? { ...one, name: ami.name } : one,
  );
  return { ...nothing, distributions, ami: { ...plan.ami, name: ami.name } };
}

/** Whether a copy would be in one region and account with its source, under one name. */
const isBeside = ({ region, accountId, name }: PlannedDistribution, { homeRegion }: Plan, ami: AmiView) =>
  region === homeRegion && accountId === undefined && name === ami.name;

// Moves a channel in all its regions or in none: what was there is noted, every parameter set, and one write commits.
import type { Amis } from '../aws/amis.ts';
import type { ParameterView, PublishedParameters } from '../aws/published-parameters.ts';
import { committed, moveTargets, regionsLost, regionsProblem, unfitness, withdrawn } from '../build/channel.ts';
import { isPublished } from '../build/ledger.ts';
import { retriedErrors } from '../build/outcome.ts';
import { InvalidRequestError, NotReadyError } from '../errors.ts';
import {
  type Channel,
  type ChannelMove,
  type ChannelTarget,
  channelParameter,
  type Promoted,
  type RegionalAmis,
} from '../model/channel.ts';
import type { Channels, KeptChannel } from '../store/channels.ts';
import type { Images } from '../store/images.ts';
import type { Ledgers } from '../store/ledgers.ts';
import { isRetiring } from '../store/retirements.ts';
import type { Lambda } from './phase.ts';

export type MovingChannels = {
  channels: Channels;
  images: Pick<Images, 'read' | 'find'>;
  ledgers: Pick<Ledgers, 'find'>;
  imageParameters(region: string): PublishedParameters;
  amis(region: string): Pick<Amis, 'find'>;
  pause(milliseconds: number): Promise<unknown>;
  now(): number;
};

/** Data type of parameters that hold AMI ids. */
const imageDataType = 'aws:ec2:image';

export type ChannelName = Pick<Channel, 'name' | 'channel'>;

/** What a move leads to: no AMIs where no image is left. */
export type Destination = {
  move: Omit<ChannelMove, 'at' | 'from'>;
  amis: RegionalAmis;
  /** Leaves regions that `amis` do not have, instead of refusing. */
  dropRegions: boolean;
  /** The change of a build, which commits with its ledger. */
  build?: boolean;
};

/** Milliseconds that one change may take: who comes after a crash waits as long. */
const mostTime = 60_000;
/** Milliseconds after which no value that was put shows up any more: it is validated after the answer. */
const grace = 60_000;
/** Milliseconds between two looks at a value that was put, and how many there are. */
const interval = 200;
const mostLooks = 75;

const text = ({ name, channel }: ChannelName) => `channel ${channel} of ${name}`;
const iso = (time: number) => new Date(time).toISOString();

/**
 * The channel without a change under way: one that nobody can go on with is committed where its build was published, and
 * put back otherwise. NotReadyError while somebody may still be at it.
 */
export async function settled(moving: MovingChannels, of: ChannelName, lambda: Lambda): Promise<KeptChannel> {
  const kept = await moving.channels.read(of.name, of.channel);
  const { pending } = kept.state;
  if (!pending) return kept;
  if (pending.build) {
    const ledger = await moving.ledgers.find(pending.move.image!);
    if (ledger && isPublished(ledger)) return await commit(moving, kept);
    if (ledger && !ledger.closed)
      throw new NotReadyError(`The ${text(of)} is being moved by the build of ${pending.move.image}, which publishes.`);
  }
  const free = pending.until + grace;
  if (moving.now() <= free)
    throw new NotReadyError(
      `The ${text(of)} is being moved to ${pending.move.image ?? 'no image'} since ${pending.move.at}. If whoever does that has died, it is put back by the next call, or by the sweep, after ${iso(free)}.`,
    );
  const taken = await written(moving, kept, {
    ...kept.state,
    pending: { ...pending, until: deadline(moving, lambda) },
  });
  if (!(await putBack(moving, taken)))
    throw new NotReadyError(`The ${text(of)} is not put back in every region yet. Try again.`);
  return await written(moving, taken, withdrawn(taken.state));
}

/** Moves and commits; nothing is changed where the channel is there already. */
export async function moveChannel(
  moving: MovingChannels,
  of: ChannelName,
  destination: Destination,
  lambda: Lambda,
): Promise<Promoted> {
  const begun = await begin(moving, of, destination, lambda);
  if ('unchanged' in begun) return { channel: begun.unchanged.state, changed: false, dropped: [] };
  await setAll(moving, begun.taken);
  const { state } = await commit(moving, begun.taken);
  return { channel: state, changed: true, dropped: begun.dropped };
}

/** Moves for a build: its ledger commits, and `settled` writes that down. Again for the same build goes on with it. */
export async function moveForBuild(
  moving: MovingChannels,
  of: ChannelName,
  destination: Destination,
  lambda: Lambda,
): Promise<void> {
  const kept = await moving.channels.read(of.name, of.channel);
  const { pending } = kept.state;
  const own = pending?.build && pending.move.image === destination.move.image;
  if (own) {
    const until = deadline(moving, lambda);
    await setAll(moving, await written(moving, kept, { ...kept.state, pending: { ...pending, until } }));
    return;
  }
  const begun = await begin(moving, of, { ...destination, build: true }, lambda);
  if ('taken' in begun) await setAll(moving, begun.taken);
}

/** InvalidRequestError where the channel is in regions that the image is not in. */
export function assertKeepsRegions(state: Channel, amis: RegionalAmis, image: string): void {
  const problem = regionsProblem(state, Object.keys(amis), image);
  if (problem) throw new InvalidRequestError(problem);
}

type Begun = { taken: KeptChannel; dropped: string[] } | { unchanged: KeptChannel };

/** Checks what can fail before the first parameter is touched, and notes what there was. */
async function begin(
  moving: MovingChannels,
  of: ChannelName,
  { move, amis, dropRegions, build }: Destination,
  lambda: Lambda,
): Promise<Begun> {
  const kept = await settled(moving, of, lambda);
  const { state } = kept;
  const dropped = regionsLost(state, amis);
  if (!dropRegions) assertKeepsRegions(state, amis, move.image!);
  const present = await look(moving, of, [...Object.keys(state.amis), ...Object.keys(amis)]);
  const isThere = Object.entries(amis).every(([region, id]) => present.get(region)?.value === id);
  if (state.image === move.image && isThere && dropped.length === 0) return { unchanged: kept };
  await assertAvailable(moving, of, amis);
  const targets = moveTargets(state, amis, (region) => present.get(region)?.value);
  const pending = {
    move: { ...move, at: iso(moving.now()), ...(state.image !== undefined && { from: state.image }) },
    ...{ amis, targets, until: deadline(moving, lambda) },
    ...(build && { build }),
  };
  const taken = await written(moving, kept, { ...state, pending });
  if (move.image === undefined || build) return { taken, dropped };
  try {
    await assertStillFit(moving, of, move.image, amis);
  } catch (error) {
    await written(moving, taken, withdrawn(taken.state));
    throw error;
  }
  return { taken, dropped };
}

/**
 * Who revokes an image, or retires it, notes that first and looks at channels then: one of the two sees the other. The
 * record before the AMIs: a retirement that is over is seen at these, whatever the record says of one that went half-way.
 */
async function assertStillFit(moving: MovingChannels, of: ChannelName, arn: string, amis: RegionalAmis): Promise<void> {
  const image = await moving.images.read(arn);
  const problem = unfitness(image);
  if (problem) throw new InvalidRequestError(`The ${text(of)} stays as it was: ${problem}.`);
  if (isRetiring(image, moving.now()))
    throw new NotReadyError(`The ${text(of)} stays as it was: ${arn} is being retired at this moment.`);
  await assertAvailable(moving, of, amis);
}

async function look(moving: MovingChannels, of: ChannelName, regions: string[]): Promise<Map<string, ParameterView>> {
  const name = channelParameter(of.name, of.channel);
  const found = new Map<string, ParameterView>();
  await Promise.all(
    [...new Set(regions)].map(async (region) => {
      const one = await moving.imageParameters(region).find(name);
      if (!one) return;
      // The data type of a parameter cannot be changed to or from this one (Systems Manager user guide, parameter data types).
      if (one.dataType !== imageDataType)
        throw new InvalidRequestError(
          `The parameter ${name} in ${region} has data type ${one.dataType}, not ${imageDataType}: it is none of ours. Delete it, or name another channel.`,
        );
      found.set(region, one);
    }),
  );
  return found;
}

async function assertAvailable(moving: MovingChannels, of: ChannelName, amis: RegionalAmis): Promise<void> {
  await Promise.all(
    Object.entries(amis).map(async ([region, id]) => {
      const state = (await moving.amis(region).find(id))?.state;
      if (state !== 'available')
        throw new InvalidRequestError(
          `The ${text(of)} cannot be moved to AMI ${id} in ${region}: it ${state ? `is ${state}` : 'does not exist'}.`,
        );
    }),
  );
}

/** All are waited for. Where one fails for good all are put back at once; where it is not known, once nothing can show up any more. */
async function setAll(moving: MovingChannels, taken: KeptChannel): Promise<void> {
  const { targets, until } = taken.state.pending!;
  const name = channelParameter(taken.state.name, taken.state.channel);
  const results = await Promise.allSettled(
    targets.map(({ region, after }) => set(moving, { name, region, until }, after)),
  );
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
  if (failures.length === 0) return;
  const lasting = failures.find((error) => !retriedErrors.includes(error.name));
  const certain = failures.every((error) => !retriedErrors.includes(error.name));
  if ((await putBack(moving, taken)) && certain) await written(moving, taken, withdrawn(taken.state));
  throw lasting ?? failures[0]!;
}

/** Puts back every target that still holds our value; false where one could not be. */
async function putBack(moving: MovingChannels, { state }: KeptChannel): Promise<boolean> {
  const { targets, until } = state.pending!;
  const name = channelParameter(state.name, state.channel);
  const undo = async ({ region, before, after }: ChannelTarget) => {
    const present = await moving.imageParameters(region).find(name);
    if (present?.value !== after || before === after) return;
    // An AMI that is gone cannot be the value of such a parameter again.
    const possible = before !== undefined && (await moving.amis(region).find(before))?.state === 'available';
    await set(moving, { name, region, until }, possible ? before : undefined);
  };
  const results = await Promise.allSettled(targets.map(undo));
  return results.every(({ status }) => status === 'fulfilled');
}

type Place = { name: string; region: string; until: number };

/** Sets one parameter, or deletes it, and looks until that can be read. */
async function set(moving: MovingChannels, { name, region, until }: Place, value: string | undefined): Promise<void> {
  const parameters = moving.imageParameters(region);
  if (moving.now() > until) throw new NotReadyError(`The time to set ${name} in ${region} is over.`);
  const present = await parameters.find(name);
  if (present?.value === value) return;
  await (value === undefined
    ? parameters.remove(name)
    : parameters.put(name, value, imageDataType, present !== undefined));
  for (let looks = 0; (await parameters.find(name))?.value !== value; looks++) {
    if (looks >= mostLooks || moving.now() + interval > until)
      throw new NotReadyError(
        `The parameter ${name} in ${region} does not hold ${value ?? 'nothing'} yet: Parameter Store validates AMI ids after its answer.`,
      );
    await moving.pause(interval);
  }
}

const commit = (moving: MovingChannels, kept: KeptChannel) =>
  written(moving, kept, committed(kept.state, kept.state.pending!));

async function written(moving: MovingChannels, before: KeptChannel, state: Channel): Promise<KeptChannel> {
  const after = await moving.channels.write(before, state, iso(moving.now()));
  if (after) return after;
  throw new NotReadyError(`The ${text(state)} was changed by somebody else at the same moment. Try again.`);
}

const deadline = ({ now }: MovingChannels, { until }: Lambda) => Math.min(until, now() + mostTime);

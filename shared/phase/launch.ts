// Ensures one instance of a role: notes the choice, launches, and waits until it runs.
import type { AmisAt } from '../aws/amis.ts';
import { codeOf } from '../aws/fault.ts';
import type { Instances } from '../aws/instances.ts';
import { clientToken } from '../build/client-token.ts';
import { assertInTime, limits } from '../build/deadline.ts';
import { choiceText, launchRequest, type Role } from '../build/launch.ts';
import { hasCome, postponed, turnAt, turnText } from '../build/launch-turn.ts';
import { type Entry, entryKey, type Ledger, living, newest } from '../build/ledger.ts';
import type { Plan } from '../build/plan.ts';
import { CancelledError, CapacityError, NotFoundError, NotReadyError } from '../errors.ts';
import type { LaunchTurns } from '../store/launch-turns.ts';
import type { Ledgers } from '../store/ledgers.ts';
import type { Plans } from '../store/plans.ts';
import { awaitResource, type Waiting } from './await-resource.ts';
import { lookAtInstance } from './looks.ts';
import type { Lambda } from './phase.ts';
import { inState } from './timeline.ts';

export type Launching = Waiting & {
  ledgers: Ledgers;
  plans: Plans;
  instances(region: string): Instances;
  amis: AmisAt;
  launchTurns: LaunchTurns;
  launchesPerSecond: number;
  stackId: string;
};

type Ensured = { key: string; id: string; entry: Entry };

/** Launches the builder from the parent image, or the tester from the new AMI, and registers `token` for "running". */
export async function launch(
  launching: Launching,
  input: { image: string; token: string },
  role: Role,
  { until }: Lambda,
) {
  const state = role === 'builder' ? 'LaunchBuilder' : 'LaunchTester';
  const [ledger, plan] = await Promise.all([launching.ledgers.read(input.image), launching.plans.read(input.image)]);
  if (ledger.closed) throw new CancelledError(`The build of ${input.image} has ended: no ${role} is launched.`);
  const imageId = role === 'builder' ? plan.parentImageId : living(ledger, 'SnapshotAmi');
  if (!imageId) throw new NotFoundError(`The build of ${input.image} has no AMI to launch a tester from.`);
  await inState(launching, input.image, { state, region: plan.homeRegion }, async (begun) => {
    if (!newest(ledger, state, 0) && !(await isTurn(launching, input, state, begun.turn))) return;
    const { key, id, entry } = await ensureInstance(launching, { ledger, plan, state, imageId, role, until });
    const look = lookAtInstance(launching);
    const wait = {
      resource: id,
      wanted: 'running' as const,
      image: input.image,
      entry: key,
      timeline: state,
      region: entry.region,
    };
    await awaitResource(launching, wait, input.token, async (same, hint) => {
      const seen = await look(same, hint);
      if (!seen) assertInTime(entry, limits.launch, launching.now(), `Running of ${role} ${id}`);
      return seen;
    });
  });
}

/** Whether it may launch now. If not, its task is completed with the time at which it may, until which the machine waits. */
async function isTurn(
  { launchTurns, launchesPerSecond, executions, images, now }: Launching,
  { image, token }: { image: string; token: string },
  state: string,
  known: string | undefined,
): Promise<boolean> {
  const turn = known
    ? Date.parse(known)
    : turnAt(await launchTurns.take(launchesPerSecond, now()), launchesPerSecond, now());
  if (hasCome(turn, now())) return true;
  if (!known)
    await images.describe(image, state, {
      turn: new Date(turn).toISOString(),
      waiting: turnText(turn, launchesPerSecond),
    });
  await executions.complete(token, postponed(turn));
  return false;
}

type Order = { ledger: Ledger; plan: Plan; state: string; imageId: string; role: Role; until: number };

/** One round over every choice that is left; the round after a CapacityError begins with the first choice again. */
async function ensureInstance(
  launching: Launching,
  { ledger, plan, state, imageId, role, until }: Order,
): Promise<Ensured> {
  const { ledgers, stackId, now } = launching;
  const { image, homeRegion: region, choices } = plan;
  const found = newest(ledger, state, 0);
  if (found?.entry.id && !found.entry.dead) return { key: found.key, id: found.entry.id, entry: found.entry };
  const devices = role === 'builder' ? plan.parentDevices : await devicesOf(launching, region, imageId);
  const entries = { ...ledger.entries };
  for (let attempt = found ? found.attempt + (found.entry.dead ? 1 : 0) : 0; ; attempt++) {
    const key = entryKey(state, 0, attempt);
    const position = attempt % choices.length;
    const choice = choices[position]!;
    const token = clientToken(stackId, image, key, choice.instanceType, choice.subnetId ?? '');
    const known = entries[key];
    if (known) assertInTime(known, limits.launch, now(), `Launching a ${choiceText(choice)} as ${role}`);
    const entry: Entry = { kind: 'instance', region, token, since: known?.since ?? now(), until, choice: position };
    await ledgers.note(image, key, entry);
    const owner = { stackId, image, entry: key };
    const instances = launching.instances(region);
    const { id, dead, refusal } = await run(
      instances,
      launchRequest(plan, role, imageId, choice, token, owner, devices),
    );
    if (id && !dead) {
      if (await ledgers.add(image, key, { id })) {
        await launching.images.describe(image, state, { resource: id, label: choiceText(choice) });
        return { key, id, entry };
      }
      await instances.terminate(id);
      throw new CancelledError(
        `The build of ${image} ended while its ${role} was launched: ${id} is terminated again.`,
      );
    }
    await ledgers.add(image, key, { ...(id && { id }), ...(dead && { dead }) });
    entries[key] = { ...entry, ...(dead && { dead }) };
    if (!refusal || position < choices.length - 1) continue;
    const refusals = choices.map((one, index) => {
      const why = entries[entryKey(state, 0, attempt - position + index)]?.dead;
      return `${choiceText(one)}: ${why ?? 'no answer'}`;
    });
    throw new CapacityError(
      `No ${role} could be launched; every instance type and subnet was tried. ${refusals.join(' ')} Add instanceTypes or subnetIds to the pipeline.`,
      { cause: refusal },
    );
  }
}

/** The EBS devices of the new AMI: those of the plan, and any that a component attached. */
async function devicesOf({ amis }: Launching, region: string, imageId: string) {
  const ami = await amis(region).find(imageId);
  if (ami) return ami.devices;
  throw new NotReadyError(`AMI ${imageId} in ${region}, which a tester is to be launched from, is not shown by EC2.`);
}

type Launched = { id?: string; dead?: string; refusal?: CapacityError };

/** One launch: the instance, or why there is none that lives. A refusal is for want of room. */
async function run(instances: Instances, request: Parameters<Instances['run']>[0]): Promise<Launched> {
  try {
    const instance = await instances.run(request);
    if (instance.state !== 'terminated' && instance.state !== 'shutting-down') return { id: instance.id };
    // Before 2025 RunInstances answered a used token with its terminated instance instead of IdempotentInstanceTerminated.
    return { id: instance.id, dead: `Instance ${instance.id} of this client token is ${instance.state} already.` };
  } catch (error) {
    const { cause, message } = error as Error;
    if (codeOf(cause) === 'IdempotentInstanceTerminated') return { dead: message };
    if (error instanceof CapacityError) return { dead: message, refusal: error };
    throw error;
  }
}

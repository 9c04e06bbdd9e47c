// Ensures one Run Command on the builder or tester and waits until it has ended.
import type { Commands } from '../aws/commands.ts';
import type { Instances } from '../aws/instances.ts';
import { assertInTime, commandLimit, executionTimeout, limits } from '../build/deadline.ts';
import { isLost } from '../build/launch.ts';
import { type Entry, entryKey, living, newest } from '../build/ledger.ts';
import { commandStateOf, launcherOf, type Plan, type Stage } from '../build/plan.ts';
import { CancelledError, NotFoundError, NotReadyError, ResourceFailedError } from '../errors.ts';
import type { Inventories } from '../store/inventories.ts';
import type { Ledgers } from '../store/ledgers.ts';
import type { Plans } from '../store/plans.ts';
import { type Announcer, advance } from './announce.ts';
import { awaitResource, type Waiting } from './await-resource.ts';
import { lookAtCommand } from './looks.ts';
import type { Lambda } from './phase.ts';
import { inQuickState, timelineKey } from './timeline.ts';

export type RunningComponents = Waiting &
  Announcer & {
    ledgers: Ledgers;
    plans: Plans;
    inventories: Inventories;
    instances(region: string): Instances;
    commands: Commands;
  };

export type ComponentInput = { image: string; token: string; stage: Stage; index: number };

/** Milliseconds after which an instance whose agent does not answer is asked whether it lives at all. */
const patience = 2 * 60_000;

export async function runComponent(
  running: RunningComponents,
  input: ComponentInput,
  { until }: Lambda,
): Promise<void> {
  const { image, stage, index, token } = input;
  const state = commandStateOf[stage];
  const [ledger, plan] = await Promise.all([running.ledgers.read(image), running.plans.read(image)]);
  if (ledger.closed) throw new CancelledError(`The build of ${image} has ended: no command is run for it.`);
  const instanceId = living(ledger, launcherOf[stage]);
  if (!instanceId) throw new NotFoundError(`The build of ${image} has no instance for its ${stage} stage.`);
  // One follows the other: after the first there is nothing to move, and a write that is refused is billed all the same.
  if (stage === 'build' && index === 0) await advance(running, image, 'BUILDING');
  const planned = plan[stage][index];
  if (!planned) throw new NotFoundError(`The plan of ${image} has no ${stage} command ${index}.`);
  await inQuickState(running, image, { state, index, label: planned.label, instanceId }, async (tell) => {
    const key = entryKey(state, index, 0);
    const seconds = executionTimeout(planned.seconds, stage === 'test' ? plan.testTimeoutMinutes * 60 : undefined);
    const known = newest(ledger, state, index)?.entry;
    const since = known?.since ?? running.now();
    // A try before this one has died, or was refused: what may do so again is to be seen.
    if (known && !known.id) await tell({});
    const commandId = known?.id ?? (await send(running, { ...input, key, since, seconds, instanceId, plan, until }));
    await tell({ commandId, resource: commandId });
    const look = lookAtCommand({ ...running, plan });
    const wait = {
      resource: instanceId,
      wanted: `command#${commandId}` as const,
      image,
      entry: key,
      timeline: timelineKey({ state, index }),
      region: plan.homeRegion,
    };
    await awaitResource(running, wait, token, async (same, hint) => {
      const seen = await look(same, hint);
      if (!seen)
        assertInTime(
          { since },
          commandLimit(seconds),
          running.now(),
          `The end of ${planned.label} (command ${commandId})`,
        );
      return seen;
    });
  });
}

type Sending = ComponentInput & {
  key: string;
  since: number;
  /** Those that one run of the script may take. */
  seconds: number;
  instanceId: string;
  plan: Plan;
  until: number;
};

/** Notes, sends, notes. SendCommand has no client token: the script's own run key makes a second copy harmless. */
async function send(
  running: RunningComponents,
  { image, stage, index, key, since, seconds, instanceId, plan, until }: Sending,
): Promise<string> {
  const { label } = plan[stage][index]!;
  const entry: Entry = { kind: 'command', region: plan.homeRegion, token: key, since, until, instanceId };
  await running.ledgers.note(image, key, entry);
  const script = await running.plans.script(image, stage, index);
  const { logGroupName } = plan;
  const request = { instanceId, script, comment: label, executionTimeoutSeconds: seconds, logGroupName };
  try {
    const commandId = await running.commands.send(request);
    if (await running.ledgers.add(image, key, { id: commandId })) return commandId;
    await running.commands.cancel(commandId, instanceId);
    throw new CancelledError(
      `The build of ${image} ended while ${label} was sent: command ${commandId} is cancelled again.`,
    );
  } catch (error) {
    if (error instanceof NotReadyError) await explainSilence(running, entry, instanceId, error);
    throw error;
  }
}

/** Throws what is known of an instance whose agent does not answer: after a while that it is gone, or what to check. */
async function explainSilence(
  { instances, now }: RunningComponents,
  entry: Entry,
  instanceId: string,
  error: Error,
): Promise<void> {
  if (now() - entry.since < patience) return;
  const instance = await instances(entry.region).find(instanceId);
  if (instance && isLost(instance)) {
    const why = instance.reason ?? 'EC2 gives no reason';
    const advice = why.includes('Client.InstanceInitiatedShutdown')
      ? ' A command before this one shut it down: to restart a machine, use the action Reboot or exit code 194.'
      : '';
    throw new ResourceFailedError(
      `Instance ${instanceId} is ${instance.state} before its SSM agent answered: ${why}.${advice}`,
      { cause: error },
    );
  }
  const advice =
    'Check that the image has the SSM agent, that the instance profile may talk to Systems Manager, and that the subnet reaches it (internet, or endpoints ssm, ssmmessages, ec2messages).';
  assertInTime(entry, limits.agent, now(), `An answer of the SSM agent on instance ${instanceId}`, advice);
  throw new NotReadyError(`${error.message} ${advice}`, { cause: error });
}

// The looks: what each kind of resource is asked, by the phase that waits for it and by the router.
import type { AmisAt } from '../aws/amis.ts';
import type { Commands } from '../aws/commands.ts';
import type { Instances } from '../aws/instances.ts';
import { amiOutcome } from '../build/ami.ts';
import { type CommandEnd, commandEnd, commandOutcome, isUnderWay, silentEnd } from '../build/command.ts';
import { destinationText } from '../build/destinations.ts';
import { launchOutcome, stopOutcome } from '../build/launch.ts';
import { deathsBefore, parseEntryKey } from '../build/ledger.ts';
import { succeeded } from '../build/outcome.ts';
import { commandStateOf, type Plan } from '../build/plan.ts';
import { parseResult } from '../component/result.ts';
import { readInventoryOutput } from '../software/inventory-output.ts';
import type { Inventories } from '../store/inventories.ts';
import type { Ledgers } from '../store/ledgers.ts';
import type { Plans } from '../store/plans.ts';
import type { Wait } from '../store/waits.ts';
import type { Look, Seen } from './await-resource.ts';
import { type Explaining, explained } from './copy-failure.ts';
import { type CopyQueue, copyOf, destinationOf } from './copy-slot.ts';

/** An instance that should run. One that died is noted as dead, so that another launch takes a new attempt. */
export const lookAtInstance =
  ({ instances, ledgers }: { instances(region: string): Instances; ledgers: Ledgers }): Look =>
  async (wait, hint) => {
    if (hint === 'running') return { outcome: succeeded };
    const instance = await instances(wait.region).find(wait.resource);
    if (!launchOutcome(instance)) return undefined;
    const deaths = deathsBefore(await ledgers.read(wait.image), wait.entry);
    const outcome = launchOutcome(instance, deaths)!;
    if (!outcome.ok) await ledgers.add(wait.image, wait.entry, { dead: outcome.cause });
    return { outcome };
  };

/** The builder that should stop. */
export const lookAtStop =
  ({ instances }: { instances(region: string): Instances }): Look =>
  async (wait, hint) => {
    if (hint === 'stopped') return { outcome: succeeded };
    const outcome = stopOutcome(await instances(wait.region).find(wait.resource));
    return outcome && { outcome };
  };

/** An AMI that should become available. One that was deregistered is soon no longer shown: then the event is all there is. */
export const lookAtAmi =
  ({ amis }: { amis: AmisAt }): Look =>
  async (wait, hint) => {
    if (hint === 'available') return { outcome: succeeded };
    const ami = await amis(wait.region, wait.account).find(wait.resource);
    const place = destinationText(wait);
    const outcome = amiOutcome(ami ?? (hint ? { id: wait.resource, state: hint } : undefined), place);
    return outcome && { outcome };
  };

type CommandGateways = {
  commands: Commands;
  instances(region: string): Instances;
  plans: Plans;
  inventories: Inventories;
  plan?: Plan;
  now(): number;
};

/** A copy that should become available. Its slot is free before anybody is told, so that no death in between keeps it. */
export const lookAtCopy =
  (reach: Explaining & { copyQueue: CopyQueue }): Look =>
  async (wait, hint) => {
    const seen = await lookAtAmi(reach)(wait, hint);
    if (!seen) return undefined;
    await reach.copyQueue.free(destinationOf(reach, wait), copyOf(wait.image, wait.entry));
    return seen.outcome.ok ? seen : { ...seen, outcome: await explained(reach, wait, seen.outcome) };
  };

const isCopy = ({ entry }: Wait) => parseEntryKey(entry).state === 'CopyRegion';

/**
 * A command that should end. Its result is stored before the machine goes on. The instance is asked where it may be lost,
 * and at heartbeats its agent too: the command of one that is lost is cancelled.
 */
export const lookAtCommand =
  ({ commands, instances, plans, inventories, plan: known, now }: CommandGateways): Look =>
  async (wait, hint) => {
    const commandId = wait.wanted.slice('command#'.length);
    const invocation = await commands.look(commandId, wait.resource);
    const over = invocation && !isUnderWay(invocation);
    const instance =
      over || hint === 'command' || hint === 'first' ? undefined : await instances(wait.region).find(wait.resource);
    const { state, index } = parseEntryKey(wait.entry);
    const stage = state === commandStateOf.test ? 'test' : 'build';
    const plan = known ?? (await plans.read(wait.image));
    const planned = plan[stage][index]!;
    const result = over ? parseResult(invocation.stderr) : undefined;
    const end =
      commandEnd(planned, invocation, instance, result) ??
      (hint === undefined && instance?.state === 'running'
        ? silentEnd(planned, instance.id, await commands.agent(instance.id), now())
        : undefined);
    if (!end) return undefined;
    if (over && planned.collects) return collected(inventories, wait.image, end, invocation.stdout);
    if (!over && end.error) await commands.cancel(commandId, wait.resource);
    await plans.putResult(wait.image, stage, index, {
      label: planned.label,
      commandId,
      ...end,
      ...(result && { result }),
    });
    return { outcome: commandOutcome(stage, planned, end), ...(result?.notes && { notes: result.notes }) };
  };

/** An image without an inventory is still an image: what became of it is a note. */
async function collected(inventories: Inventories, image: string, end: CommandEnd, stdout = ''): Promise<Seen> {
  const inventory = end.status === 'success' ? readInventoryOutput(stdout) : undefined;
  if (!inventory) {
    const why = end.reason ?? 'the command printed none.';
    return { outcome: succeeded, notes: [`No software inventory, so any package update starts this pipeline: ${why}`] };
  }
  await inventories.put(image, inventory);
  if (!inventory.partial) return { outcome: succeeded };
  const count = inventory.packages.length;
  const note = `The software inventory holds the first ${count} packages only, so any package update starts this pipeline.`;
  return { outcome: succeeded, notes: [note] };
}

type Reach = {
  instances(region: string): Instances;
  amis: AmisAt;
  commands: Commands;
  ledgers: Ledgers;
  plans: Plans;
  inventories: Inventories;
  copyQueue: CopyQueue;
  accountId: string;
  now(): number;
};

/** Every look, by what is waited for. */
export const looksOf = (reach: Reach): Record<'running' | 'stopped' | 'available' | 'command', Look> => ({
  running: lookAtInstance(reach),
  stopped: lookAtStop(reach),
  available: (wait, hint) => (isCopy(wait) ? lookAtCopy(reach) : lookAtAmi(reach))(wait, hint),
  command: lookAtCommand(reach),
});

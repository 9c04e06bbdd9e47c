// Ensures that the builder is stopped: its AMI is made of a disk that nothing writes to.
import type { Instances } from '../aws/instances.ts';
import { assertInTime, limits } from '../build/deadline.ts';
import { isLost } from '../build/launch.ts';
import { living, newest } from '../build/ledger.ts';
import { CancelledError, NotFoundError } from '../errors.ts';
import type { Ledgers } from '../store/ledgers.ts';
import { awaitResource, type Waiting } from './await-resource.ts';
import { lookAtStop } from './looks.ts';
import { inState } from './timeline.ts';

export type Stopping = Waiting & { ledgers: Ledgers; instances(region: string): Instances };

const state = 'StopBuilder';

/**
 * Stops the builder, without hibernation, and registers `token` for "stopped". One that a component shut down, or that
 * somebody stopped after the last command, has what it was to have: it is taken as it is.
 */
export async function stopBuilder(stopping: Stopping, { image, token }: { image: string; token: string }) {
  const ledger = await stopping.ledgers.read(image);
  const ended = () => new CancelledError(`The build of ${image} has ended: its builder is not stopped.`);
  if (ledger.closed) throw ended();
  const id = living(ledger, 'LaunchBuilder');
  if (!id) throw new NotFoundError(`The build of ${image} has no builder to stop.`);
  const { key, entry } = newest(ledger, 'LaunchBuilder', 0)!;
  const { region } = entry;
  await inState(stopping, image, { state, region, instanceId: id }, async () => {
    const since = entry.stopping ?? stopping.now();
    if (!entry.stopping && !(await stopping.ledgers.add(image, key, { stopping: since }))) throw ended();
    const assertStopping = () =>
      assertInTime({ since }, limits.stop, stopping.now(), `Stopping of builder ${id}`, advice);
    const instances = stopping.instances(region);
    const before = await instances.find(id);
    if (!before) assertStopping();
    if (!before || !isLost(before)) await instances.stop(id);
    const look = lookAtStop(stopping);
    const wait = { resource: id, wanted: 'stopped' as const, image, entry: key, timeline: state, region };
    await awaitResource(stopping, wait, token, async (same, hint) => {
      const seen = await look(same, hint);
      if (!seen) assertStopping();
      return seen;
    });
  });
}

const advice =
  'Look whether something in the image keeps it from shutting down: a service that does not stop, a unit without a time-out.';

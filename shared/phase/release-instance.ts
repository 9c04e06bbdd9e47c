// Ends the builder or the tester as soon as the build needs it no longer; what fails here, Cleanup does again.
import type { Instances } from '../aws/instances.ts';
import type { Role } from '../build/launch.ts';
import { newest } from '../build/ledger.ts';
import type { Images } from '../store/images.ts';
import type { Ledgers } from '../store/ledgers.ts';
import type { Plans } from '../store/plans.ts';
import { isoTime } from './timeline.ts';

export type ReleasingInstance = {
  images: Images;
  ledgers: Ledgers;
  plans: Plans;
  instances(region: string): Instances;
  now(): number;
};

const stateOf: Record<Role, { launched: string; release: string }> = {
  builder: { launched: 'LaunchBuilder', release: 'ReleaseBuilder' },
  tester: { launched: 'LaunchTester', release: 'ReleaseTester' },
};

/** States in which an instance ends by itself: nothing can bring it back. */
const ending = ['shutting-down', 'terminated'];

/**
 * Terminates the instance of `role`, and notes it as released once EC2 shows it ending. With
 * `terminateInstanceOnFailure: false` it does nothing: a build that fails later is to leave its instances, so they live
 * until Cleanup knows the outcome. What has no instance (tests turned off), or was released before, needs nothing.
 */
export async function releaseInstance(
  releasing: ReleasingInstance,
  { image, role }: { image: string; role: Role },
): Promise<void> {
  const { images, ledgers } = releasing;
  const started = isoTime(releasing);
  const [ledger, plan] = await Promise.all([ledgers.read(image), releasing.plans.read(image)]);
  const { launched, release } = stateOf[role];
  const found = newest(ledger, launched, 0);
  if (ledger.closed || plan.infrastructure.terminateInstanceOnFailure === false || !found) return;
  const { id, region, dead, released } = found.entry;
  if (!id || dead || released) return;
  const instance = await releasing.instances(region).terminate(id);
  if (!instance || !ending.includes(instance.state)) return;
  // Only now: a release that fails is not what a build fails of.
  const ended = isoTime(releasing);
  await images.begin(image, release, { state: release, started, region, instanceId: id, ended });
  await ledgers.release(image, [found.key], ended);
}

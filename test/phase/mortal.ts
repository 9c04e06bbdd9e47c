// Gateways that die after a number of calls, as a Lambda does: what was done is done, and nothing more is.
import { copyQueue } from '../../shared/phase/copy-slot.ts';
import { looksOf } from '../../shared/phase/looks.ts';
import type { World } from './world.ts';

export class Killed extends Error {}

type Gateways = World['gateways'];

/** The gateways of a world, alive for `calls` calls. */
export function mortal({ gateways }: Pick<World, 'gateways'>, calls: number): Gateways {
  let done = 0;
  const once = async (call: () => unknown) => {
    if (done >= calls) throw new Killed();
    const answer = await call();
    if (++done >= calls) throw new Killed();
    return answer;
  };
  const guarded = <T extends object>(gateway: T): T =>
    new Proxy(gateway, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? (...given: unknown[]) => once(() => value.apply(target, given)) : value;
      },
    });
  const { imageParameters, instances, amis, launchTemplates, publishedParameters, amiSettings, exports } = gateways;
  const copySlots = guarded(gateways.copySlots);
  const executions = guarded(gateways.executions);
  const limits = { snapshots: 20, images: 300 };
  const weak = {
    ...gateways,
    copySlots,
    copyQueue: copyQueue({ copySlots, executions, limits, accountId: gateways.accountId, now: gateways.now }),
    channels: guarded(gateways.channels),
    images: guarded(gateways.images),
    inventories: guarded(gateways.inventories),
    ledgers: guarded(gateways.ledgers),
    plans: guarded(gateways.plans),
    publishedImages: guarded(gateways.publishedImages),
    retirements: guarded(gateways.retirements),
    revocations: guarded(gateways.revocations),
    updateSubjects: guarded(gateways.updateSubjects),
    waits: guarded(gateways.waits),
    commands: guarded(gateways.commands),
    executions,
    notices: guarded(gateways.notices),
    instances: (region: string) => guarded(instances(region)),
    amis: (region: string) => guarded(amis(region)),
    launchTemplates: (region: string) => guarded(launchTemplates(region)),
    imageParameters: (region: string) => guarded(imageParameters(region)),
    publishedParameters: (region: string) => guarded(publishedParameters(region)),
    amiSettings: (region: string) => guarded(amiSettings(region)),
    exports: (region: string) => guarded(exports(region)),
  };
  return { ...weak, looks: looksOf(weak) };
}

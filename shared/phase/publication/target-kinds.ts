// How each kind of target is set and put back.
import { type Target, type TargetKind, type TargetOf, targetName } from '../../build/target.ts';
import { NotReadyError } from '../../errors.ts';
import { channel } from './channel.ts';
import type { Kind, Publishes, Reach, Undoes } from './kind.ts';
import { launchPermission } from './launch-permission.ts';
import { launchTemplate } from './launch-template.ts';
import { ssmParameter } from './ssm-parameter.ts';

const kinds: { [K in TargetKind]: Kind<TargetOf<K>> } = { launchPermission, launchTemplate, ssmParameter, channel };

const kindOf = (target: Target) => kinds[target.kind] as Kind<Target>;

export const applyTarget = (reach: Reach, target: Target, publishes: Publishes) =>
  kindOf(target).apply(reach, target, publishes);

/** NotReadyError too while a function that was to set it may still act. */
export async function undoTarget(reach: Reach, target: Target, undoes: Undoes): Promise<void> {
  if (undoes.now <= undoes.acting) {
    const until = new Date(undoes.acting).toISOString();
    throw new NotReadyError(`A function may still set ${targetName(target)} until ${until}.`);
  }
  await kindOf(target).undo(reach, target, undoes);
}

export const shownBy = (target: Target) => kindOf(target).shows(target);

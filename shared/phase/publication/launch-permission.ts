// Who may launch an AMI.
import { permissionChange, permissionTexts } from '../../build/publication.ts';
import type { LaunchPermissionTarget } from '../../build/target.ts';
import { assertUnpublished } from '../published-mark.ts';
import type { Kind } from './kind.ts';

export const launchPermission: Kind<LaunchPermissionTarget> = {
  async apply({ amis }, { region, account, id, before, after }) {
    const change = permissionChange(before, after);
    if (change) await amis(region, account).changeLaunchPermissions(id, change);
  },
  async undo({ amis: at }, { region, account, id, before, after }) {
    const amis = at(region, account);
    const ami = await amis.find(id);
    if (ami?.state !== 'available') return;
    assertUnpublished(ami, { region, account });
    // Each permission by itself: what somebody else let in meanwhile stays, and keeps none of ours.
    const present = permissionTexts(await amis.launchPermissions(id));
    const ours = present.filter((text) => after.includes(text) && !before.includes(text));
    const change = permissionChange(ours, []);
    if (change) await amis.changeLaunchPermissions(id, change);
  },
  // An AMI that is gone is shared with nobody.
  shows: () => [],
};

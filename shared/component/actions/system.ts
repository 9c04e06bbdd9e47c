// The system modules.
import type { ActionModule } from './action.ts';

export const systemModules: ActionModule[] = [
  { name: 'Reboot', platforms: ['Linux', 'Windows'], outputs: [] },
  { name: 'SetRegistry', platforms: ['Windows'], outputs: [] },
  { name: 'UpdateOS', platforms: ['Linux', 'Windows'], outputs: [] },
];

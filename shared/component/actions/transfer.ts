// The transfer modules.
import type { ActionModule } from './action.ts';

export const transferModules: ActionModule[] = [
  { name: 'S3Download', platforms: ['Linux', 'Windows', 'macOS'], outputs: [] },
  { name: 'S3Upload', platforms: ['Linux', 'Windows', 'macOS'], outputs: [] },
  { name: 'WebDownload', platforms: ['Linux', 'Windows', 'macOS'], outputs: ['destination'] },
];

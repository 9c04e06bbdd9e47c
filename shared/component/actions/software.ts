// The modules for Windows installers.
import type { ActionModule } from './action.ts';

export const softwareModules: ActionModule[] = [
  { name: 'InstallMSI', platforms: ['Windows'], outputs: ['logFile', 'msiExitCode', 'stdout'] },
  { name: 'UninstallMSI', platforms: ['Windows'], outputs: ['logFile', 'msiExitCode', 'stdout'] },
];

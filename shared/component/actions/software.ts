// The modules for Windows installers (component-documents.md section 8.10).
import type { ActionModule } from './action.ts';

export const softwareModules: ActionModule[] = [
  { name: 'InstallMSI', platforms: ['Windows'], outputs: ['logFile', 'msiExitCode', 'stdout'] },
  { name: 'UninstallMSI', platforms: ['Windows'], outputs: ['logFile', 'msiExitCode', 'stdout'] },
];

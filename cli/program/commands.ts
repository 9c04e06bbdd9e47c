// All commands of the program, in the order in which the help lists them.
import type { Command } from 'commander';
import { addApprovals, addBuilds, addRepeats } from './builds.ts';
import { addComponent } from './component.ts';
import { addChannels, addImages } from './images.ts';
import { addFiles, addLifecycle, addRegistered } from './registered.ts';
import { addAccount, addLocal, addLogs, addOperations } from './stack.ts';

export function addCommands(program: Command): void {
  for (const add of [
    addBuilds,
    addFiles,
    addAccount,
    addRepeats,
    addApprovals,
    addChannels,
    addOperations,
    addImages,
    addRegistered,
    addLifecycle,
    addLogs,
    addComponent,
    addLocal,
  ])
    add(program);
}

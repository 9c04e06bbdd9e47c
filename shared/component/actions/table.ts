// The table of all action modules of the language, one file per AWS family.
import type { ActionModule } from './action.ts';
import { fileModules } from './files.ts';
import { generalModules } from './general.ts';
import { softwareModules } from './software.ts';
import { systemModules } from './system.ts';
import { transferModules } from './transfer.ts';

export const actionModules: ReadonlyMap<string, ActionModule> = new Map(
  [...generalModules, ...transferModules, ...fileModules, ...softwareModules, ...systemModules].map((module) => [
    module.name,
    module,
  ]),
);

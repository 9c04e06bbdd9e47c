// The file and folder modules.
import type { ActionModule } from './action.ts';

export const fileModules: ActionModule[] = [
  { name: 'AppendFile', platforms: ['Linux', 'Windows', 'macOS'], outputs: [] },
  { name: 'CopyFile', platforms: ['Linux', 'Windows', 'macOS'], outputs: [] },
  { name: 'CopyFolder', platforms: ['Linux', 'Windows', 'macOS'], outputs: [] },
  { name: 'CreateFile', platforms: ['Linux', 'Windows', 'macOS'], outputs: [] },
  { name: 'CreateFolder', platforms: ['Linux', 'Windows', 'macOS'], outputs: [] },
  { name: 'CreateSymlink', platforms: ['Linux', 'macOS'], outputs: [] },
  { name: 'DeleteFile', platforms: ['Linux', 'Windows', 'macOS'], outputs: [] },
  { name: 'DeleteFolder', platforms: ['Linux', 'Windows', 'macOS'], outputs: [] },
  { name: 'ListFiles', platforms: ['Linux', 'Windows', 'macOS'], outputs: ['files'] },
  { name: 'MoveFile', platforms: ['Linux', 'Windows', 'macOS'], outputs: [] },
  { name: 'MoveFolder', platforms: ['Linux', 'Windows', 'macOS'], outputs: [] },
  { name: 'ReadFile', platforms: ['Linux', 'Windows', 'macOS'], outputs: ['content'] },
  { name: 'SetFileEncoding', platforms: ['Linux', 'Windows', 'macOS'], outputs: [] },
  { name: 'SetFileOwner', platforms: ['Linux', 'macOS'], outputs: [] },
  { name: 'SetFolderOwner', platforms: ['Linux', 'macOS'], outputs: [] },
  { name: 'SetFilePermissions', platforms: ['Linux', 'macOS'], outputs: [] },
  { name: 'SetFolderPermissions', platforms: ['Linux', 'macOS'], outputs: [] },
];

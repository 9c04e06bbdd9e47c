// Says why instances cannot run here, and what to do about it, by the words of the tool that failed.

const unfit =
  'the state directory lies on a file system that overlayfs cannot write to (overlay or NFS): put the state directory on ext4, xfs, btrfs or tmpfs';

/** statfs(2): an overlay cannot keep what another overlay marks its files with, NFS neither. */
const unfitTypes: Record<number, string> = { 2035054128: 'overlay', 26985: 'NFS' };

const explanations: [RegExp, string][] = [
  [
    /unshare failed: Operation not permitted|mount: .*(?:permission denied|must be superuser)/i,
    'this looks like a container without the capability SYS_ADMIN: run it with --privileged, or on a Linux virtual machine',
  ],
  [
    /unshare failed: No space left on device/,
    'user.max_user_namespaces (or max_pid_namespaces) is 0: raise it with sysctl',
  ],
  [/mknod: volume\/|mount: (?:.*\/)?root: .*(?:overlay|wrong fs type|Invalid argument)/, unfit],
  [/unknown filesystem type 'overlay'/, 'the kernel has no overlayfs: load it with "modprobe overlay"'],
  [/ENOENT|not found|unrecognized option/, 'util-linux 2.33 or newer is needed (setpriv, unshare, nsenter)'],
];

export function explain(detail: string): string {
  const known = explanations.find(([pattern]) => pattern.test(detail));
  return known ? `${known[1]} (said was: ${detail})` : detail;
}

/** What rules out instances before anything is tried; `fileSystem` is statfs(2)'s type of where disks are kept. */
export function obstacle(platform: string, userId: number | undefined, fileSystem?: number): string | undefined {
  if (platform !== 'linux') return `namespaces need Linux, this is ${platform}: use a Linux virtual machine`;
  if (userId !== 0) return 'instances need root for now: run it with sudo';
  const type = fileSystem === undefined ? undefined : unfitTypes[fileSystem];
  if (type) return `${unfit} (it is ${type})`;
  return undefined;
}

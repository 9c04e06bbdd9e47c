// Says why instances cannot run here, and what to do about it, by the words of the tool that failed.

const explanations: [RegExp, string][] = [
  [
    /unshare failed: Operation not permitted|mount: .*(?:permission denied|must be superuser)/i,
    'this looks like a container without the capability SYS_ADMIN: run it with --privileged, or on a Linux virtual machine',
  ],
  [
    /unshare failed: No space left on device/,
    'user.max_user_namespaces (or max_pid_namespaces) is 0: raise it with sysctl',
  ],
  [
    /mknod: upper\/|mount: (?:.*\/)?root: .*(?:overlay|wrong fs type|Invalid argument)/,
    'the state directory lies on a file system that overlayfs cannot write to (overlay or NFS): put the state directory on ext4, xfs, btrfs or tmpfs',
  ],
  [/unknown filesystem type 'overlay'/, 'the kernel has no overlayfs: load it with "modprobe overlay"'],
  [/ENOENT|not found|unrecognized option/, 'util-linux 2.33 or newer is needed (setpriv, unshare, nsenter)'],
];

export function explain(detail: string): string {
  const known = explanations.find(([pattern]) => pattern.test(detail));
  return known ? `${known[1]} (said was: ${detail})` : detail;
}

/** What rules out instances before anything is tried. */
export function obstacle(platform: string, userId: number | undefined): string | undefined {
  if (platform !== 'linux') return `namespaces need Linux, this is ${platform}: use a Linux virtual machine`;
  if (userId !== 0) return 'instances need root for now: run it with sudo';
  return undefined;
}

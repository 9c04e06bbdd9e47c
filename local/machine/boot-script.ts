// What the first process of an instance does before it becomes the instance's pid 1: a root of its own, then fewer rights.

/** The capabilities that apt, useradd, chown and a web server need; without sys_admin, net_admin, sys_ptrace and mknod nothing of the host can be changed. */
const kept =
  'chown dac_override fowner fsetid kill setgid setuid setpcap net_bind_service net_raw sys_chroot audit_write setfcap';

export const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Shell: joins the control groups whose files the first argument lists, and takes it away. */
export const joinGroups = 'for door in $1; do echo $$ >"$door"; done; shift';

/** Arguments that put setpriv(1) before a command of the instance. */
export const dropCapabilities = [
  'setpriv',
  `--bounding-set=-all,${kept
    .split(' ')
    .map((name) => `+${name}`)
    .join(',')}`,
  '--inh-caps=-all',
  '--',
];

/**
 * Arguments: directory of the instance (with volume/upper/, volume/work/ and root/), host name, `none` for no network, bytes that /tmp may hold, then the host's private
 * directories. Says `ready <pid>` on file descriptor 3, the pid being the host's.
 * The host is never mounted on: the namespaces are private, and the kernel takes the mounts away with the last process.
 */
export const bootScript = `
set -eu
directory=$1 hostname=$2 network=$3 room=$4
shift 4
read -r process _ </proc/self/stat
mount --make-rprivate /
cd "$directory"
if [ -e volume/upper/root ]; then fresh=no; else fresh=yes; fi
# A white-out under a new directory makes overlayfs mark it opaque: what the host has there stays unseen, in images made from it too.
if [ "$fresh" = yes ]; then
  mknod volume/upper/root c 0 0
  mknod volume/upper/home c 0 0
  # What the host keeps there is no part of a base, may be large, and is wiped byte by byte before an AMI is made.
  if [ -d /var/tmp ] && ! [ -L /var ] && ! [ -L /var/tmp ]; then
    mkdir volume/upper/var
    chown --reference=/var volume/upper/var
    chmod --reference=/var volume/upper/var
    mknod volume/upper/var/tmp c 0 0
  fi
fi
# Relative paths, as a comma or colon in a path would end an option.
mount -t overlay overlay -o lowerdir=/,upperdir=volume/upper,workdir=volume/work,nodev,index=off,metacopy=off,redirect_dir=off root
cd root
if [ "$fresh" = yes ]; then
  mkdir -m 700 root
  mkdir -m 755 home
  mkdir -m 1777 -p var/tmp
  rm -f etc/ssh/ssh_host_*
  rm -f etc/machine-id
fi
for private in "$@"; do
  if [ -d ".$private" ]; then mount -t tmpfs -o ro,nosuid,nodev,mode=755,size=4k tmpfs ".$private"; fi
done
mkdir -p proc sys dev run tmp
mount -t proc -o nosuid,nodev,noexec proc proc
printf %s "$hostname" >proc/sys/kernel/hostname
for path in sys sysrq-trigger irq bus fs; do
  if [ -e "proc/$path" ]; then
    mount --bind "proc/$path" "proc/$path"
    mount -o remount,bind,ro,nosuid,nodev,noexec "proc/$path"
  fi
done
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys
mount -t tmpfs -o nosuid,mode=755,size=1m tmpfs dev
for node in 'null 1 3' 'zero 1 5' 'full 1 7' 'random 1 8' 'urandom 1 9' 'tty 5 0'; do
  set -- $node
  mknod -m 666 "dev/$1" c "$2" "$3"
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,nosuid,noexec devpts dev/pts
mount -t tmpfs -o nosuid,nodev,mode=1777,size=$room tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin
ln -s /proc/self/fd/1 dev/stdout
ln -s /proc/self/fd/2 dev/stderr
mount -t tmpfs -o nosuid,nodev,mode=755,size=$room tmpfs run
mount -t tmpfs -o nosuid,nodev,mode=1777,size=$room tmpfs tmp
# The host's resolver often lies under /run or is mounted over the file: neither is in the lower layer.
if [ "$network" != none ] && resolver=$(readlink -f /etc/resolv.conf) && [ -f "$resolver" ]; then
  case $resolver in
    /run/*) mkdir -p ".\${resolver%/*}"; cat "$resolver" >".$resolver" ;;
    *) if [ -f ".$resolver" ] && [ "$(cat "$resolver")" != "$(cat ".$resolver")" ]; then
         cat "$resolver" >run/resolv.conf
         mount --bind run/resolv.conf ".$resolver"
       fi ;;
  esac
fi
if [ "$network" = none ] && command -v ip >/dev/null; then ip link set lo up; fi
if ! [ -s etc/machine-id ]; then tr -d - </proc/sys/kernel/random/uuid >etc/machine-id; chmod 444 etc/machine-id; fi
mkdir -m 700 run/.host
pivot_root . run/.host
cd /
umount -l /run/.host
rmdir /run/.host
echo "ready $process" >&3
exec 3>&-
# Ignoring SIGCHLD makes the kernel reap orphans, which sleep(1) would not.
exec ${dropCapabilities.join(' ')} env --ignore-signal=CHLD -i PATH=${searchPath} sleep infinity
`;

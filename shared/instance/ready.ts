// The script that waits until a new instance may be worked on: cloud-init done, no package manager at work.
import { emit } from '../component/emit.ts';
import type { Host, ProgramStep } from '../component/program.ts';
import { quote } from '../component/quote.ts';

export type ReadyOptions = {
  runKey: string;
  /** For both waits together; after that the build goes on, with a note. 600 when not given. */
  waitSeconds?: number;
  /** A directory that stands for `/`. */
  root?: string;
  host?: Host;
};

/** Seconds after which the script has ended, with the time of its driver. */
export const readySeconds = 3600;

/**
 * Waits, bounded, for cloud-init and for the locks of apt, dpkg, dnf, yum, rpm and zypper; the result's notes say for what and how long.
 * It fails only when it cannot run: a component that cannot work on a busy machine says so itself. Same result protocol as a component's script.
 */
export function readyScript({ runKey, waitSeconds = 600, root = '', host }: ReadyOptions): string {
  const prelude = `limit=${waitSeconds}\nroot=${quote(root.replace(/\/+$/, ''))}\n`;
  const step = (name: string, body: string): ProgramStep => ({
    phase: 'ready',
    name,
    action: 'ExecuteBash',
    // The steps end by themselves; this is for a machine that hangs.
    timeoutSeconds: waitSeconds + 60,
    onFailure: 'Abort',
    maxAttempts: 1,
    script: [{ literal: prelude + body }],
  });
  const steps = [step('WaitForCloudInit', cloudInit), step('WaitForPackageManagers', packageManagers)];
  return emit({ name: 'ready', steps, workingDirectory: '/', runKey, notesFromSteps: true, ...(host && { host }) });
}

/** `cloud-init status --wait` would wait for ever where cloud-init is installed but was not started: /run/cloud-init is made early in each boot that starts it. */
const cloudInit = `
if ! command -v cloud-init >/dev/null; then
  echo 'cloud-init is not installed: nothing to wait for'
elif [[ ! -d $root/run/cloud-init ]]; then
  echo 'cloud-init is installed, but was not started on this boot: nothing to wait for'
else
  started=$(date +%s)
  status=$(timeout "$limit" cloud-init status --wait 2>&1)
  code=$?
  seconds=$(($(date +%s) - started))
  status=\${status##*status: }
  status=\${status%%$'\\n'*}
  echo "cloud-init: \${status:-no answer} after $seconds s (exit code $code)"
  if ((code == 124)); then
    echo "cloud-init was still at work after $seconds s; going on" >>"$IMAGE_BUILDER_NOTES"
  elif ((code == 1)); then
    echo "cloud-init ended with an error ('cloud-init status --long' tells it) after $seconds s; going on" >>"$IMAGE_BUILDER_NOTES"
  elif ((seconds > 0)); then
    echo "waited $seconds s for cloud-init" >>"$IMAGE_BUILDER_NOTES"
  fi
fi
exit 0
`;

/** A lock of the kernel (fcntl by dpkg, apt and rpm) is found in /proc/locks by its file's inode, and believed when its owner has that file open; yum, dnf and zypper write their process id to a file. */
const packageManagers = `
shopt -s nullglob
locked=("$root"/var/lib/dpkg/lock-frontend "$root"/var/lib/dpkg/lock "$root"/var/lib/apt/lists/lock
  "$root"/var/cache/apt/archives/lock "$root"/var/lib/rpm/.rpm.lock "$root"/usr/lib/sysimage/rpm/.rpm.lock)
written=("$root"/run/yum.pid "$root"/var/run/yum.pid "$root"/run/zypp.pid "$root"/var/run/zypp.pid
  "$root"/var/cache/dnf/*.pid "$root"/var/lib/dnf/*.pid)

has_open() {
  local open
  for open in "/proc/$1/fd/"*; do
    if [[ $open -ef $2 ]]; then return 0; fi
  done
  return 1
}

# Sets holder to what holds a package manager's lock; fails when nothing does.
find_holder() {
  local file inode lock process
  for file in "\${locked[@]}"; do
    inode=$(stat -c %i -- "$file" 2>/dev/null) || continue
    while read -ra lock; do
      process=\${lock[4]}
      if [[ \${lock[1]} != '->' && \${lock[5]##*:} == "$inode" ]] && has_open "$process" "$file"; then
        holder="$(cat "/proc/$process/comm" 2>/dev/null) (process $process, $file)"
        return 0
      fi
    done </proc/locks
  done
  for file in "\${written[@]}"; do
    if [[ ! -s $file ]]; then continue; fi
    read -r process <"$file"
    if [[ $process =~ ^[0-9]+$ && $(tr '\\0' ' ' <"/proc/$process/cmdline") =~ yum|dnf|zypp|rpm|packagekit ]] 2>/dev/null; then
      holder="$(cat "/proc/$process/comm" 2>/dev/null) (process $process, $file)"
      return 0
    fi
  done
  return 1
}

started=$(date +%s)
waited_for=
while find_holder; do
  seconds=$(($(date +%s) - started))
  if [[ $holder != "$waited_for" ]]; then echo "waiting for $holder"; fi
  waited_for=$holder
  if ((seconds >= limit)); then
    echo "a package manager was still at work after $seconds s: $holder; going on" >>"$IMAGE_BUILDER_NOTES"
    exit 0
  fi
  sleep 0.3
done
if [[ $waited_for ]]; then
  echo "waited $(($(date +%s) - started)) s for $waited_for" >>"$IMAGE_BUILDER_NOTES"
else
  echo 'no package manager is at work'
fi
exit 0
`;

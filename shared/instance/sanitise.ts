// The script that removes from an instance what must not be in an image: keys, logs, identity, histories, and our own traces.
import { emit } from '../component/emit.ts';
import type { Host, ProgramStep } from '../component/program.ts';
import { quote } from '../component/quote.ts';
import { alwaysErased, type SanitiseSection, skippableSections } from './sanitise-sections.ts';

export type SanitiseOptions = {
  runKey: string;
  /** Sections to leave out, by Image Builder's marker names. */
  skip?: readonly SanitiseSection[];
  /** Where TOE_ folders of Image Builder's own agent may lie; `/tmp` when not given. */
  workingDirectory?: string;
  /** A directory that stands for `/`. */
  root?: string;
  host?: Host;
};

/** Seconds after which the script has ended, with the time of its driver. */
export const sanitiseSeconds = 4 * 3600;

/**
 * Erases the sections that are not skipped and what is always erased; what is absent is no failure, what cannot be erased is, and the others are
 * erased all the same. After success the state directory of all our runs is removed. Same result protocol as a component's script.
 */
export function sanitiseScript({
  runKey,
  skip = [],
  workingDirectory = '/tmp',
  root = '',
  host,
}: SanitiseOptions): string {
  const prelude = [
    `root=${quote(root.replace(/\/+$/, ''))}`,
    `working_directory=${quote(workingDirectory.replace(/\/+$/, ''))}`,
    erasing,
  ].join('\n');
  const step = (name: string, body: string): ProgramStep => ({
    phase: 'sanitise',
    name,
    action: 'ExecuteBash',
    timeoutSeconds: 1800,
    onFailure: 'Continue',
    maxAttempts: 1,
    script: [{ literal: `${prelude}${body}finish\n` }],
  });
  const sections = Object.entries(skippableSections).filter(([marker]) => !skip.some((one) => one === marker));
  const steps = [
    ...sections.map(([marker, body]) => step(marker.replace('skip_', ''), body)),
    step('cleanup_always', alwaysErased),
  ];
  return emit({ name: 'sanitise', steps, workingDirectory: '/', runKey, removeState: true, ...(host && { host }) });
}

/** Files are overwritten before they go: a snapshot of a volume also holds its freed blocks. A layer of an overlay holds none. */
const erasing = `
shopt -s nullglob dotglob
failed=0 erased=0
# In an overlay, to overwrite a file of the layer below is to copy it first, and then to overwrite the copy.
filesystem=$(stat -f -c %T -- "$root/")
homes=("$root/root" "$root"/home/*)
if [[ -r $root/etc/passwd ]]; then
  while IFS=: read -r _ _ _ _ _ home _; do
    if [[ $home == /?* ]]; then homes+=("$root$home"); fi
  done <"$root/etc/passwd"
fi

mounts=()
while read -r _ _ _ _ point _; do
  printf -v point %b "\${point//\\\\/\\\\0}"
  mounts+=("$point")
done </proc/self/mountinfo

holds_mount() {
  local point
  for point in "\${mounts[@]}"; do
    if [[ $point/ == "$1"/* ]]; then return; fi
  done
  return 1
}

# Removes files and folders. A mount point (a container's /etc/hostname, a volume below /var/tmp) is emptied instead, and folders above it stay.
erase() {
  local path files=()
  for path; do
    if [[ -d $path && ! -L $path ]]; then
      erase "$path"/*
      if ! holds_mount "$path"; then rmdir -- "$path"; fi
    elif [[ -e $path || -L $path ]]; then
      files+=("$path")
      if ((\${#files[@]} == 200)); then
        erase_files "\${files[@]}"
        files=()
      fi
    else
      continue
    fi
    erased=$((erased + 1))
  done
  if ((\${#files[@]} > 0)); then erase_files "\${files[@]}"; fi
  for path; do
    if [[ -d $path && ! -L $path ]] && holds_mount "$path"; then continue; fi
    if [[ -d $path || -L $path || -s $path ]]; then
      echo "cannot erase $path" >&2
      failed=1
    fi
  done
}

# A file with several names is another's too: it only loses this name.
erase_files() {
  local path index broken links=() plain=() single=()
  for path; do
    if [[ -f $path && ! -L $path ]]; then plain+=("$path"); fi
  done
  if ((\${#plain[@]} > 0)); then
    mapfile -t links < <(stat -c %h -- "\${plain[@]}")
    broken=$((\${#links[@]} != \${#plain[@]}))
    for ((index = 0; index < \${#plain[@]}; index++)); do
      # One that vanished meanwhile has no number, and those behind it no longer theirs: then each is asked alone.
      if ((broken)); then links[index]=$(stat -c %h -- "\${plain[index]}"); fi
      if [[ \${links[index]} == 1 ]]; then single+=("\${plain[index]}"); fi
    done
  fi
  if ((\${#single[@]} > 0)) && [[ $filesystem != overlayfs ]]; then shred -n 1 -zf -- "\${single[@]}"; fi
  rm -f -- "$@" || empty "$@"
}

empty() {
  local path
  for path; do
    if [[ -f $path && ! -L $path ]] && ! : >"$path"; then
      echo "cannot empty $path" >&2
      failed=1
    fi
  done
}

finish() {
  echo "$erased files and folders erased"
  exit "$failed"
}
`;

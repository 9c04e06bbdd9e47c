// The part of every emitted script that remembers: state written atomically, one run at a time, the same run only once.

/**
 * Bash. A lock is a file `lock.<number>` that names its holder by boot, process id and start time; a lock whose holder is dead is passed over by making the next
 * number, never by removing it, so two copies can never both think that they took over. Neither flock nor setsid is needed (util-linux).
 */
export const stateDriver = `
say() { printf '%s\\n' "$*"; }

# Sets text to what a file holds, when that is less than $2 bytes without NUL, which no variable can hold; fails otherwise.
short_text() {
  local LC_ALL=C
  text=''
  if [[ -s $1 ]]; then ! IFS= read -r -d '' -n "$2" text <"$1"; fi
}

# Takes the newlines at the end of text away, as $() does.
trim() { while [[ $text == *$'\\n' ]]; do text=\${text%$'\\n'}; done; }

note() { printf '%s\\n' "$*" >>"$state/notes"; }

# Writes a file of the state directory, one argument a line: whole or not at all.
save() {
  local file=$state/$1
  shift
  if ! { printf '%s\\n' "$@" >"$file.new" && mv -f -- "$file.new" "$file"; }; then
    stop "cannot write $file: is the disk full?"
  fi
}

# Writes a file of one line without a process for it: a line that has no end was not written, and read says so.
save_line() {
  if ! printf '%s\\n' "$2" >"$state/$1"; then stop "cannot write $state/$1: is the disk full?"; fi
}

# Sets ticks to when a process was started, in ticks since boot; fails when it does not live.
started_at() {
  local stat=''
  ticks=''
  { IFS= read -r -d '' stat <"/proc/$1/stat"; } 2>/dev/null
  set -f
  # shellcheck disable=SC2086 # the fields behind the name, which may hold blanks
  set -- \${stat##*) }
  set +f
  if [[ ! $1 || $1 == [ZX] ]]; then return 1; fi
  ticks=\${20}
}

# Sets this_boot to what is another after each boot; the start of process 1 tells it where the kernel goes on running.
find_boot() {
  this_boot=''
  if [[ -r $boot_record ]]; then IFS= read -r -d '' this_boot <"$boot_record"; fi
  started_at 1
  this_boot=\${this_boot//[[:space:]]/}/$ticks
}

# Sets group to the process group of a step that a killed copy left behind; fails when nothing of it lives. Where its first process has ended, another
# process cannot have got its number while the group has any.
find_group() {
  local boot start ticks
  read -r boot group start <"$state/group" || return 1
  if [[ $boot != "$this_boot" ]]; then return 1; fi
  if started_at "$group"; then [[ $start == "$ticks" ]]; else kill -0 -- "-$group"; fi
}

# Waits until the step that a killed copy left behind is over, which its watchdog sees to within six seconds, or else this does.
wait_for_group() {
  local tries group
  if [[ ! -s $state/group ]]; then return; fi
  for ((tries = 0; tries < 100; tries++)); do
    if ! find_group; then return; fi
    sleep 0.1
  done
  kill -KILL -- "-$group"
}

# Sets begun to when this run began, which the first copy writes down.
begin() {
  begun=''
  if [[ -e $state/started ]]; then read -r begun <"$state/started"; fi
  if [[ ! $begun ]]; then
    begun=$SECONDS
    save_line started "$begun"
  fi
}

# Prints the first copy's result and ends.
repeat_result() {
  local code json
  { read -r code && read -r json; } <"$state/result"
  say "$program: another copy of this command ran it; this is its result"
  printf '%s\\n' "$json" >&3
  exit "$code"
}

# Whether the process that a file names (boot, id, start time) is alive.
lives() {
  local boot process start
  read -r boot process start <"$1" || return 1
  [[ $boot == "$this_boot" ]] && started_at "$process" && [[ $start == "$ticks" ]]
}

# Waits until no other copy of this command runs; one that has ended gives its result to this one.
acquire() {
  local number=0 waited='' ticks
  umask 077
  if [[ ! -d $state ]] && ! mkdir -p -- "$state"; then stop "cannot make $state: is this root, and the disk writable?"; fi
  exec 2>>"$state/driver.log"
  find_boot
  # Of an earlier process with this number, and perhaps a lock by another name.
  if [[ -e $state/claim.$$ ]]; then rm -f -- "$state/claim.$$"; fi
  started_at $$
  save_line "claim.$$" "$this_boot $$ $ticks"
  while :; do
    if [[ -e $state/result ]]; then
      rm -f -- "$state/claim.$$"
      repeat_result
    fi
    if [[ ! -d $state ]]; then
      if [[ ! $waited ]]; then
        acquire
        return
      fi
      say "$program: another copy of this command ran it and removed its state, which it does after success"
      printf '{"status":"success","failureMessage":"","executedStepCount":0,"failedStepCount":0,"ignoredFailedStepCount":0,"rebootCount":0,"durationSeconds":0,"steps":[],"output":"","notes":["another copy of this command ran it"]}\\n' >&3
      exit 0
    fi
    while [[ -e $state/lock.$((number + 1)) ]]; do number=$((number + 1)); done
    if ((number > 0)) && lives "$state/lock.$number"; then
      if [[ ! $waited ]]; then say "$program: another copy of this command is running it; waiting for its result"; fi
      waited=1
      sleep 0.2
    elif ln -- "$state/claim.$$" "$state/lock.$((number + 1))"; then
      break
    elif [[ -d $state && ! -e $state/lock.$((number + 1)) ]]; then
      stop "cannot make $state/lock.$((number + 1)): $(tail -n 1 "$state/driver.log")"
    fi
  done
  if [[ -e $state/result ]]; then
    rm -f -- "$state/claim.$$"
    repeat_result
  fi
  count_reboots
  if [[ $this_boot != / && $last_boot == "$this_boot" ]]; then
    say "$program: a step asked for a reboot, which is yet to come"
    exit 194
  fi
  # A copy that was killed may have left a step behind, which its watchdog is ending: never run a step beside itself.
  wait_for_group
  begin
}
`;

// The part of every emitted script that runs a step's file once: own process group, time-out, output streamed and its tails kept.

/**
 * Bash. Sets outcome (success, failed, reboot), code and reason. File descriptors: 3 is the result (kept from all children), 5 the leash, 6 the answers: one
 * watchdog for all steps ends a step when its time is over, or when this script is gone, which it sees as the end of the leash. 7 and 8 are what a step prints.
 */
export const attemptDriver = `
alive() { kill -0 -- "$1" 2>/dev/null; }

# Ends a process group, and returns when nothing of it lives: after five seconds it is killed.
end_group() {
  local tries
  kill -TERM -- "-$1"
  for ((tries = 0; tries < 54; tries++)); do
    if ! alive "-$1"; then return; fi
    if ((tries < 5)); then read -r -t 0.02 -u 1; else read -r -t 0.1 -u 1; fi
  done
  kill -KILL -- "-$1"
}

# Is told on the leash, its standard input: seconds (-1: any time) by this script, the process group by the step, "ended" by this script. Gives one answer for each run,
# after which nothing is done to the group, and nothing is left on the leash: this script reads there too, to wait.
watch() {
  local seconds group answer
  while read -r seconds; do
    read -r group || exit
    answer=ended
    if [[ $group != ended ]]; then
      if [[ $seconds == -1 ]]; then read -r _; else read -r -t "$seconds" _; fi
      case $? in
        0) ;;
        1)
          end_group "$group"
          exit
          ;;
        *)
          end_group "$group"
          read -r _
          answer=timed-out
          ;;
      esac
    fi
    say "$answer"
  done
}

watchdog=''

# In a group of its own, as steps are: what ends an outer step must not end the watchdog of its inner ones.
start_watchdog() {
  exec 5<>"$io/leash" 6<>"$io/answers"
  set -m
  watch <"$io/leash" >&6 2>/dev/null 3>&- 4>&- 5>&- 6>&- 9>&- &
  watchdog=$!
  set +m
  # Read only: that the watchdog is gone is the end of its answers.
  exec 6<"$io/answers"
}

# Waits for the reader of the step's output. A background process may keep it open for ever: after two seconds its output is read
# by a process of its own and thrown away, so that neither this script waits for it nor a write of it fails.
drain() {
  local tries name pause=1 waited seconds
  for ((waited = 0; waited < 2000; waited += pause, pause = pause < 16 ? pause * 2 : 20)); do
    if ! alive "$1"; then return; fi
    printf -v seconds '0.%03d' "$pause"
    read -r -t "$seconds" -u 5
  done
  for name in out err; do
    exec 7<>"$io/$name"
    set -m
    (
      exec <"$io/$name"
      : >"$io/$name.drained"
      exec cat >/dev/null 2>&1
    ) >/dev/null 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 9>&- &
    set +m
    for ((tries = 0; tries < 150; tries++)); do
      if [[ -e $io/$name.drained ]]; then break; fi
      read -r -t 0.02 -u 5
    done
    exec 7>&-
  done
  kill "$1"
  background=1 prepared=''
}

prepared=''

# Whether what this script made for the step before can be used again: nothing that a step left is in it, and nothing is gone.
is_clean() {
  local pipe left
  if [[ $prepared != "$io" || ! $watchdog || ! -d $io/outputs ]]; then return 1; fi
  for pipe in out err shown.out shown.err copy.out copy.err copy.kept go; do
    if [[ ! -p $io/$pipe ]]; then return 1; fi
  done
  for left in "$io/outputs"/* "$io/outputs"/.[!.]* "$io/outputs"/..?*; do
    if [[ $left == "$io/outputs/stdout" && -f $left && ! -L $left ]]; then
      : >"$left"
    elif [[ -e $left || -L $left ]]; then
      return 1
    fi
  done
}

# Makes what one run of a step's file needs; fails with a reason.
prepare() {
  if ! is_clean; then
    prepared=''
    dismiss_reader
    rm -rf -- "$io"
    mkdir "$io" "$io/outputs" && mkfifo "$io/out" "$io/err" "$io/shown.out" "$io/shown.err" "$io/copy.out" "$io/copy.err" "$io/copy.kept" "$io/leash" "$io/answers" "$io/go" && prepared=$io
    if [[ $prepared && ! $watchdog ]]; then start_watchdog; fi
  fi
  if [[ $prepared ]] && : >"$io/out.tail" && : >"$io/err.tail" && : >"$io/script"; then return; fi
  reason="could not be prepared: $(tail -n 1 "$state/driver.log")"
  return 1
}

# What the step's process becomes.
become_step() {
  umask "$callers_umask"
  if ! { [[ -d $working_directory ]] || mkdir -p -- "$working_directory"; } || ! cd -- "$working_directory" >/dev/null; then exit 1; fi
  if ((notes_from_steps)); then export IMAGE_BUILDER_NOTES=$state/notes; fi
  export IMAGE_BUILDER_OUTPUTS=$io/outputs
  exec bash -- "$io/script"
}

# Whether a file ends in the middle of a line.
is_cut() {
  local text
  if short_text "$1" 4096; then
    [[ $text && $text != *$'\\n' ]]
  else
    [[ $(tail -c 1 "$1" | od -An -tu1) != *' 10' ]]
  fi
}

# Sets kills to how many processes the kernel of this machine has ended for want of memory, if it counts them.
count_kills() {
  local LC_ALL=C pattern='oom_kill ([0-9]+)'
  kills=''
  { IFS= read -r -d '' kills </proc/vmstat; } 2>/dev/null
  # A regular expression takes a tenth of the time of \${kills##*oom_kill }.
  if [[ $kills =~ $pattern ]]; then kills=\${BASH_REMATCH[1]}; else kills=0; fi
}

# Runs the step's file once, for at most $2 seconds (-1: any time).
run_once() {
  local index=$1 group reader='' background='' lost='' kills kills_before kept='' answer='' print=script_$1 into=script
  reason='' code=1 outcome=failed timed_out=''
  if [[ \${documents[index]} ]]; then print=arguments_$index into=arguments; fi
  if ! prepare || ! "$print" >"$io/$into"; then
    reason=\${reason:-"could not be prepared: $(tail -n 1 "$state/driver.log")"}
    return
  fi
  if [[ " \${outputs[index]} " == *' stdout '* ]]; then kept=$io/outputs/stdout; fi
  count_kills
  kills_before=$kills
  # Both ends are open already, and stay so until reader and step have theirs: an open that waits for the other end would wait for ever where this script is killed.
  exec 7<>"$io/out" 8<>"$io/err"
  start_reader
  say "$2" >&5
  set -m
  (
    # Told here, not by the parent: were that killed in between, nobody would know what to end.
    group=$BASHPID
    say "$group" >&5
    exec 5>&-
    started_at "$group"
    save_line group "$this_boot $group $ticks"
    if [[ \${documents[index]} ]]; then run_document; fi
    become_step
  ) </dev/null >&7 2>&8 3>&- 4>&- 6>&- 7>&- 8>&- 9>&- &
  group=$!
  set +m
  # Read only, and not before the step has them: else they would never end, or already be at their end.
  exec 7<"$io/out" 8<"$io/err"
  show_output "$kept"
  exec 7<&- 8<&-
  wait "$group"
  code=$?
  say ended >&5
  if ! read -r answer <&6; then watchdog=''; fi
  # Written over, not anew: that needs no space, and gives none to a disk that is full.
  say ended 1<>"$state/group"
  if [[ $reader ]]; then
    drain "$reader"
    if ! wait "$reader"; then lost=1; fi
  fi
  if [[ ! \${hidden[index]} ]] && { is_cut "$io/out.tail" || is_cut "$io/err.tail"; }; then say; fi
  if [[ $background ]]; then note "\${labels[index]} left a background process that keeps its output open: what it prints later is not shown"; fi
  mask_files "$io/out.tail" "$io/err.tail" "$io/script"
  forget_hidden
  if [[ $answer == timed-out ]]; then
    timed_out=1 prepared=''
    reason="timed out after \${timeouts[index]} s"
  elif ((code == 194)); then
    outcome=reboot
  elif ((code == 0)); then
    outcome=success
  else
    reason="exit code $code"
    count_kills
    if ((kills > kills_before)); then reason+=", and the machine ran out of memory meanwhile: its kernel ended $((kills - kills_before)) of the processes"; fi
  fi
  if [[ $lost && -e $state/started ]]; then stop "cannot write $io/outputs/stdout: is the disk full?"; fi
}
`;

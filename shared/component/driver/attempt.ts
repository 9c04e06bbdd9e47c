// The part of every emitted script that runs a step's file once: own process group, time-out, output streamed and its tails kept.

/**
 * Bash. Sets outcome (success, failed, reboot), code and reason. File descriptors: 3 is the result (kept from all children), 5 the leash: the watchdog ends the
 * step when its time is over, or when this script is gone, which it sees as the end of the leash.
 */
export const attemptDriver = `
alive() { kill -0 -- "$1" 2>/dev/null; }

# Reads a process group from the leash on standard input, and ends it after $1 seconds (-1: never) or when the leash ends.
watch() {
  local tries group
  read -r group
  if [[ $1 != -1 ]]; then read -r -t "$1" _; else read -r _; fi
  case $? in
    0) exit ;;
    1) ;;
    *) : >"$io/timed-out" ;;
  esac
  kill -TERM -- "-$group"
  for ((tries = 0; tries < 54; tries++)); do
    if ! alive "-$group"; then exit; fi
    if ((tries < 5)); then sleep 0.02; else sleep 0.1; fi
  done
  kill -KILL -- "-$group"
}

# Waits for the readers of the step's output. A background process may keep it open for ever: after two seconds its output is read
# by a process of its own and thrown away, so that neither this script waits for it nor a write of it fails.
drain() {
  local tries name reader pause=1 waited seconds
  for ((waited = 0; waited < 2000; waited += pause, pause = pause < 16 ? pause * 2 : 20)); do
    if ! alive "$1" && ! alive "$2"; then break; fi
    printf -v seconds '0.%03d' "$pause"
    read -r -t "$seconds" -u 5
  done
  for name in out err; do
    reader=$1
    shift
    if ! alive "$reader"; then continue; fi
    exec 6<>"$io/$name"
    set -m
    (
      exec <"$io/$name"
      : >"$io/$name.drained"
      exec cat >/dev/null 2>&1
    ) >/dev/null 2>&1 3>&- 5>&- 6>&- &
    set +m
    for ((tries = 0; tries < 150; tries++)); do
      if [[ -e $io/$name.drained ]]; then break; fi
      read -r -t 0.02 -u 5
    done
    kill "$reader"
    exec 6>&-
    background=1 prepared=''
  done
}

prepared=''

# Whether what this script made for the step before can be used again: nothing that a step left is in it, and nothing is gone.
is_clean() {
  local pipe left
  if [[ $prepared != "$io" || ! -d $io/outputs || -e $io/timed-out ]]; then return 1; fi
  for pipe in out err shown.out shown.err copy.out copy.err copy.kept leash; do
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
    rm -rf -- "$io"
    mkdir "$io" "$io/outputs" && mkfifo "$io/out" "$io/err" "$io/shown.out" "$io/shown.err" "$io/copy.out" "$io/copy.err" "$io/copy.kept" "$io/leash" && prepared=$io
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

# Starts what reads the step's output: its end is kept, its stdout too where it is an output, and it is shown. Both ends of the pipes are open already, and
# stay so until the reader has its own: an open that waits for the other end would wait for ever where this script is killed before the step begins.
start_readers() {
  local kept=''
  if [[ " \${outputs[index]} " == *' stdout '* ]]; then kept=$io/outputs/stdout; fi
  read_stream out "$kept" <"$io/out" 3>&- 5>&- 6>&- 7>&- &
  out_reader=$!
  read_stream err '' <"$io/err" 3>&- 5>&- 6>&- 7>&- &
  err_reader=$!
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
  kills=''
  { IFS= read -r -d '' kills </proc/vmstat; } 2>/dev/null
  if [[ $kills == *'oom_kill '* ]]; then kills=\${kills##*oom_kill } kills=\${kills%%[!0-9]*}; else kills=0; fi
}

# Runs the step's file once, for at most $2 seconds (-1: any time).
run_once() {
  local index=$1 group watchdog out_reader err_reader background='' lost='' kills kills_before print=script_$1 into=script
  reason='' code=1 outcome=failed
  if [[ \${documents[index]} ]]; then print=arguments_$index into=arguments; fi
  if ! prepare || ! "$print" >"$io/$into"; then
    reason=\${reason:-"could not be prepared: $(tail -n 1 "$state/driver.log")"}
    return
  fi
  exec 5<>"$io/leash" 6<>"$io/out" 7<>"$io/err"
  start_readers
  count_kills
  kills_before=$kills
  # In a group of its own, as the step is: what ends an outer step must not end the watchdog of its inner one.
  set -m
  watch "$2" <"$io/leash" >/dev/null 2>&1 3>&- 5>&- 6>&- 7>&- &
  watchdog=$!
  (
    # Told here, not by the parent: were that killed in between, nobody would know what to end.
    group=$BASHPID
    say "$group" >&5
    exec 5>&-
    started_at "$group"
    save_line group "$this_boot $group $ticks"
    if [[ \${documents[index]} ]]; then run_document; fi
    become_step
  ) </dev/null >"$io/out" 2>"$io/err" 3>&- 6>&- 7>&- &
  group=$!
  set +m
  exec 6>&- 7>&-
  wait "$group"
  code=$?
  say ended >&5
  wait "$watchdog"
  # Written over, not anew: that needs no space, and gives none to a disk that is full.
  say ended 1<>"$state/group"
  drain "$out_reader" "$err_reader"
  wait "$err_reader"
  if ! wait "$out_reader"; then lost=1; fi
  exec 5>&-
  if [[ ! \${hidden[index]} ]] && { is_cut "$io/out.tail" || is_cut "$io/err.tail"; }; then say; fi
  if [[ $background ]]; then note "\${labels[index]} left a background process that keeps its output open: what it prints later is not shown"; fi
  mask_files "$io/out.tail" "$io/err.tail" "$io/script"
  forget_hidden
  if [[ -e $io/timed-out ]]; then
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

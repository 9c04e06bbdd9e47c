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
  for ((tries = 0; tries < 50; tries++)); do
    if ! alive "-$group"; then exit; fi
    sleep 0.1
  done
  kill -KILL -- "-$group"
}

# Waits for the readers of the step's output. A background process may keep it open for ever: after two seconds its output is read
# by a process of its own and thrown away, so that neither this script waits for it nor a write of it fails.
drain() {
  local tries name reader
  for ((tries = 0; tries < 100; tries++)); do
    if ! alive "$1" && ! alive "$2"; then break; fi
    read -r -t 0.02 -u 5
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
    background=1
  done
}

# Makes what one run of a step's file needs; fails with a reason.
prepare() {
  rm -rf -- "$io"
  if mkdir "$io" "$io/outputs" && mkfifo "$io/out" "$io/err" "$io/shown.out" "$io/shown.err" "$io/copy.out" "$io/copy.err" "$io/copy.kept" "$io/leash" &&
    : >"$io/out.tail" && : >"$io/err.tail" && : >"$io/script"; then
    return
  fi
  reason="could not be prepared: $(tail -n 1 "$state/driver.log")"
  return 1
}

# What the step's process becomes.
become_step() {
  umask "$callers_umask"
  if ! { mkdir -p -- "$working_directory" && cd -- "$working_directory" >/dev/null; }; then exit 1; fi
  if ((notes_from_steps)); then export IMAGE_BUILDER_NOTES=$state/notes; fi
  export IMAGE_BUILDER_OUTPUTS=$io/outputs
  exec bash -- "$io/script"
}

# Starts what reads the step's output: its end is kept, its stdout too where it is an output, and it is shown, masked where secrets are known.
start_readers() {
  local copies=("$io/copy.out")
  tail -c 4000 <"$io/copy.out" >"$io/out.tail" 3>&- 5>&- &
  helpers+=($!)
  tail -c 4000 <"$io/copy.err" >"$io/err.tail" 3>&- 5>&- &
  helpers+=($!)
  if [[ " \${outputs[index]} " == *' stdout '* ]]; then
    { head -c $((kept_bytes + 1)) && cat >/dev/null; } <"$io/copy.kept" >"$io/outputs/stdout" 3>&- 5>&- &
    helpers+=($!)
    copies+=("$io/copy.kept")
  fi
  if ((\${#secrets[@]} > 0)); then
    mask <"$io/shown.out" 3>&- 5>&- &
    helpers+=($!)
    mask <"$io/shown.err" 3>&- 5>&- &
    helpers+=($!)
    show "\${copies[@]}" <"$io/out" >"$io/shown.out" 3>&- 5>&- &
    out_reader=$!
    show "$io/copy.err" <"$io/err" >"$io/shown.err" 3>&- 5>&- &
  else
    show "\${copies[@]}" <"$io/out" 3>&- 5>&- &
    out_reader=$!
    show "$io/copy.err" <"$io/err" 3>&- 5>&- &
  fi
  err_reader=$!
}

# Whether a file ends in the middle of a line.
is_cut() { [[ -s $1 && $(tail -c 1 "$1" | od -An -tu1) != *' 10' ]]; }

# Runs the step's file once, for at most $2 seconds (-1: any time).
run_once() {
  local index=$1 group watchdog out_reader err_reader helpers=() background='' print=script_$1 into=script
  reason='' code=1 outcome=failed
  if [[ \${documents[index]} ]]; then print=arguments_$index into=arguments; fi
  if ! prepare || ! "$print" >"$io/$into"; then
    reason=\${reason:-"could not be prepared: $(tail -n 1 "$state/driver.log")"}
    return
  fi
  exec 5<>"$io/leash"
  start_readers
  watch "$2" <"$io/leash" >/dev/null 2>&1 3>&- 5>&- &
  watchdog=$!
  set -m
  (
    # Told here, not by the parent: were that killed in between, nobody would know what to end.
    group=$BASHPID
    say "$group" >"$io/leash"
    save group "$this_boot $group $(started_at "$group")"
    if [[ \${documents[index]} ]]; then run_document; fi
    become_step
  ) </dev/null >"$io/out" 2>"$io/err" 3>&- 5>&- &
  group=$!
  set +m
  wait "$group"
  code=$?
  say ended >&5
  wait "$watchdog"
  drain "$out_reader" "$err_reader"
  wait "$out_reader" "$err_reader" "\${helpers[@]}"
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
  fi
}
`;

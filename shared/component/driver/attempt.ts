// The part of every emitted script that runs a step's file once: own process group, time-out, output streamed and its tails kept.

/**
 * Bash. Sets outcome (success, failed, reboot), code and reason. File descriptors: 3 is the result (kept from all children), 5 the leash: the watchdog ends the
 * step when its time is over, or when this script is gone, which it sees as the end of the leash.
 */
export const attemptDriver = `
literal() { printf '%s' "$1"; }

# Prints the stdout of an earlier step without its trailing newlines.
output_of() {
  local status
  read -r status _ <"$state/step.$1"
  if [[ $status != success ]]; then
    reason="refers to the output of \${labels[$1]}, which did not succeed"
  elif (($(wc -c <"$state/stdout.$1") > kept_bytes)); then
    reason="refers to the output of \${labels[$1]}, which is longer than $kept_bytes bytes"
  else
    literal "$(tr -d '\\0' <"$state/stdout.$1")"
    return
  fi
  return 1
}

alive() { kill -0 -- "$1" 2>/dev/null; }

# Reads a process group from the leash on standard input, and ends it after $1 seconds (-1: never) or when the leash ends.
watch() {
  local tries group
  read -r group
  if (($1 > 0)); then read -r -t "$1" _; else read -r _; fi
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

run_attempt() {
  local index=$1 io=$state/io group watchdog out_reader err_reader helpers=() copies background=
  reason='' code=1 outcome=failed
  rm -rf -- "$io"
  if ! mkdir "$io" || ! mkfifo "$io/out" "$io/err" "$io/out.copy" "$io/err.copy" "$io/kept.copy" "$io/leash"; then
    reason="could not be prepared: $(tail -n 1 "$state/driver.log")"
    return
  fi
  : >"$io/out.tail"
  : >"$io/err.tail"
  if ! "script_$index" >"$io/script"; then
    reason=\${reason:-"could not be prepared: $(tail -n 1 "$state/driver.log")"}
    return
  fi
  copies=("$io/out.copy")
  exec 5<>"$io/leash"
  tail -c 4000 <"$io/out.copy" >"$io/out.tail" 3>&- 5>&- &
  helpers+=($!)
  tail -c 4000 <"$io/err.copy" >"$io/err.tail" 3>&- 5>&- &
  helpers+=($!)
  if ((keeps[index])); then
    { head -c $((kept_bytes + 1)) && cat >/dev/null; } <"$io/kept.copy" >"$io/kept" 3>&- 5>&- &
    helpers+=($!)
    copies+=("$io/kept.copy")
  fi
  tee -- "\${copies[@]}" <"$io/out" 3>&- 5>&- &
  out_reader=$!
  tee -- "$io/err.copy" <"$io/err" 3>&- 5>&- &
  err_reader=$!
  watch "\${timeouts[index]}" <"$io/leash" >/dev/null 2>&1 3>&- 5>&- &
  watchdog=$!
  set -m
  (
    # Told here, not by the parent: were that killed in between, nobody would know what to end.
    group=$BASHPID
    say "$group" >"$io/leash"
    save group "$this_boot $group $(started_at "$group")"
    umask "$callers_umask"
    if ! { mkdir -p -- "$working_directory" && cd -- "$working_directory" >/dev/null; }; then exit 1; fi
    if ((notes_from_steps)); then export IMAGE_BUILDER_NOTES=$state/notes; fi
    exec bash -- "$io/script"
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
  if [[ -s $io/out.tail && $(tail -c 1 "$io/out.tail" | od -An -tu1) != *' 10' ]] || [[ -s $io/err.tail && $(tail -c 1 "$io/err.tail" | od -An -tu1) != *' 10' ]]; then
    say
  fi
  if [[ $background ]]; then note "\${labels[index]} left a background process that keeps its output open: what it prints later is not shown"; fi
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

// The part of every emitted script that goes through the steps: attempts, onFailure, reboots, and going on where it was.

/** How often a run may reboot: Run Command's agent gives up silently after 15 resumes (amazon-ssm-agent, CommandRetryLimit). */
const mostReboots = 12;

export const stepsDriver = `
# Phase, name, name as JSON, action, time-out, onFailure, attempts, whether its stdout is kept for later steps.
step() {
  phases+=("$1") labels+=("$1/$2") names+=("$3") actions+=("$4") timeouts+=("$5") policies+=("$6") attempts_of+=("$7") keeps+=("$8")
}

# Exits with 194, on which Run Command reboots and runs this script again; the step then starts from its beginning.
ask_for_reboot() {
  say "$this_boot" >>"$state/reboots"
  exit 194
}

# Keeps what tells the first failure's story; later ones do not replace it.
keep_failure() {
  local index=$1 line last='' directory=$state/failure.new
  if [[ -d $state/failure ]]; then return; fi
  rm -rf -- "$directory"
  mkdir "$directory"
  while IFS= read -r line || [[ $line ]]; do
    if [[ $line == *[![:space:]]* ]]; then last=$line; fi
  done < <(tr -d '\\0' <"$io/err.tail")
  printf '%s: step %s (%s) failed: %s%s%s' "$program" "\${labels[index]}" "\${actions[index]}" "$reason" \\
    "$( ((attempt > 1)) && printf ' at attempt %s of %s' "$attempt" "\${attempts_of[index]}")" "\${last:+; stderr ends: $last}" >"$directory/message"
  printf '%s %s %s\\n' "$index" "$code" "$2" >"$directory/step"
  tail -c 4000 "$io/script" >"$directory/script"
  cat "$io/err.tail" >"$directory/err"
  cat "$state/output" >"$directory/output"
  if ! mv -- "$directory" "$state/failure"; then stop "cannot write $state/failure: is the disk full?"; fi
}

run_step() {
  local index=$1 io=$state/io attempt=1 started begun current outcome reason code status=failed seconds
  started=$(now)
  if [[ -e $state/current ]]; then
    read -r current attempt begun <"$state/current"
    if ((current == index)); then started=$begun; else attempt=1; fi
  fi
  while :; do
    save current "$index $attempt $started"
    begun=$(now)
    say "==> \${labels[index]} \${actions[index]} (attempt $attempt of \${attempts_of[index]})"
    run_attempt "$index"
    seconds=$(($(now) - begun))
    if [[ $outcome == reboot ]] && (($(wc -l < <(cat "$state/reboots" 2>/dev/null)) >= ${mostReboots})); then
      outcome=failed
      reason='asked for a reboot more than ${mostReboots} times'
    fi
    if [[ $outcome == reboot ]]; then
      say "<== \${labels[index]} reboot \${seconds}s"
      ask_for_reboot
    fi
    if [[ $outcome == success ]]; then
      status=success
      say "<== \${labels[index]} success \${seconds}s"
      break
    fi
    if ((attempt >= attempts_of[index])); then
      if [[ \${policies[index]} == Ignore ]]; then status=ignoredFailure; fi
      say "<== \${labels[index]} $status \${seconds}s $reason"
      break
    fi
    say "<== \${labels[index]} failed \${seconds}s $reason"
    attempt=$((attempt + 1))
  done
  seconds=$(($(now) - started))
  cat "$io/out.tail" >"$state/output"
  if [[ ! -s $state/output ]]; then cat "$io/err.tail" >"$state/output"; fi
  case $status in
    success) if ((keeps[index])) && ! mv -f -- "$io/kept" "$state/stdout.$index"; then stop "cannot write $state/stdout.$index: is the disk full?"; fi ;;
    failed) keep_failure "$index" "$seconds" ;;
    ignoredFailure) note "\${labels[index]} failed and was ignored: $reason" ;;
  esac
  save "step.$index" "$status $code $seconds $attempt"
}

run_steps() {
  local index status
  for ((index = 0; index < \${#labels[@]}; index++)); do
    if [[ ! -e $state/step.$index ]]; then run_step "$index"; fi
    read -r status _ <"$state/step.$index"
    if [[ $status == failed && \${policies[index]} == Abort ]]; then break; fi
  done
}

main() {
  exec 3>&2 2>&1
  unset CDPATH
  export PATH="\${PATH:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}"
  callers_umask=$(umask)
  acquire
  run_steps
  finish
}
`;

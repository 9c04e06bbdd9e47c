// The part of every emitted script that goes through the steps: attempts, onFailure, reboots, and going on where it was.

/** How often a run may reboot: Run Command's agent gives up silently after 15 resumes (amazon-ssm-agent, CommandRetryLimit). */
export const mostReboots = 12;

export const stepsDriver = `
phases=() labels=() names=() actions=() timeouts=() policies=() attempts_of=()
outputs=() kept=() hidden=() reboots=() inputs=() conditions=() loops=() documents=() document_details=()

# Phase, name, name as JSON, action, time-out, onFailure, attempts.
step() {
  phases+=("$1") labels+=("$1/$2") names+=("$3") actions+=("$4") timeouts+=("$5") policies+=("$6") attempts_of+=("$7")
}

# Sets reboot_count, and last_boot to the boot in which the last one was asked for.
count_reboots() {
  local line
  reboot_count=0 last_boot=''
  if [[ ! -e $root/reboots ]]; then return; fi
  while read -r line; do reboot_count=$((reboot_count + 1)) last_boot=$line; done <"$root/reboots"
}

# Puts the end of a file into another.
copy_end() {
  local text
  if short_text "$1" 4001; then literal "$text" >"$2"; else tail -c 4000 -- "$1" >"$2"; fi
}

# Exits with 194, on which Run Command reboots and runs this script again; a nested document leaves the rest to the outer step.
ask_for_reboot() {
  count_reboots
  if [[ $state == "$root" && $last_boot != "$this_boot" ]]; then say "$this_boot" >>"$root/reboots"; fi
  exit 194
}

# Keeps what tells the first failure's story; later ones do not replace it.
keep_failure() {
  local index=$1 line last='' tries='' message directory=$state/failure.new
  while IFS= read -r line || [[ $line ]]; do
    if [[ $line == *[![:space:]]* ]]; then last=$line; fi
  done < <(tr -d '\\0' <"$io/err.tail")
  if ((attempt > 1)); then tries=" at attempt $attempt of \${attempts_of[index]}"; fi
  message=$reason$tries\${last:+; stderr ends: $last}
  literal "$message" >"$state/message.$index"
  if [[ $3 == ignoredFailure || -d $state/failure ]]; then return; fi
  if [[ -e $directory ]]; then rm -rf -- "$directory"; fi
  mkdir "$directory"
  literal "$program: step \${labels[index]} (\${actions[index]}) failed: $message" >"$directory/message"
  printf '%s %s %s\\n' "$index" "$code" "$2" >"$directory/step"
  copy_end "$io/script" "$directory/script"
  copy_end "$io/err.tail" "$directory/err"
  copy_end "$state/output" "$directory/output"
  if ! mv -- "$directory" "$state/failure"; then stop "cannot write $state/failure: is the disk full?"; fi
}

# Runs the step up to its last attempt; sets outcome, reason and code.
run_attempts() {
  local index=$1 begun old
  while :; do
    # A line without its end counts as none.
    if ! printf '\\n%s %s .\\n' "$attempt" "$started" >>"$state/attempts.$index"; then stop "cannot write $state/attempts.$index: is the disk full?"; fi
    begun=$SECONDS
    say "==> \${labels[index]} \${actions[index]} (attempt $attempt of \${attempts_of[index]})"
    old=("$state/outputs.$index."*)
    if [[ -e \${old[0]} ]]; then rm -f -- "\${old[@]}"; fi
    if [[ \${loops[index]} ]]; then
      run_loop "$index"
    else
      run_once "$index" "\${timeouts[index]}"
      if [[ $outcome == success ]]; then keep_outputs "$index"; fi
    fi
    if [[ ! -e $state/started ]]; then stop "$state is gone, where a run keeps what it has done: no step may delete it"; fi
    count_reboots
    if { [[ $outcome == reboot ]] || [[ \${reboots[index]} && $outcome == success ]]; } && ((reboot_count >= ${mostReboots})); then
      outcome=failed
      reason='asked for a reboot more than ${mostReboots} times'
    fi
    seconds=$((SECONDS - begun))
    if [[ $outcome == reboot ]]; then
      say "<== \${labels[index]} reboot \${seconds}s"
      ask_for_reboot
    fi
    if [[ $outcome == success ]] || ((attempt >= attempts_of[index])); then return; fi
    say "<== \${labels[index]} failed \${seconds}s $reason"
    attempt=$((attempt + 1))
  done
}

run_step() {
  local index=$1 io=$state/io attempt=1 started=$SECONDS number begun end outcome=failed verdict=Execute reason='' code=0 status=failed seconds=0 boot=''
  if [[ -e $state/attempts.$index ]]; then
    while read -r number begun end; do
      if [[ $end == . ]]; then attempt=$number started=$begun; fi
    done <"$state/attempts.$index"
  fi
  if [[ \${conditions[index]} ]] && ! decide "$index"; then verdict=Abort; fi
  case $verdict in
    Execute) run_attempts "$index" ;;
    Skip) outcome=skipped code=0 ;;
    Abort)
      code=1
      if [[ ! -d $io ]]; then prepare; fi
      ;;
  esac
  case $outcome in
    success) status=success reason='' ;;
    skipped) status=skipped reason='' ;;
    *) if [[ \${policies[index]} == Ignore ]]; then status=ignoredFailure; fi ;;
  esac
  say "<== \${labels[index]} $status \${seconds}s\${reason:+ $reason}"
  seconds=$((SECONDS - started))
  if [[ $status != skipped ]]; then
    if [[ -s $io/out.tail ]]; then copy_end "$io/out.tail" "$state/output"; else copy_end "$io/err.tail" "$state/output"; fi
  fi
  case $status in
    failed | ignoredFailure) keep_failure "$index" "$seconds" "$status" ;;
  esac
  if [[ $status == ignoredFailure ]]; then note "\${labels[index]} failed and was ignored: $reason"; fi
  if [[ \${reboots[index]} && $status == success ]]; then boot=$this_boot; fi
  save_line "step.$index" "$status $code $seconds $attempt $started $SECONDS $boot"
}

# Sets what a step that is over has left; fails for the others.
read_step() { [[ -e $state/step.$1 ]] && read -r status code seconds attempts begun ended boot <"$state/step.$1"; }

# The steps from $1 on, $2 of them.
run_steps() {
  local index status code seconds attempts begun ended boot
  for ((index = $1; index < $1 + $2; index++)); do
    if ! read_step "$index"; then
      run_step "$index"
      read_step "$index"
    fi
    # The reboot that the step asked for is yet to come: it is asked for again until the boot is another.
    if [[ $boot && $boot == "$this_boot" ]]; then ask_for_reboot; fi
    if [[ $status == failed && \${policies[index]} == Abort ]]; then break; fi
  done
}

# Sets executed, failed, ignored and overall for the steps from $1 on, $2 of them.
count_steps() {
  local index status code seconds attempts begun ended boot
  for ((index = $1; index < $1 + $2; index++)); do
    if ! read_step "$index"; then break; fi
    case $status in
      skipped) continue ;;
      failed) failed=$((failed + 1)) overall=failed ;;
      ignoredFailure) ignored=$((ignored + 1)) ;;
    esac
    executed=$((executed + 1))
  done
}

main() {
  exec 3>&2 2>&1
  unset CDPATH
  # Bash 5.2 would take & in a replacement for what was found.
  shopt -u patsub_replacement 2>/dev/null
  export PATH="\${PATH:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}"
  callers_umask=$(umask)
  # From here on bash counts the seconds since 1970 by itself.
  SECONDS=$(date +%s)
  acquire
  if declare -F load_secrets >/dev/null; then load_secrets; fi
  run_steps 0 "$own_steps"
  finish
}
`;

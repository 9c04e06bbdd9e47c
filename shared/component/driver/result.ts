// The part of every emitted script that tells its result: one line of valid JSON of at most 7,500 bytes, whatever the steps printed.

/**
 * Bash. Budgets are bytes of JSON text: message 900, steps 1700, command 900, stderr 1300, output 900, notes 450; names of one step may add 700.
 * GetCommandInvocation returns the first 8,000 characters of stderr; the agent adds a line of its own.
 */
export const resultDriver = `
# Ends a run that cannot go on: the state directory may be out of reach, so only the result says why, and where it was.
stop() {
  local story=$1
  if [[ \${index-} && \${labels[index]-} ]]; then story="$program: step \${labels[index]} (\${actions[index]})\${reason:+ failed: $reason}; $1"; fi
  say "$story"
  encode head 900 < <(printf '%s' "$story")
  # What becomes a step has no result to write to.
  { printf '{"status":"failed","failureMessage":%s,"executedStepCount":0,"failedStepCount":0,"ignoredFailedStepCount":0,"rebootCount":0,"durationSeconds":0,"steps":[],"output":""}\\n' "$json" >&3; } 2>/dev/null
  exit 1
}

# Sets json to the list of notes.
encode_notes() {
  local line list=''
  if [[ -s $state/notes ]]; then
    while IFS= read -r line; do
      encode head 300 < <(printf '%s' "$line")
      if ((\${#list} + \${#json} > 440)); then break; fi
      list+=\${list:+,}$json
    done <"$state/notes"
  fi
  json="[$list]"
}

# Writes the result down, prints it, and ends the script.
finish() {
  local LC_ALL=C index status code seconds attempts begun ended boot steps='' entry
  local executed=0 failed=0 ignored=0 omitted=0 overall=success message='""' failure='' output line
  count_steps 0 "$own_steps"
  for ((index = 0; index < own_steps; index++)); do
    if ! read_step "$index"; then break; fi
    entry="{\\"phase\\":\\"\${phases[index]}\\",\\"name\\":\${names[index]},\\"action\\":\\"\${actions[index]}\\",\\"status\\":\\"$status\\",\\"exitCode\\":$code,\\"seconds\\":$seconds,\\"attempts\\":$attempts}"
    if ((\${#steps} + \${#entry} < 1700)); then steps+=\${steps:+,}$entry; else omitted=$((omitted + 1)); fi
  done
  if ((omitted > 0)); then note "$omitted further steps are not listed"; fi
  if ((failed > 0)); then
    for ((index = 0; index < own_steps - 1; index++)); do
      if [[ -e $state/step.$((index + 1)) && \${policies[index]} == Continue && $(<"$state/step.$index") == failed* ]]; then
        note "\${labels[index]} failed with onFailure Continue: later steps ran, the run failed all the same"
      fi
    done
    read -r index code seconds <"$state/failure/step"
    encode_file head 900 "$state/failure/message"
    message=$json
    encode_file tail 900 "$state/failure/script"
    failure=",\\"failure\\":{\\"phase\\":\\"\${phases[index]}\\",\\"step\\":\${names[index]},\\"action\\":\\"\${actions[index]}\\",\\"exitCode\\":$code,\\"seconds\\":$seconds,\\"command\\":$json"
    encode_file tail 1300 "$state/failure/err"
    failure+=",\\"stderr\\":$json}"
    encode_file tail 900 "$state/failure/output"
  else
    if [[ ! -e $state/output ]]; then : >"$state/output"; fi
    encode_file tail 900 "$state/output"
  fi
  output=$json
  begin
  seconds=$((SECONDS - begun))
  count_reboots
  detail_run
  if [[ -s $state/notes ]]; then while IFS= read -r line; do say "note: $line"; done <"$state/notes"; fi
  encode_notes
  if [[ $json == '[]' ]]; then json=''; else json=",\\"notes\\":$json"; fi
  json="{\\"status\\":\\"$overall\\",\\"failureMessage\\":$message,\\"executedStepCount\\":$executed,\\"failedStepCount\\":$failed,\\"ignoredFailedStepCount\\":$ignored,\\"rebootCount\\":$reboot_count,\\"durationSeconds\\":$seconds,\\"steps\\":[$steps]$failure,\\"output\\":$output$json}"
  if [[ $overall == success ]]; then code=0; else code=1; fi
  if ((remove_state && code == 0)); then
    # Gone at once, for a copy of this command that looks meanwhile.
    cd / && rm -rf -- "$state_directory.erased"
    mv -- "$state_directory" "$state_directory.erased" || rm -rf -- "$state_directory"
    rm -rf -- "$state_directory.erased"
  else
    save result "$code" "$json"
    rm -rf -- "$state/claim.$$" "$state/secrets" "$state/secret.said" "$state/io" "$state"/attempts.* "$state"/outputs.* "$state"/document.* "$state"/loop.*
  fi
  say "$program: $overall, $executed of $own_steps steps run, $failed failed, $ignored ignored, \${seconds}s"
  printf '%s\\n' "$json" >&3
  exit "$code"
}
`;

// The part of every emitted script that tells its result: one line of valid JSON of at most 7,500 bytes, whatever the steps printed.

/**
 * Bash. Budgets are bytes of JSON text: message 900, steps 1700, command 900, stderr 1300, output 900, notes 450; names of one step may add 700.
 * GetCommandInvocation returns the first 8,000 characters of stderr; the agent adds a line of its own.
 */
export const resultDriver = `
# Sets json to a JSON string of the last (tail) or first (head) bytes of standard input, at most $2 bytes with its quotes.
# Valid UTF-8 stays, control characters are escaped, bytes that are no UTF-8 become U+FFFD.
encode() {
  local LC_ALL=C bytes units=() sizes=() total=2 index=0 byte need low high next unit size format
  # Four bytes more than can stay: a character that the cut broke is then among those that go.
  # shellcheck disable=SC2207 # the numbers are to be words
  bytes=($("$1" -c $(($2 + 4)) | od -An -v -tu1))
  while ((index < \${#bytes[@]})); do
    byte=\${bytes[index]} size=2 need=0 low=128 high=191
    case $byte in
      34) unit='\\"' ;;
      92) unit='\\\\' ;;
      10) unit='\\n' ;;
      13) unit='\\r' ;;
      9) unit='\\t' ;;
      *)
        if ((byte < 32 || byte == 127)); then
          printf -v unit '\\\\u%04x' "$byte"
          size=6
        elif ((byte < 127)); then
          printf -v format '\\\\x%x' "$byte"
          # shellcheck disable=SC2059 # the format holds nothing but \\x escapes
          printf -v unit "$format"
          size=1
        else
          if ((byte >= 194 && byte <= 223)); then need=1; elif ((byte >= 224 && byte <= 239)); then need=2; elif ((byte >= 240 && byte <= 244)); then need=3; fi
          case $byte in
            224) low=160 ;;
            237) high=159 ;;
            240) low=144 ;;
            244) high=143 ;;
          esac
          printf -v format '\\\\x%x' "$byte"
          for ((next = 1; next <= need; next++)); do
            if ((index + next >= \${#bytes[@]} || bytes[index + next] < low || bytes[index + next] > high)); then need=0; fi
            if ((need > 0)); then printf -v format '%s\\\\x%x' "$format" "\${bytes[index + next]}"; fi
            low=128 high=191
          done
          if ((need > 0)); then
            # shellcheck disable=SC2059 # the format holds nothing but \\x escapes
          printf -v unit "$format"
            size=$((need + 1))
          else
            unit='\\ufffd'
            size=6
          fi
        fi
        ;;
    esac
    units+=("$unit")
    sizes+=("$size")
    total=$((total + size))
    index=$((index + need + 1))
  done
  local first=0 last=\${#units[@]}
  while ((total > $2)); do
    if [[ $1 == tail ]]; then
      total=$((total - sizes[first]))
      first=$((first + 1))
    else
      last=$((last - 1))
      total=$((total - sizes[last]))
    fi
  done
  json='"'
  while ((first < last)); do
    json+=\${units[first]}
    first=$((first + 1))
  done
  json+='"'
}

# Ends a run that cannot go on: the state directory may be out of reach, so only the result says why.
stop() {
  say "$1"
  encode head 900 < <(printf '%s' "$1")
  printf '{"status":"failed","failureMessage":%s,"executedStepCount":0,"failedStepCount":0,"ignoredFailedStepCount":0,"rebootCount":0,"durationSeconds":0,"steps":[],"output":""}\\n' "$json" >&3
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
  local LC_ALL=C index status code seconds attempts steps='' entry
  local executed=0 failed=0 ignored=0 omitted=0 overall=success message='""' failure='' output reboots
  for ((index = 0; index < \${#labels[@]}; index++)); do
    if [[ ! -e $state/step.$index ]]; then break; fi
    read -r status code seconds attempts <"$state/step.$index"
    executed=$((executed + 1))
    case $status in
      failed) failed=$((failed + 1)) overall=failed ;;
      ignoredFailure) ignored=$((ignored + 1)) ;;
    esac
    entry="{\\"phase\\":\\"\${phases[index]}\\",\\"name\\":\${names[index]},\\"action\\":\\"\${actions[index]}\\",\\"status\\":\\"$status\\",\\"exitCode\\":$code,\\"seconds\\":$seconds,\\"attempts\\":$attempts}"
    if ((\${#steps} + \${#entry} < 1700)); then steps+=\${steps:+,}$entry; else omitted=$((omitted + 1)); fi
  done
  if ((omitted > 0)); then note "$omitted further steps are not listed"; fi
  if ((failed > 0)); then
    for ((index = 0; index < \${#labels[@]}; index++)); do
      if [[ -e $state/step.$((index + 1)) && \${policies[index]} == Continue && $(<"$state/step.$index") == failed* ]]; then
        note "\${labels[index]} failed with onFailure Continue: later steps ran, the run failed all the same"
      fi
    done
    read -r index code seconds <"$state/failure/step"
    encode head 900 <"$state/failure/message"
    message=$json
    encode tail 900 <"$state/failure/script"
    failure=",\\"failure\\":{\\"phase\\":\\"\${phases[index]}\\",\\"step\\":\${names[index]},\\"action\\":\\"\${actions[index]}\\",\\"exitCode\\":$code,\\"seconds\\":$seconds,\\"command\\":$json"
    encode tail 1300 <"$state/failure/err"
    failure+=",\\"stderr\\":$json}"
    encode tail 900 <"$state/failure/output"
  else
    encode tail 900 < <(cat "$state/output" 2>/dev/null)
  fi
  output=$json
  reboots=$(wc -l < <(cat "$state/reboots" 2>/dev/null))
  seconds=$(($(now) - $(<"$state/started")))
  encode_notes
  if [[ $json == '[]' ]]; then json=''; else json=",\\"notes\\":$json"; fi
  json="{\\"status\\":\\"$overall\\",\\"failureMessage\\":$message,\\"executedStepCount\\":$executed,\\"failedStepCount\\":$failed,\\"ignoredFailedStepCount\\":$ignored,\\"rebootCount\\":$((reboots)),\\"durationSeconds\\":$seconds,\\"steps\\":[$steps]$failure,\\"output\\":$output$json}"
  if [[ $overall == success ]]; then code=0; else code=1; fi
  if ((remove_state && code == 0)); then
    cd / && rm -rf -- "$state_directory"
  else
    save result "$code" "$json"
  fi
  say "$program: $overall, $executed of \${#labels[@]} steps run, $failed failed, $ignored ignored, \${seconds}s"
  printf '%s\\n' "$json" >&3
  exit "$code"
}
`;

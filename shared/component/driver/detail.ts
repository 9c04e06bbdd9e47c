// The part of an emitted script that writes detailedoutput.json: documents, phases and steps as AWSTOE tells them.

/** Bash. Where a text is longer than is told here it is cut, and says so; secrets are masked, and hidden steps tell neither inputs nor outputs. */
export const detailDriver = `
shown_bytes=4096

# Prints a time as JSON.
time_of() { date -u -d "@$1" +'"%Y-%m-%dT%H:%M:%SZ"'; }

# Prints the JSON string of a file's content, if it is there, masked.
print_file() {
  local json='""'
  if [[ -s $1 ]]; then json_of "$(head -c $((shown_bytes + 1)) -- "$1" | tr -d '\\0' | mask)" "$shown_bytes"; fi
  literal "$json"
}

# Prints the JSON text of a step's outputs as a JSON string, as AWSTOE has it.
print_outputs() {
  local name list='' json
  if [[ \${hidden[$1]} ]]; then
    literal '"[]"'
    return
  fi
  for name in \${outputs[$1]}; do
    if [[ -e $state/outputs.$1/$name ]]; then list+="\${list:+,}\\"$name\\":$(print_file "$state/outputs.$1/$name")"; fi
  done
  json_of "[\${list:+{$list\\}}]" 100000
  literal "$json"
}

# Prints what the documents of an ExecuteDocument step did, one for each iteration of its loop; null for other steps.
print_nested() {
  local file list='' overall=success
  if [[ ! \${documents[$1]} ]]; then
    literal null
    return
  fi
  for file in "$state/document.$1/detail" "$state/document.$1".*/detail; do
    if [[ -e $file ]]; then list+=\${list:+,}$(<"$file"); fi
  done
  if [[ $2 != success ]]; then overall=failed; fi
  printf '{"executionId":"%s","status":"%s","startTime":%s,"endTime":%s,"failureMessage":%s,"documents":[%s]}' \\
    "$run-$1" "$overall" "$(time_of "$3")" "$(time_of "$4")" "$(print_file "$state/message.$1")" "$list"
}

# Prints a step: index, status, when it began and ended.
print_step() {
  local index=$1 inputs_json='""'
  if [[ ! \${hidden[index]} ]]; then inputs_json=\${inputs[index]:-'""'}; fi
  printf '{"name":%s,"status":"%s","failureMessage":%s,"timeoutSeconds":%s,"onFailure":"%s","maxAttempts":%s,"action":"%s","startTime":%s,"endTime":%s,"inputs":%s,"outputs":%s,"loop":%s,"detailedOutput":%s}' \\
    "\${names[index]}" "$2" "$(print_file "$state/message.$index")" "\${timeouts[index]}" "\${policies[index]}" "\${attempts_of[index]}" "\${actions[index]}" \\
    "$(time_of "$3")" "$(time_of "$4")" "$inputs_json" "$(print_outputs "$index")" "\${loops[index]:-null}" "$(print_nested "$@")"
}

# Prints a phase, its steps told.
print_phase() {
  printf '{"name":"%s","status":"%s","startTime":%s,"endTime":%s,"failureMessage":%s,"steps":[%s]}' "$1" "$2" "$(time_of "$3")" "$(time_of "$4")" "$5" "$6"
}

# Sets phase_status and document_status to what they are after a step of this status.
worsen() {
  case $1 in
    failed) phase_status=failed document_status=failed ;;
    ignoredFailure)
      if [[ $phase_status == success ]]; then phase_status=SuccessWithIgnoredFailure; fi
      if [[ $document_status == success ]]; then document_status=SuccessWithIgnoredFailure; fi
      ;;
  esac
}

# Writes the document of the steps from $1 on, $2 of them, to $state/detail; $3 is what is known of it anyway.
detail_document() {
  local LC_ALL=C index status begun ended phase='' steps='' phases_told='' message='""' phase_status document_status=success phase_begun phase_ended document_begun
  document_begun=$(<"$state/started")
  for ((index = $1; index < $1 + $2; index++)); do
    if [[ ! -e $state/step.$index ]]; then break; fi
    read -r status _ _ _ begun ended _ <"$state/step.$index"
    if [[ \${phases[index]} != "$phase" ]]; then
      if [[ $phase ]]; then phases_told+="$(print_phase "$phase" "$phase_status" "$phase_begun" "$phase_ended" "$message" "$steps"),"; fi
      phase=\${phases[index]} phase_status=success phase_begun=$begun steps='' message='""'
    fi
    phase_ended=$ended
    worsen "$status"
    if [[ $status == failed && $message == '""' ]]; then message=$(print_file "$state/message.$index"); fi
    steps+=\${steps:+,}$(print_step "$index" "$status" "$begun" "$ended")
  done
  if [[ $phase ]]; then phases_told+=$(print_phase "$phase" "$phase_status" "$phase_begun" "$phase_ended" "$message" "$steps"); fi
  printf '{%s,"status":"%s","startTime":%s,"endTime":%s,"failureMessage":%s,"phases":[%s]}' "$3" "$document_status" \\
    "$(time_of "$document_begun")" "$(time_of "$(now)")" "$(print_file "$state/failure/message")" "$phases_told" >"$state/detail"
}

# Writes detailedoutput.json of the whole run, also where the newest run's is looked for, and prints it where that was asked for.
detail_run() {
  local file=$state/detailedoutput.json
  detail_document 0 "$own_steps" "$program_detail"
  printf '{"executionId":"%s","status":"%s","failedStepCount":%s,"executedStepCount":%s,"ignoredFailedStepCount":%s,"failureMessage":%s,"logUrl":"","startTime":%s,"endTime":%s,"documents":[%s]}\\n' \\
    "$run" "$overall" "$failed" "$executed" "$ignored" "$(print_file "$state/failure/message")" "$(time_of "$(<"$state/started")")" "$(time_of "$(now)")" "$(<"$state/detail")" >"$file.new"
  rm -f -- "$state/detail"
  mv -f -- "$file.new" "$file"
  cp -f -- "$file" "$state_directory/detailedoutput.json.$$" && mv -f -- "$state_directory/detailedoutput.json.$$" "$state_directory/detailedoutput.json"
  if ((print_detail)); then say "::detailedoutput:: $(gzip -nc -- "$file" | base64 -w 0)"; fi
}
`;

/** For programs that are not component documents. */
export const noDetailDriver = `
detail_document() { :; }
detail_run() { :; }
`;

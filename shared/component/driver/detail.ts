// The part of an emitted script that writes detailedoutput.json: documents, phases and steps as AWSTOE tells them.

/** Bash. Where a text is longer than is told here it is cut, and says so; secrets are masked, and hidden steps tell neither inputs nor outputs. */
export const detailDriver = `
shown_bytes=4096

# Sets $1 to a time as JSON: seconds since 1970 to a date, Howard Hinnant's civil_from_days, without a process for it.
time_of() {
  local era day year month time=$2
  day=$((time / 86400 + 719468)) time=$((time % 86400))
  era=$((day / 146097)) day=$((day % 146097))
  year=$(((day - day / 1460 + day / 36524 - day / 146096) / 365))
  day=$((day - 365 * year - year / 4 + year / 100))
  month=$(((5 * day + 2) / 153))
  day=$((day - (153 * month + 2) / 5 + 1)) month=$((month < 10 ? month + 3 : month - 9))
  printf -v "$1" '"%04d-%02d-%02dT%02d:%02d:%02dZ"' $((year + era * 400 + (month < 3))) "$month" "$day" $((time / 3600)) $((time / 60 % 60)) $((time % 60))
}

# Sets json to the JSON string of a file's content, if it is there, masked.
json_of_file() {
  local text
  json='""'
  if [[ ! -s $1 ]]; then return; fi
  if ! short_text "$1" "$shown_bytes"; then text=$(head -c $((shown_bytes + 1)) -- "$1" | tr -d '\\0'); fi
  trim
  mask_text
  json_of "$text" "$shown_bytes"
}

# Sets json to the JSON text of a step's outputs as a JSON string, as AWSTOE has it.
json_of_outputs() {
  local name list=''
  json='"[]"'
  if [[ \${hidden[$1]} ]]; then return; fi
  for name in \${outputs[$1]}; do
    if [[ ! -e $state/outputs.$1.$name ]]; then continue; fi
    json_of_file "$state/outputs.$1.$name"
    list+="\${list:+,}\\"$name\\":$json"
  done
  json_of "[\${list:+{$list\\}}]" 100000
}

# Sets json to what the documents of an ExecuteDocument step did, one for each iteration of its loop; null for other steps.
json_of_documents() {
  local file number list='' overall=success from to
  json=null
  if [[ ! \${documents[$1]} ]]; then return; fi
  file=$state/document.$1/detail
  if [[ -e $file ]]; then list=$(<"$file"); fi
  for ((number = 0; ; number++)); do
    file=$state/document.$1.$number/detail
    if [[ ! -e $file ]]; then break; fi
    list+=\${list:+,}$(<"$file")
  done
  if [[ $2 != success ]]; then overall=failed; fi
  time_of from "$3"
  time_of to "$4"
  json_of_file "$state/message.$1"
  printf -v json '{"executionId":"%s","status":"%s","startTime":%s,"endTime":%s,"failureMessage":%s,"documents":[%s]}' \\
    "$run-$1" "$overall" "$from" "$to" "$json" "$list"
}

# Sets told to a step: index, status, when it began and ended.
json_of_step() {
  local index=$1 json inputs_json='""' outputs_json from to message
  if [[ ! \${hidden[index]} ]]; then inputs_json=\${inputs[index]:-'""'}; fi
  json_of_file "$state/message.$index"
  message=$json
  json_of_outputs "$index"
  outputs_json=$json
  json_of_documents "$@"
  time_of from "$3"
  time_of to "$4"
  printf -v told '{"name":%s,"status":"%s","failureMessage":%s,"timeoutSeconds":%s,"onFailure":"%s","maxAttempts":%s,"action":"%s","startTime":%s,"endTime":%s,"inputs":%s,"outputs":%s,"loop":%s,"detailedOutput":%s}' \\
    "\${names[index]}" "$2" "$message" "\${timeouts[index]}" "\${policies[index]}" "\${attempts_of[index]}" "\${actions[index]}" \\
    "$from" "$to" "$inputs_json" "$outputs_json" "\${loops[index]:-null}" "$json"
}

# Adds a phase, its steps told, to phases_told.
tell_phase() {
  local from to told
  if [[ ! $phase ]]; then return; fi
  time_of from "$phase_begun"
  time_of to "$phase_ended"
  printf -v told '{"name":"%s","status":"%s","startTime":%s,"endTime":%s,"failureMessage":%s,"steps":[%s]}' "$phase" "$phase_status" "$from" "$to" "$message" "$steps"
  phases_told+=\${phases_told:+,}$told
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
  local LC_ALL=C json told index status code seconds attempts begun ended boot phase='' steps='' phases_told='' message='""' phase_status document_status=success phase_begun phase_ended from to
  read -r from <"$state/started"
  for ((index = $1; index < $1 + $2; index++)); do
    if ! read_step "$index"; then break; fi
    if [[ \${phases[index]} != "$phase" ]]; then
      tell_phase
      phase=\${phases[index]} phase_status=success phase_begun=$begun steps='' message='""'
    fi
    phase_ended=$ended
    worsen "$status"
    if [[ $status == failed && $message == '""' ]]; then
      json_of_file "$state/message.$index"
      message=$json
    fi
    json_of_step "$index" "$status" "$begun" "$ended"
    steps+=\${steps:+,}$told
  done
  tell_phase
  time_of from "$from"
  time_of to "$SECONDS"
  json_of_file "$state/failure/message"
  printf '{%s,"status":"%s","startTime":%s,"endTime":%s,"failureMessage":%s,"phases":[%s]}' "$3" "$document_status" \\
    "$from" "$to" "$json" "$phases_told" >"$state/detail" || stop "cannot write $state/detail: is the disk full?"
}

# Writes detailedoutput.json of the whole run, also where the newest run's is looked for, and prints it where that was asked for.
detail_run() {
  local json from to file newest=$state_directory/detailedoutput.json
  detail_document 0 "$own_steps" "$program_detail"
  read -r from <"$state/started"
  time_of from "$from"
  time_of to "$SECONDS"
  json_of_file "$state/failure/message"
  printf -v json '{"executionId":"%s","status":"%s","failedStepCount":%s,"executedStepCount":%s,"ignoredFailedStepCount":%s,"failureMessage":%s,"logUrl":"","startTime":%s,"endTime":%s,"documents":[%s]}\\n' \\
    "$run" "$overall" "$failed" "$executed" "$ignored" "$json" "$from" "$to" "$(<"$state/detail")"
  if ! { literal "$json" >"$state/detailedoutput.json" && literal "$json" >"$newest.$$" && mv -f -- "$newest.$$" "$newest"; }; then
    stop "cannot write $newest: is the disk full?"
  fi
  if ((print_detail)); then say "::detailedoutput:: $(gzip -nc -- "$state/detailedoutput.json" | base64 -w 0)"; fi
}
`;

/** For programs that are not component documents. */
export const noDetailDriver = `
detail_document() { :; }
detail_run() { :; }
`;

// The part of an emitted script that runs the document of an ExecuteDocument step: its steps, with a state of their own.

/** Bash. Runs in the process of the outer step; what it leaves finished stays finished, so that a reboot goes on inside of it. */
export const documentDriver = `
# Sets value to a parameter of this document that was not known when it was compiled.
argument() {
  local number=0
  while IFS= read -r -d '' value; do
    if ((number == $1)); then return; fi
    number=$((number + 1))
  done <"$state/arguments"
  reason="cannot read the value of parameter $1 in $state/arguments"
  return 1
}

run_document() {
  local given=$io leaving=$io/outputs document_index=$index range=(\${documents[index]})
  state=$state/document.$index\${loop_index:+.$loop_index}
  local loop_index='' loop_value='' watchdog='' standby=''
  mkdir -p -- "$state" || exit 1
  exec 4>&2 2>>"$state/driver.log"
  if [[ ! -e $state/arguments ]]; then
    cat "$given/arguments" >"$state/arguments.new" && mv -f -- "$state/arguments.new" "$state/arguments" || exit 1
  fi
  wait_for_group
  begin
  run_steps "\${range[@]}"
  finish_document "\${range[@]}"
}

# Leaves the outputs of the outer step, and ends its process.
finish_document() {
  local executed=0 failed=0 ignored=0 overall=success status
  count_steps "$@"
  if ! {
    literal "$executed" >"$leaving/executedStepCount" &&
      literal "$failed" >"$leaving/failedStepCount" &&
      literal "$ignored" >"$leaving/ignoredFailedStepCount" &&
      literal "\${run}-\${document_index}" >"$leaving/executionId" &&
      literal "$overall" >"$leaving/status" &&
      : >"$leaving/logUrl" &&
      : >"$leaving/failureMessage" &&
      { [[ ! -e $state/failure/message ]] || cat "$state/failure/message" >"$leaving/failureMessage"; }
  }; then
    stop "cannot write to $leaving: is the disk full?"
  fi
  detail_document "$@" "\${document_details[document_index]}"
  if [[ $overall == success ]]; then exit 0; fi
  cat "$leaving/failureMessage" >&4
  exit 1
}
`;

// The part of an emitted script that judges the `if` of a step.
import { conditionFunctions } from '../condition/functions.ts';
import { quote } from '../quote.ts';

/** Bash. Judged before the first attempt, and never again: the verdict outlives attempts and reboots. */
export const conditionDriver = `
condition_functions=${quote(conditionFunctions)}

# Sets verdict to Execute, Skip or Abort; fails with a reason when the condition cannot be judged.
decide() {
  local index=$1 choices=\${conditions[$1]} line
  verdict=Execute
  if [[ ! $choices ]]; then return; fi
  if [[ -e $state/verdict.$index ]]; then
    { read -r verdict && IFS= read -r reason; } <"$state/verdict.$index"
    return
  fi
  if ! prepare || ! { literal "$condition_functions" && "condition_$index"; } >"$io/script"; then
    reason=\${reason:-"could not be prepared: $(tail -n 1 "$state/driver.log")"}
    return 1
  fi
  (become_step) </dev/null >"$io/out.tail" 2>"$io/err.tail" 3>&- 4>&- 5>&- 6>&- 9>&-
  code=$?
  mask_files "$io/out.tail" "$io/err.tail" "$io/script"
  forget_hidden
  while IFS= read -r line; do say "--- \${labels[index]} if $line"; done <"$io/out.tail"
  case $code in
    0) verdict=\${choices% *} reason='its condition is true, which aborts it' ;;
    1) verdict=\${choices#* } reason='its condition is false, which aborts it' ;;
    *)
      reason="its condition cannot be judged: $(tail -n 1 "$io/err.tail")"
      return 1
      ;;
  esac
  save "verdict.$index" "$verdict" "$reason"
}
`;

// The part of an emitted script that repeats a step's file for each value of its loop, within one attempt.

/** Bash. The values are found once, and remembered over attempts and reboots. */
export const loopDriver = `
# Prints the numbers from $1 to $2 by $3 as items.
numbers() {
  local number
  for ((number = $1; $3 > 0 ? number <= $2 : number >= $2; number += $3)); do printf '%s\\0' "$number" || return; done
}

# Prints the pieces of the text in $io/list between its delimiters as items; what stands behind the last newline is none when it is empty.
pieces() {
  local text end=x
  text=$(cat "$io/list" && printf '%s' "$end")
  text=\${text%x}
  if [[ ! $text ]]; then return; fi
  if [[ $1 == $'\\n' ]]; then text=\${text%$'\\n'}; fi
  literal "$text" | tr -- "$1" '\\0' && end_item
}

# Sets loop_values.
find_values() {
  local item file=$state/loop.$index
  if [[ ! -e $file ]]; then
    if ! prepare || ! "loop_$index" >"$io/values"; then return 1; fi
    if ! mv -f -- "$io/values" "$file"; then stop "cannot write $file: is the disk full?"; fi
  fi
  while IFS= read -r -d '' item; do loop_values+=("$item"); done <"$file"
}

# Sets now to the milliseconds since boot.
milliseconds() {
  local up
  read -r up _ </proc/uptime
  now=$((10#\${up/./} * 10))
}

# The time-out is for all iterations together; the first that fails ends the loop.
run_loop() {
  local index=$1 loop_values=() loop_index loop_value now until left=-1
  outcome=failed code=1 reason=''
  if ! find_values || ! prepare; then
    reason=\${reason:-"could not be prepared: $(tail -n 1 "$state/driver.log")"}
    return
  fi
  milliseconds
  if ((timeouts[index] > 0)); then until=$((now + timeouts[index] * 1000)); fi
  outcome=success code=0
  for ((loop_index = 0; loop_index < \${#loop_values[@]}; loop_index++)); do
    loop_value=\${loop_values[loop_index]}
    if [[ $until ]]; then
      milliseconds
      left=$((until > now ? until - now : 1))
      printf -v left '%d.%03d' $((left / 1000)) $((left % 1000))
    fi
    say "--- \${labels[index]} loop index $loop_index"
    run_once "$index" "$left"
    case $outcome in
      success) keep_outputs "$index" ;;
      reboot) return ;;
      *)
        if [[ $timed_out ]]; then reason="the loop $reason, at index $loop_index"; else reason="the loop failed at index $loop_index: $reason"; fi
        return
        ;;
    esac
  done
}
`;

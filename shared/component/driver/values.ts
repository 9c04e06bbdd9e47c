// The part of every emitted script that puts values into the bash files of steps.

/** Bash. Functions that set `value`, or fail with `reason` set, and those that print it into a file. */
export const valuesDriver = `
literal() { printf '%s' "$1"; }

# Prints a text as it stands inside single quotes.
quoted() {
  local LC_ALL=C quote="'" escaped="'\\\\''"
  printf '%s' "\${1//$quote/$escaped}"
}

# An item of a list ends with what no value can hold.
end_item() { printf '\\0'; }

# Sets value to an output of an earlier step, without its trailing newlines and without NUL, which no variable holds.
output_of() {
  local status text file=$state/outputs.$1.$2
  read -r status _ <"$state/step.$1"
  if [[ $status == skipped ]]; then
    reason="refers to the output $2 of \${labels[$1]}, which was skipped"
  elif [[ ! -e $file && $status != success ]]; then
    reason="refers to the output $2 of \${labels[$1]}, which did not succeed"
  elif [[ ! -e $file ]]; then
    value=''
    return
  elif short_text "$file" 4096; then
    trim
    value=$text
    return
  elif (($(wc -c <"$file") > kept_bytes)); then
    reason="refers to the output $2 of \${labels[$1]}, which is longer than $kept_bytes bytes"
  else
    value=$(tr -d '\\0' <"$file")
    return
  fi
  return 1
}

# Keeps the step's outputs; those of a further iteration of its loop come behind a newline. What no step refers to is only kept to be shown.
keep_outputs() {
  local index=$1 name file limit text
  for name in \${outputs[index]}; do
    if [[ ! -f $io/outputs/$name ]]; then continue; fi
    file=$state/outputs.$index.$name limit=4097
    if [[ " \${kept[index]} " == *" $name "* ]]; then limit=$((kept_bytes + 1)); fi
    if short_text "$io/outputs/$name" 4096; then
      trim
    else
      text=$(head -c "$limit" -- "$io/outputs/$name" | tr -d '\\0')
    fi
    if [[ -e $file ]]; then text=$'\\n'$text; fi
    if ! literal "$text" >>"$file"; then stop "cannot write $file: is the disk full?"; fi
  done
}
`;

// The part of every emitted script that shows what a step prints while it runs, unless it is hidden, and without secrets.

export const streamDriver = `
secrets=()

# Copies standard input with every secret masked, line by line.
mask() {
  local LC_ALL=C line secret last=
  while [[ ! $last ]]; do
    if ! IFS= read -r line; then last=1; fi
    for secret in "\${secrets[@]}"; do line=\${line//"$secret"/'***'}; done
    printf '%s' "$line"
    if [[ ! $last ]]; then printf '\\n'; fi
  done
}

mask_text() {
  local LC_ALL=C secret
  for secret in "\${secrets[@]}"; do text=\${text//"$secret"/'***'}; done
}

# Shows what a step prints to descriptors 7 and 8, its beginning kept in $1 where that is given. A short output that ends at once is shown by this script alone, which
# saves a quick step two forks and ten programs; for others the reader goes on, and sets reader.
show_output() {
  local text code told
  if show_short out 7 "$1"; then
    if show_short err 8 ''; then return; fi
    told=(1 '' "$code" "$text")
  else
    told=("$code" "$text" 142 '')
  fi
  if ! alive "$standby"; then
    read_streams <"$io/go" 3>&- 4>&- 5>&- 6>&- 9>&- &
    standby=$!
  fi
  printf '%s\\0' "$index" "$1" "\${told[@]}" >&9
  reader=$standby standby=''
}

# Shows what is printed to descriptor $2, keeps its end in $io/$1.tail and its beginning in $3; fails with the beginning in text where it does not end at once.
# Older versions of bash may lose what they had read when the time is over.
show_short() {
  local LC_ALL=C
  text='' code=142
  if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404)); then
    IFS= read -r -d '' -n 4000 -t 0.2 -u "$2" text
    code=$?
  fi
  if ((code != 1)); then return 1; fi
  if [[ $3 ]] && ! literal "$text" >"$3"; then lost=1; fi
  literal "$text" >"$io/$1.tail"
  mask_text
  if [[ ! \${hidden[index]} ]]; then literal "$text"; fi
}

standby='' standby_secrets=0

# Starts the reader of a step that takes longer, before the step: where a step takes all processes there would be none later. One that no step has needed is there still.
start_reader() {
  if [[ $standby && $standby_secrets != "\${#secrets[@]}" ]]; then dismiss_reader; fi
  if [[ $standby ]] && alive "$standby"; then return; fi
  exec 9<>"$io/go"
  read_streams 7<"$io/out" 8<"$io/err" <"$io/go" 3>&- 4>&- 5>&- 6>&- 9>&- &
  standby=$! standby_secrets=\${#secrets[@]}
}

# Waited for, as what it no longer is to be told would else be read by it.
dismiss_reader() {
  if [[ ! $standby ]]; then return; fi
  kill "$standby"
  wait "$standby"
  standby=''
}

# Is told on standard input of which step it reads 7 and 8, where stdout's beginning is kept, and what was read of each (1: all); fails when something is lost.
read_streams() {
  local LC_ALL=C index kept out_code out_text code text readers=() reader lost=0 status
  if ! { IFS= read -r -d '' index && IFS= read -r -d '' kept && IFS= read -r -d '' out_code && IFS= read -r -d '' out_text && IFS= read -r -d '' code && IFS= read -r -d '' text; }; then exit; fi
  trap 'kill "\${readers[@]}"' TERM
  if ((code != 1)); then
    copy_stream err '' <&8 7<&- 8<&- &
    readers+=($!)
  fi
  code=$out_code text=$out_text
  if ((code != 1)); then
    copy_stream out "$kept" <&7 7<&- 8<&- &
    readers+=($!)
  fi
  exec 7<&- 8<&-
  for reader in "\${readers[@]}"; do
    wait "$reader"
    status=$?
    # That a wait was interrupted says nothing of what it waits for.
    if ((status > 128)); then
      wait "$reader"
      status=$?
    fi
    if ((status)); then lost=1; fi
  done
  exit "$lost"
}

# What goes on with a stream whose beginning was read.
copy_stream() {
  local tee='' keeper='' lost=0 copies=("$io/copy.$1")
  trap 'kill "$tee"' TERM
  tail -c 4000 <"$io/copy.$1" >"$io/$1.tail" &
  if [[ $2 ]]; then
    { head -c $((kept_bytes + 1)) && cat >/dev/null; } <"$io/copy.kept" >"$2" &
    keeper=$!
    copies+=("$io/copy.kept")
  fi
  if [[ \${hidden[index]} ]]; then
    pass "\${copies[@]}" <&0 >/dev/null &
  elif ((\${#secrets[@]} > 0)); then
    mask <"$io/shown.$1" &
    pass "\${copies[@]}" <&0 >"$io/shown.$1" &
  else
    pass "\${copies[@]}" <&0 &
  fi
  tee=$!
  wait "$tee"
  if [[ $keeper ]] && ! wait "$keeper"; then lost=1; fi
  wait
  return "$lost"
}

# Prints what was read before its time was over, and the NUL that ended it.
begin_stream() {
  literal "$text"
  if ((code == 0 && \${#text} < 4000)); then end_item; fi
}

# Becomes what copies a stream to standard output and to one or two pipes, which stay open from its beginning on.
pass() {
  exec 7>"$1"
  begin_stream >&7
  if [[ $2 ]]; then
    exec 8>"$2"
    begin_stream >&8
  fi
  begin_stream
  exec tee -- "$@"
}

# Masks the secrets in files that hold the end of something; a first line that may begin in the middle of a secret goes.
mask_files() {
  local file cut
  if ((\${#secrets[@]} == 0)); then return; fi
  for file; do
    cut=1
    if (($(wc -c <"$file") >= 4000)); then cut=2; fi
    tail -n "+$cut" -- "$file" | mask >"$file.masked"
    mv -f -- "$file.masked" "$file"
  done
}

# What a hidden step printed and ran is not told by the result either.
forget_hidden() {
  local file
  if [[ ! \${hidden[index]} ]]; then return; fi
  for file in "$io/out.tail" "$io/err.tail" "$io/script"; do : >"$file"; done
}
`;

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

# Shows standard input, keeps its end in $io/$1.tail and its beginning in $2 where that is given; fails when that cannot be written. A short output that comes at once is read by bash alone,
# which saves a quick step the time of five programs; older versions of bash may lose what they had read when the time is over.
read_stream() {
  local LC_ALL=C text='' code=142 tee='' keeper='' lost=0 copies=("$io/copy.$1")
  trap 'kill "$tee"' TERM
  if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404)); then
    IFS= read -r -d '' -n 4000 -t 0.2 text
    code=$?
  fi
  if ((code == 1)); then
    if [[ $2 ]] && ! literal "$text" >"$2"; then lost=1; fi
    literal "$text" >"$io/$1.tail"
    mask_text
    if [[ ! \${hidden[index]} ]]; then literal "$text"; fi
    return "$lost"
  fi
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

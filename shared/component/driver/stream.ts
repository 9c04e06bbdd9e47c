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

# Becomes what shows a stream, and copies it to the files given.
show() {
  if [[ \${hidden[index]} ]]; then exec tee -- "$@" >/dev/null; else exec tee -- "$@"; fi
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

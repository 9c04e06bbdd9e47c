// Bash of ListFiles and ReadFile.

/** Bash, after pathFunctions. The paths are absolute, joined by commas, in the order of their bytes. */
export const listFunctions = `
separator=

# path, fileNamePattern, recursive
list_files() {
  local LC_ALL=C recursive='' pattern
  read_path path "$1"
  read_pattern "\${2:-*}"
  expect_folder "cannot list the files of $path"
  if [[ ! -r $path || ! -x $path ]]; then fail "cannot list the files of $path: permission denied"; fi
  if is_true recursive "$3"; then recursive=1; fi
  shopt -s nullglob dotglob
  list_folder "\${path%/}/" >>"$IMAGE_BUILDER_OUTPUTS/files"
}

list_folder() {
  local entry
  for entry in "$1"*; do
    if [[ -d $entry ]]; then
      if [[ $recursive && ! -L $entry ]]; then list_folder "$entry/"; fi
      continue
    fi
    # shellcheck disable=SC2053 # a pattern
    if [[ \${entry##*/} == $pattern ]]; then
      printf '%s%s' "$separator" "$entry" || fail "cannot keep the list of the files of $path"
      separator=,
    fi
  done
}
`;

/** Bash, after pathFunctions and encodingFunctions. The contents of several files are joined by newlines. */
export const readFunctions = `
separator=

# path, encoding, printFileContent
read_file() {
  local said charset from=1 content=$IMAGE_BUILDER_OUTPUTS/content part=$IMAGE_BUILDER_OUTPUTS/content.part
  read_path path "$1"
  read_encoding "$2"
  expect_file "cannot read $path"
  if [[ $charset == UTF-8 ]]; then
    try "cannot read $path" cp -T -- "$path" "$part"
  else
    said=$(iconv -f "$charset" -t UTF-8 -- "$path" 2>&1 >"$part") || fail "cannot read $path as $charset: $said"
  fi
  if (($(tr -d '\\0' <"$part" | wc -c) != $(wc -c <"$part"))); then fail "cannot read $path as $charset: it is no text, it holds NUL characters"; fi
  if [[ $(head -c 3 -- "$part" | od -An -tx1) == ' ef bb bf' ]]; then from=4; fi
  said=$({ printf '%s' "$separator" && tail -c "+$from" -- "$part"; } 2>&1 >>"$content") || fail "cannot keep what $path holds: $said"
  separator=$'\\n'
  if is_true printFileContent "$3"; then tail -c "+$from" -- "$part"; fi
  rm -f -- "$part"
}
`;

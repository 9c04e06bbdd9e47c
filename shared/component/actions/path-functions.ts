// Bash for paths of the file modules: absolute, with the wildcard "*" in the last part only.

/** Bash, after failureFunctions. Names with blanks, quotes, newlines, dashes and glob characters are names like all others. */
export const pathFunctions = `
# Sets path to the absolute form of the path in the input named $1, without slashes at its end; ends_in_slash tells whether there were any.
read_path() {
  path=$2 ends_in_slash=
  if [[ ! $path ]]; then fail "the input \\"$1\\" is empty"; fi
  while [[ $path == ./* ]]; do path=\${path#./}; done
  if [[ ! $path || $path == . ]]; then path=$PWD/; fi
  if [[ $path != /* ]]; then path=\${PWD%/}/$path; fi
  while [[ $path == ?*/ ]]; do
    path=\${path%/}
    ends_in_slash=1
  done
}

# Sets pattern to one of bash in which only "*" is special.
read_pattern() {
  local index
  pattern=
  for ((index = 0; index < \${#1}; index++)); do
    if [[ \${1:index:1} == '*' ]]; then pattern+='*'; else pattern+=\\\\\${1:index:1}; fi
  done
}

# Sets found to the entries of path's folder that the wildcards in its last part match, in the order of their bytes; hidden ones match too.
find_matches() {
  local LC_ALL=C entry pattern
  found=()
  read_pattern "\${path##*/}"
  shopt -s nullglob dotglob
  for entry in "\${path%/*}"/*; do
    # shellcheck disable=SC2053 # a pattern
    if [[ \${entry##*/} == $pattern ]]; then found+=("$entry"); fi
  done
}

exists() { [[ -e $1 || -L $1 ]]; }

make_folder() { try "cannot make the folder $1" mkdir -p -- "$1"; }

make_parent() {
  local folder=\${1%/*}
  make_folder "\${folder:-/}"
}

# Ends the step unless path is a file, or a link to one; $1 says what was tried.
expect_file() {
  if [[ -d $path ]]; then fail "$1: it is a folder, not a file"; fi
  if [[ ! -e $path ]]; then fail "$1: there is no such file"; fi
}

# Ends the step unless path is a folder, or a link to one.
expect_folder() {
  if [[ ! -e $path ]]; then fail "$1: there is no such folder"; fi
  if [[ ! -d $path ]]; then fail "$1: it is a file, not a folder"; fi
}
`;

/** Bash, after pathFunctions. Puts a finished file in the place of another, which keeps its owner, its permissions and the links to it. */
export const publishFunctions = `
# Sets part to a new file beside path, to be filled and then published; it is removed when the step ends before. A link is followed.
start_part() {
  local real
  if [[ -L $path ]] && real=$(readlink -f -- "$path" && printf .); then path=\${real%??}; fi
  make_parent "$path"
  part=$(mktemp -- "\${path%/*}/.image-builder.XXXXXXXX" 2>&1 && printf .) || fail "cannot write beside $path: \${part%.}"
  part=\${part%??}
  trap 'rm -f -- "$part"' EXIT
  trap 'exit 143' TERM
}

publish_part() {
  local mode
  if [[ -e $path ]]; then
    try "cannot keep the permissions of $path" chmod --reference="$path" -- "$part"
    chown --reference="$path" -- "$part" 2>/dev/null
  else
    printf -v mode '%o' $((0666 & ~0$(umask)))
    try "cannot set the permissions of $path" chmod "$mode" -- "$part"
  fi
  try "cannot write $path" mv -fT -- "$part" "$path"
  trap - EXIT
}
`;

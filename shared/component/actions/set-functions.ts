// Bash of SetFileEncoding and the modules that set owners and permissions.

/** Bash, after pathFunctions. */
export const ownerFunctions = `
# Sets mode to permissions given in octal.
read_permissions() {
  if [[ ! $1 =~ ^0*[0-7]{1,4}$ ]]; then fail "the input \\"permissions\\" is \\"$1\\"; it must be an octal number like 0644"; fi
  printf -v mode '%o' "$((8#$1))"
}

# Sets mode to permissions given in octal less those that the umask takes.
read_masked_permissions() {
  read_permissions "$1"
  printf -v mode '%o' $((8#$mode & ~0$(umask)))
}

# Gives path to an owner, a group, or both.
give() {
  if [[ $1$2 == *:* ]]; then fail "cannot give $path to owner \\"$1\\" and group \\"$2\\": names of users and groups hold no colon"; fi
  if [[ $1$2 ]]; then try "cannot give $path to owner \\"$1\\" and group \\"$2\\"" chown -- "$1\${2:+:$2}" "$path"; fi
}
`;

/** Bash, after ownerFunctions. */
export const setFunctions = `
# path, owner, group, recursive; kind is file or folder
set_owner() {
  local kind=$1 path options=()
  read_path path "$2"
  "expect_$kind" "cannot give $path to \\"$3\\""
  if [[ ! $3 ]]; then fail 'the input "owner" is empty'; fi
  if [[ $3$4 == *:* ]]; then fail "cannot give $path to owner \\"$3\\" and group \\"$4\\": names of users and groups hold no colon"; fi
  if is_true recursive "$5"; then options=(-R); fi
  # With nothing behind the colon it is the owner's primary group.
  try "cannot give $path to owner \\"$3\\" and group \\"$4\\"" chown "\${options[@]}" -- "$3:$4" "$path"
}

set_permissions() {
  local kind=$1 path mode options=()
  read_path path "$2"
  read_permissions "$3"
  "expect_$kind" "cannot set the permissions of $path"
  if is_true recursive "$4"; then options=(-R); fi
  try "cannot set the permissions of $path to $3" chmod "\${options[@]}" -- "$mode" "$path"
}

set_file_owner() { set_owner file "$1" "$2" "$3" false; }
set_folder_owner() { set_owner folder "$@"; }
set_file_permissions() { set_permissions file "$1" "$2" false; }
set_folder_permissions() { set_permissions folder "$@"; }
`;

/** Bash, after publishFunctions and encodingFunctions. */
export const setEncodingFunctions = `
# path, encoding. What the file holds is taken for UTF-8.
set_file_encoding() {
  local said charset
  read_path path "$1"
  read_encoding "$2"
  expect_file "cannot set the encoding of $path"
  need iconv SetFileEncoding
  start_part
  said=$(iconv -f UTF-8 -t "$charset" -- "$path" 2>&1 >"$part") || fail "cannot set the encoding of $path to $charset: $said"
  publish_part
}
`;

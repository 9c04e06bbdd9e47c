// Bash of AppendFile, CreateFile, CreateFolder and CreateSymlink.

/** Bash, after ownerFunctions and encodingFunctions. Permissions of what is made are subject to the umask, as AWS's guide says. */
export const createFunctions = `
# path, content, encoding, owner, group, permissions (those of a file that is there stay when empty), overwrite
create_file() {
  local said charset mode
  read_path path "$1"
  if [[ $ends_in_slash || -d $path ]]; then fail "cannot create the file $path: that is a folder"; fi
  read_encoding "$3"
  read_masked_permissions "\${6:-0666}"
  if ! is_true overwrite "$7" && exists "$path"; then fail "cannot create the file $path: it exists already, and \\"overwrite\\" is false"; fi
  make_parent "$path"
  if [[ -e $path && ! $6 ]]; then mode=; fi
  said=$({ : >"$path"; } 2>&1) || fail "cannot create the file $path: $said"
  if [[ $mode ]]; then try "cannot set the permissions of $path" chmod -- "$mode" "$path"; fi
  give "$4" "$5"
  said=$(append_text "$2" "$path" 2>&1) || fail "cannot write $path: $said"
}

# path, content, encoding
append_file() {
  local said charset
  read_path path "$1"
  read_encoding "$3"
  expect_file "cannot append to $path"
  said=$(append_text "$2" "$path" 2>&1) || fail "cannot append to $path: $said"
}

# path, owner, group, permissions, overwrite. What is in a folder that is there already stays.
create_folder() {
  local mode
  read_path path "$1"
  read_masked_permissions "\${4:-0777}"
  if exists "$path"; then
    if [[ ! -d $path ]]; then fail "cannot create the folder $path: that is a file"; fi
    if ! is_true overwrite "$5"; then fail "cannot create the folder $path: it exists already, and \\"overwrite\\" is false"; fi
    if [[ ! $4 ]]; then mode=; fi
  fi
  make_folder "$path"
  if [[ $mode ]]; then try "cannot set the permissions of $path" chmod -- "$mode" "$path"; fi
  give "$2" "$3"
}

# path, target, force. A relative path is taken from the working directory, and made absolute.
create_symlink() {
  local target
  read_path target "$2"
  target=$path
  read_path path "$1"
  if [[ ! -e $target ]]; then fail "cannot link $path to $target: there is nothing at the target"; fi
  if [[ -L $path ]]; then
    if ! is_true force "$3"; then fail "cannot link $path to $target: the link exists already, and \\"force\\" is false"; fi
  elif [[ -e $path ]]; then
    fail "cannot link $path to $target: something that is no link has that name"
  fi
  make_parent "$path"
  try "cannot link $path to $target" ln -sfT -- "$target" "$path"
}
`;

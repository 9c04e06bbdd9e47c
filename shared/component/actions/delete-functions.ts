// Bash of DeleteFile and DeleteFolder.

/** Bash, after pathFunctions. */
export const deleteFunctions = `
# A wildcard that matches no file is no failure; a name without one that is not there is.
delete_file() {
  read_path path "$1"
  if [[ \${path##*/} == *'*'* ]]; then
    find_matches
  else
    if ! exists "$path"; then fail "cannot delete the file $path: there is no such file"; fi
    if [[ -d $path && ! -L $path ]]; then fail "cannot delete the file $path: it is a folder"; fi
    found=("$path")
  fi
  for path in "\${found[@]}"; do
    if [[ -d $path && ! -L $path ]]; then continue; fi
    try "cannot delete the file $path" rm -f -- "$path"
  done
}

delete_folder() {
  read_path path "$1"
  if [[ -L $path ]]; then fail "cannot delete the folder $path: it is a link; delete it with DeleteFile"; fi
  expect_folder "cannot delete the folder $path"
  if is_true force "$2"; then
    try "cannot delete the folder $path" rm -rf -- "$path"
  else
    try "cannot delete the folder $path (\\"force\\" is false)" rmdir -- "$path"
  fi
}
`;

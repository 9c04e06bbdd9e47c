// Bash of CopyFile, CopyFolder, MoveFile and MoveFolder.

/**
 * Bash, after pathFunctions. A folder that is there already is merged with the one that is copied or moved: files of the same name are replaced, others stay
 * (AWS's guide says that it is overwritten). Links inside of a folder stay links; what a link given as source points to is copied.
 */
export const copyFunctions = `
# Calls function $1 for what source stands for, with the target of each; $2 is file or folder, then come source, destination, overwrite.
transfer() {
  local function=$1 kind=$2 verb=\${1%%_*} overwrite=1 sources source target destination into any=
  read_path source "$3"
  if ! is_true overwrite "$5"; then overwrite=; fi
  sources=("$path") source=$path
  if [[ \${path##*/} == *'*'* ]]; then
    find_matches
    sources=("\${found[@]}")
  fi
  read_path destination "$4"
  destination=$path into=$ends_in_slash
  if [[ \${source##*/} == *'*'* && ! $into ]]; then fail "cannot $verb $source to $destination: with a wildcard in \\"source\\", \\"destination\\" must be a folder and end in /"; fi
  for path in "\${sources[@]}"; do
    if [[ \${source##*/} == *'*'* ]] && ! is_kind "$kind"; then continue; fi
    any=1 target=$destination
    if [[ $into ]]; then target=\${destination%/}/\${path##*/}; fi
    "expect_$kind" "cannot $verb $path to $target"
    if [[ ! $overwrite ]] && exists "$target"; then fail "cannot $verb $path to $target: it exists already, and \\"overwrite\\" is false"; fi
    make_parent "$target"
    "$function" "$path" "$target"
  done
  if [[ ! $any ]]; then fail "cannot $verb $source to $destination: no $kind matches"; fi
}

is_kind() {
  if [[ $1 == folder ]]; then [[ -d $path ]]; else [[ -e $path && ! -d $path ]]; fi
}

copy_file() { transfer copy_one_file file "$@"; }

copy_one_file() {
  if [[ ! -f $1 ]]; then fail "cannot copy $1 to $2: it is no regular file"; fi
  if [[ -d $2 ]]; then fail "cannot copy $1 to $2: that is a folder; end \\"destination\\" in / to copy into it"; fi
  try "cannot copy $1 to $2" cp -fT -- "$1" "$2"
}

move_file() { transfer move_one_file file "$@"; }

move_one_file() {
  if [[ -d $2 ]]; then fail "cannot move $1 to $2: that is a folder; end \\"destination\\" in / to move into it"; fi
  try "cannot move $1 to $2" mv -fT -- "$1" "$2"
}

copy_folder() { transfer copy_one_folder folder "$@"; }

copy_one_folder() {
  keep_apart copy "$1" "$2"
  try "cannot copy $1 to $2" cp -RPfT --preserve=links -- "$1/." "$2"
}

move_folder() { transfer move_one_folder folder "$@"; }

move_one_folder() {
  keep_apart move "$1" "$2"
  if ! exists "$2"; then
    try "cannot move $1 to $2" mv -T -- "$1" "$2"
  else
    merge_folder "$1" "$2"
  fi
}

# Moves what is in a folder into another that is there already.
merge_folder() {
  local entry target
  if [[ ! -d $2 ]]; then fail "cannot move $1 to $2: that is a file, not a folder"; fi
  shopt -s nullglob dotglob
  for entry in "$1"/*; do
    target=$2/\${entry##*/}
    if [[ -d $entry && ! -L $entry && -d $target && ! -L $target ]]; then
      merge_folder "$entry" "$target"
    else
      try "cannot move $entry to $target" mv -fT -- "$entry" "$target"
    fi
  done
  try "cannot remove $1, which was moved to $2" rmdir -- "$1"
}

# Ends the step when one of two folders is, or holds, the other: to copy between them would never end, to move would lose files.
keep_apart() {
  local from to
  from=$(readlink -f -- "$2" && printf .)
  to=$(readlink -m -- "$3" && printf .)
  from=\${from%??} to=\${to%??}
  if [[ \${to%/}/ == "\${from%/}"/* || ($1 == move && \${from%/}/ == "\${to%/}"/*) ]]; then fail "cannot $1 $2 to $3: one holds the other"; fi
}
`;

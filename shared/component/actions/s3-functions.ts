// Bash of S3Download and S3Upload: which objects and files, whatever program talks to S3.

/**
 * Bash, after publishFunctions; s3CommandFunctions and s3CurlFunctions do the talking. Nothing of a failed download stays but the objects that came whole.
 */
export const s3Functions = `
# Sets bucket and key from the input named $1.
read_s3() {
  local rest=\${2#s3://}
  bucket=\${rest%%/*} key=
  if [[ $rest == */* ]]; then key=\${rest#*/}; fi
  if [[ $2 != s3://* || ! $bucket =~ ^[A-Za-z0-9][A-Za-z0-9._-]{2,254}$ ]]; then fail "the input \\"$1\\" is \\"$2\\"; it must be s3://bucket/key"; fi
}

read_owner() {
  owner=$1
  if [[ $owner && ! $owner =~ ^[0-9]{12}$ ]]; then fail "the input \\"expectedBucketOwner\\" is \\"$owner\\"; it must be an account id of 12 digits"; fi
}

# Sets program to what talks to S3, and s3_endpoint to another place than AWS's own.
find_program() {
  s3_endpoint=\${AWS_ENDPOINT_URL_S3:-\${AWS_ENDPOINT_URL:-}}
  s3_endpoint=\${s3_endpoint%/}
  if type -P aws >/dev/null; then
    program=aws
  elif type -P curl >/dev/null; then
    program=curl
    need sha256sum 'to sign requests to S3'
  else
    fail "S3 needs the AWS CLI or curl, and this machine has neither: install one in an earlier step"
  fi
}

# source, destination, expectedBucketOwner, overwrite
s3_download() {
  local bucket key owner program s3_endpoint overwrite=1 prefix base keys folder
  read_s3 source "$1"
  read_owner "$3"
  if ! is_true overwrite "$4"; then overwrite=; fi
  read_path destination "$2"
  if [[ $key != *'*' ]]; then
    if [[ ! $key || $key == */ ]]; then fail "cannot download $1: it names no object; end it in /* to download all objects below"; fi
    if [[ $ends_in_slash ]]; then path=\${path%/}/\${key##*/}; fi
    find_program
    download_object
    return
  fi
  prefix=\${key%?}
  if [[ $prefix == *'*'* ]]; then fail "cannot download $1: \\"*\\" can stand only at the end"; fi
  base=
  if [[ $prefix == */* ]]; then base=\${prefix%/*}/; fi
  folder=\${path%/}
  find_program
  list_objects_by_$program
  if ((\${#keys[@]} == 0)); then fail "cannot download $1: no object has a key that starts with \\"$prefix\\""; fi
  for key in "\${keys[@]}"; do
    path=$folder/\${key#"$base"}
    if [[ /$key/ == */../* || /$key/ == */./* ]]; then fail "cannot download s3://$bucket/$key to $path: the key has a part \\".\\" or \\"..\\", which would lead elsewhere"; fi
    if [[ $key == */ ]]; then make_folder "$path"; else download_object; fi
  done
}

# Downloads s3://bucket/key to path.
download_object() {
  local tried="cannot download s3://$bucket/$key to $path" part
  if [[ -d $path ]]; then fail "$tried: that is a folder; name the file in \\"destination\\""; fi
  if [[ ! $overwrite ]] && exists "$path"; then fail "$tried: it exists already, and \\"overwrite\\" is false"; fi
  start_part
  get_object_by_$program
  publish_part
  printf '%s\\n' "downloaded s3://$bucket/$key to $path"
}

# source, destination, recurse, expectedBucketOwner. Links to files are followed, links to folders inside of a folder are not.
s3_upload() {
  local bucket key owner program s3_endpoint recurse='' uploaded='' source prefix
  read_s3 destination "$2"
  read_owner "$4"
  if is_true recurse "$3"; then recurse=1; fi
  read_path source "$1"
  source=$path
  prefix=\${key%/}\${key:+/}
  find_program
  if [[ \${path##*/} == *'*'* ]]; then
    find_matches
    for path in "\${found[@]}"; do
      key=$prefix\${path##*/}
      if [[ ! -d $path ]]; then upload_object; elif [[ $recurse ]]; then upload_folder "$path/" "$key/"; fi
    done
    if [[ ! $uploaded ]]; then fail "cannot upload $source to $2: no file matches\${recurse:+, nor is there one in a folder that does}"; fi
  elif [[ -d $path ]]; then
    if [[ ! $recurse ]]; then fail "cannot upload $source to $2: it is a folder; set \\"recurse\\" to true"; fi
    upload_folder "\${path%/}/" "$prefix"
    if [[ ! $uploaded ]]; then fail "cannot upload $source to $2: there is no file in the folder"; fi
  else
    if [[ ! $key || $key == */ ]]; then key=$prefix\${path##*/}; fi
    upload_object
  fi
}

upload_folder() {
  local entry
  shopt -s nullglob dotglob
  for entry in "$1"*; do
    path=$entry key=$2\${entry##*/}
    if [[ ! -d $entry ]]; then upload_object; elif [[ ! -L $entry ]]; then upload_folder "$entry/" "$key/"; fi
  done
}

# Uploads path to s3://bucket/key.
upload_object() {
  local tried="cannot upload $path to s3://$bucket/$key"
  if [[ ! -f $path ]]; then fail "$tried: there is no such file, or it is none that can be read"; fi
  put_object_by_$program
  uploaded=1
  printf '%s\\n' "uploaded $path to s3://$bucket/$key"
}

too_many_objects() { fail "cannot download s3://$bucket/$prefix*: there are more than 1000 objects, which S3Download does not do: use a longer prefix"; }
`;

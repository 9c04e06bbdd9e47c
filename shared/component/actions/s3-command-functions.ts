// Bash that talks to S3 with the AWS CLI.

/** Bash, after s3Functions and uriFunctions. The AWS CLI finds region and credentials by its own rules. */
export const s3CommandFunctions = `
aws_s3api() {
  local operation=$1
  shift
  AWS_PAGER='' aws \${s3_endpoint:+--endpoint-url "$s3_endpoint"} s3api "$operation" --bucket "$bucket" \${owner:+--expected-bucket-owner "$owner"} "$@"
}

get_object_by_aws() { try "$tried" aws_s3api get-object "--key=$key" "$part"; }

# S3 takes at most 5 GiB at once; the CLI's own upload goes in parts, yet cannot name the expected owner.
put_object_by_aws() {
  if (($(stat -L -c %s -- "$path") <= 5368709120)); then
    try "$tried" aws_s3api put-object "--key=$key" "--body=$path"
  else
    if [[ $owner ]]; then try "$tried" aws_s3api head-bucket; fi
    try "$tried" env AWS_PAGER= aws \${s3_endpoint:+--endpoint-url "$s3_endpoint"} s3 cp --only-show-errors -- "$path" "s3://$bucket/$key"
  fi
}

# Sets keys to those that start with prefix.
list_objects_by_aws() {
  local answer said tried="cannot list s3://$bucket/$prefix*" lines line
  keys=()
  answer=$(aws_s3api list-objects-v2 "--prefix=$prefix" --encoding-type url --max-keys 1000 --no-paginate \\
    --output text --query '[[[to_string(IsTruncated), to_string(EncodingType)]], Contents[].[Key]][]' 2>&1) || {
    said=$answer
    one_line
    fail "$tried: $said"
  }
  lines=()
  while IFS= read -r line; do lines+=("$line"); done <<<"$answer"
  if [[ \${lines[0]} == true* ]]; then too_many_objects; fi
  for line in "\${lines[@]:1}"; do
    if [[ \${lines[0]} == *url ]]; then decode_uri "\${line//+/ }"; else decoded=$line; fi
    keys+=("$decoded")
  done
}
`;

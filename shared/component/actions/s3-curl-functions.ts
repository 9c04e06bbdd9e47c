// Bash that talks to S3 with curl: requests with Signature Version 4, with the credentials of the environment or of the instance's role.

/**
 * Bash, after s3Functions and uriFunctions. Signing needs only sha256sum. Keys and tokens go to curl by its standard input: arguments of a
 * process can be read by every user. Sources: "Signature Calculations for the Authorization Header" of the S3 API reference, and IMDSv2 of the EC2 user guide.
 */
export const s3CurlFunctions = `
access_key='' answer=$IMAGE_BUILDER_OUTPUTS/.answer

# Prints a value of the instance's metadata service; a token must be had first.
metadata() {
  printf 'header = "X-aws-ec2-metadata-token: %s"\\n' "$token" |
    curl -q --silent --show-error --fail --noproxy '*' --connect-timeout 2 --max-time 10 --retry 3 --config - "$imds/latest/meta-data/$1" 2>&1
}

json_value() {
  if [[ $1 =~ \\"$2\\"[[:space:]]*:[[:space:]]*\\"([^\\"]*)\\" ]]; then printf '%s' "\${BASH_REMATCH[1]}"; fi
}

# Sets access_key, secret_key, session_token and region, once a step.
find_credentials() {
  local imds=\${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254} token role json
  imds=\${imds%/}
  if [[ $access_key ]]; then return; fi
  region=\${AWS_REGION:-\${AWS_DEFAULT_REGION:-}}
  access_key=\${AWS_ACCESS_KEY_ID:-} secret_key=\${AWS_SECRET_ACCESS_KEY:-} session_token=\${AWS_SESSION_TOKEN:-}
  if [[ $access_key && ! $region && $s3_endpoint ]]; then region=us-east-1; fi
  if [[ $access_key && $region ]]; then return; fi
  token=$(curl -q --silent --show-error --fail --noproxy '*' --connect-timeout 2 --max-time 10 --retry 3 --request PUT \\
    --header 'X-aws-ec2-metadata-token-ttl-seconds: 21600' "$imds/latest/api/token" 2>&1) ||
    fail "$tried: the instance's metadata service at $imds gave no token, so there are no credentials: $token"
  if [[ ! $region ]]; then region=$(metadata placement/region) || fail "$tried: the metadata service did not tell the region: $region"; fi
  if [[ $access_key ]]; then return; fi
  role=$(metadata iam/security-credentials/) || fail "$tried: the metadata service named no role, so there are no credentials: has the instance a profile with a role? $role"
  role=\${role%%$'\\n'*}
  json=$(metadata "iam/security-credentials/$role") || fail "$tried: the metadata service gave no credentials for the role $role: $json"
  access_key=$(json_value "$json" AccessKeyId)
  secret_key=$(json_value "$json" SecretAccessKey)
  session_token=$(json_value "$json" Token)
  if [[ ! $access_key || ! $secret_key ]]; then fail "$tried: the metadata service gave no credentials for the role $role"; fi
}

# Sets encoded to a text as a part of a URI: all but unreserved characters and those of $2 become %-escapes.
encode_uri() {
  local LC_ALL=C index byte
  encoded=
  for ((index = 0; index < \${#1}; index++)); do
    byte=\${1:index:1}
    if [[ $byte == [A-Za-z0-9._~-] || ($2 && $byte == "$2") ]]; then
      encoded+=$byte
    else
      printf -v byte '%%%02X' "'$byte"
      encoded+=%\${byte: -2}
    fi
  done
}

# Prints the SHA-256 of a text in hex.
text_hash() {
  local hash
  hash=$(printf '%s' "$1" | sha256sum)
  printf '%s' "\${hash%% *}"
}

# Sets escapes to the printf escapes of bytes given in hex, each changed by xor with $2.
byte_escapes() {
  local index byte
  escapes=
  for ((index = 0; index < \${#1}; index += 2)); do
    printf -v byte '\\\\x%02x' $((16#\${1:index:2} ^ $2))
    escapes+=$byte
  done
}

# Sets mac to the HMAC-SHA-256 in hex of a text ($2) with a key of at most 64 bytes in hex ($1).
authenticate() {
  local key=$1 escapes inner
  while ((\${#key} < 128)); do key+=00; done
  byte_escapes "$key" 0x36
  # shellcheck disable=SC2059 # the formats are byte escapes
  inner=$({ printf "$escapes" && printf '%s' "$2"; } | sha256sum)
  byte_escapes "$key" 0x5c
  mac=$escapes
  byte_escapes "\${inner%% *}" 0
  # shellcheck disable=SC2059
  mac=$(printf "$mac$escapes" | sha256sum)
  mac=\${mac%% *}
}

# Sets mac to the signature of a canonical request ($3) at a time ($1) in a scope ($2).
sign() {
  local key part text
  key=$(printf 'AWS4%s' "$secret_key" | od -An -v -tx1)
  mac=\${key//[[:space:]]/}
  if ((\${#mac} > 128)); then mac=$(text_hash "AWS4$secret_key"); fi
  for part in "\${1%%T*}" "$region" s3 aws4_request; do authenticate "$mac" "$part"; done
  printf -v text 'AWS4-HMAC-SHA256\\n%s\\n%s\\n%s' "$1" "$2" "$(text_hash "$3")"
  authenticate "$mac" "$text"
}

# Sends one request: method, key, query, hash of the payload, options of curl. Sets status and reply, the answer's headers.
send() {
  local method=$1 query=$3 payload=$4 encoded host uri base time scope headers names canonical header mac
  encode_uri "$2" /
  shift 4
  if [[ $s3_endpoint ]]; then
    base=$s3_endpoint uri=/$bucket/$encoded
  elif [[ $bucket =~ ^[a-z0-9-]+$ ]]; then
    base=https://$bucket.s3.$region.$domain uri=/$encoded
  else
    base=https://s3.$region.$domain uri=/$bucket/$encoded
  fi
  host=\${base#*://}
  time=$(date -u +%Y%m%dT%H%M%SZ)
  scope=\${time%%T*}/$region/s3/aws4_request
  printf -v headers 'host:%s\\nx-amz-content-sha256:%s\\nx-amz-date:%s\\n' "$host" "$payload" "$time"
  names='host;x-amz-content-sha256;x-amz-date'
  if [[ $owner ]]; then headers+=x-amz-expected-bucket-owner:$owner$'\\n' names+=';x-amz-expected-bucket-owner'; fi
  if [[ $session_token ]]; then headers+=x-amz-security-token:$session_token$'\\n' names+=';x-amz-security-token'; fi
  printf -v canonical '%s\\n%s\\n%s\\n%s\\n%s\\n%s' "$method" "$uri" "$query" "$headers" "$names" "$payload"
  sign "$time" "$scope" "$canonical"
  reply=$({
    printf 'header = "Authorization: AWS4-HMAC-SHA256 Credential=%s, SignedHeaders=%s, Signature=%s"\\n' "$access_key/$scope" "$names" "$mac"
    while IFS= read -r header; do
      if [[ $header != host:* && $header ]]; then printf 'header = "%s"\\n' "$header"; fi
    done <<<"$headers"
    printf 'url = "%s%s%s"\\n' "$base" "$uri" "\${query:+?$query}"
  } | curl -q --silent --show-error --globoff --path-as-is --connect-timeout 30 --speed-limit 1 --speed-time 120 --dump-header - --write-out 'final status:%{http_code};' --config - "$@" 2>&1)
  status=000
  if [[ $reply =~ 'final status:'([0-9]{3})';' ]]; then status=\${BASH_REMATCH[1]}; fi
  if [[ $reply =~ [Xx]-[Aa]mz-[Bb]ucket-[Rr]egion:' '*([a-z0-9-]+) ]]; then bucket_region=\${BASH_REMATCH[1]}; fi
  if [[ $reply == *'curl: ('* ]]; then
    reply=\${reply#*'curl: '}
    reply="curl: \${reply%%$'\\n'*}"
    status=000
  fi
}

# Sends a request until it succeeds; the answer's body goes to the file $1. Ends the step when it does not succeed.
request() {
  local body=$1 tries pause=1 status reply bucket_region domain said text
  find_credentials
  shift
  for ((tries = 1; ; tries++)); do
    domain=amazonaws.com bucket_region=
    if [[ $region == cn-* ]]; then domain=amazonaws.com.cn; fi
    : >"$body"
    send "$@" --output "$body"
    if [[ $status == 200 ]]; then return; fi
    if [[ $bucket_region && $bucket_region != "$region" && ! $s3_endpoint ]]; then
      region=$bucket_region
    elif [[ $status == [1-4]* || $tries == 4 ]]; then
      break
    else
      sleep "$pause"
      pause=$((pause * 2))
    fi
    if ((tries > 6)); then break; fi
  done
  if [[ $status == 000 ]]; then fail "$tried: $reply"; fi
  text=$(head -c 4000 -- "$body" | tr -d '\\0')
  said="HTTP status $status"
  if [[ $text == *'<Code>'*'</Code>'* ]]; then text_between "$text" Code && said+=" $found_text"; fi
  if [[ $text == *'<Message>'*'</Message>'* ]]; then text_between "$text" Message && said+=": $found_text"; fi
  if [[ $body == "$answer" ]]; then rm -f -- "$answer"; fi
  fail "$tried: $said"
}

# Sets found_text to the text of an XML element.
text_between() {
  found_text=\${1#*"<$2>"}
  found_text=\${found_text%%"</$2>"*}
}

empty_hash=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855

get_object_by_curl() { request "$part" GET "$key" '' "$empty_hash"; }

put_object_by_curl() {
  local hash
  if (($(stat -L -c %s -- "$path") > 5368709120)); then fail "$tried: it has more than 5 GiB, which S3 does not take at once: install the AWS CLI, which uploads in parts"; fi
  hash=$(sha256sum <"$path") || fail "$tried: the file cannot be read"
  request "$answer" PUT "$key" '' "\${hash%% *}" --upload-file "$path"
  rm -f -- "$answer"
}

# Sets keys to those that start with prefix.
list_objects_by_curl() {
  local tried="cannot list s3://$bucket/$prefix*" encoded chunk escaped=1
  keys=()
  encode_uri "$prefix" ''
  request "$answer" GET '' "encoding-type=url&list-type=2&max-keys=1000&prefix=$encoded" "$empty_hash"
  while IFS= read -r -d '<' chunk; do
    case $chunk in
      'IsTruncated>true') too_many_objects ;;
      'EncodingType>url') escaped= ;;
      'Key>'*) keys+=("\${chunk#Key>}") ;;
    esac
  done <"$answer"
  rm -f -- "$answer"
  for chunk in "\${!keys[@]}"; do
    if [[ $escaped ]]; then
      unescape_xml "\${keys[chunk]}"
    else
      decode_uri "\${keys[chunk]//+/ }"
    fi
    keys[chunk]=$decoded
  done
}

# Sets decoded to a text with the entities of XML decoded.
unescape_xml() {
  local rest=$1
  decoded=
  while [[ $rest == *'&'*';'* ]]; do
    decoded+=\${rest%%&*} rest=\${rest#*&}
    case \${rest%%;*} in
      amp) decoded+='&' ;;
      lt) decoded+='<' ;;
      gt) decoded+='>' ;;
      quot | '#34') decoded+='"' ;;
      apos | '#39') decoded+="'" ;;
      *) fail "cannot list s3://$bucket/$prefix*: a key holds the entity &\${rest%%;*};, which is not understood" ;;
    esac
    rest=\${rest#*;}
  done
  decoded+=$rest
}
`;

// The bash program that asks Parameter Store for a value on the instance: with the aws CLI where it is, else with curl.

/**
 * Bash. Argument: a parameter's name, `/aws/reference/secretsmanager/<id>` for a secret. stdout: its type, a newline, its value; stderr: why not.
 * Signing needs only sha256sum. Keys and tokens go to curl by its standard input, since the arguments of a process can be read by every user.
 * Sources: GetParameter of the Systems Manager API reference, "Create a signed AWS API request" of the IAM user guide, and IMDSv2 of the EC2 user guide.
 */
export const secretProgram = `
export LC_ALL=C
name=$1
endpoint=\${AWS_ENDPOINT_URL_SSM:-\${AWS_ENDPOINT_URL:-}}
imds=\${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}
imds=\${imds%/} endpoint=\${endpoint%/}

fail() {
  printf '%s\\n' "cannot read $name from Parameter Store: $*" >&2
  exit 1
}

metadata_token() {
  curl -q -sS -f --noproxy '*' --connect-timeout 2 --max-time 10 --retry 3 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 600' "$imds/latest/api/token" 2>&1
}

metadata() {
  printf 'header = "X-aws-ec2-metadata-token: %s"\\n' "$token" |
    curl -q -sS -f --noproxy '*' --connect-timeout 2 --max-time 10 --retry 3 -K - "$imds/latest/meta-data/$1" 2>&1
}

# Sets found to the text of a key of a JSON object, its escapes read; fails when there is none.
json_text() {
  local rest escape code pattern="\\"$2\\"[[:space:]]*:[[:space:]]*\\"(([^\\"\\\\\\\\]|\\\\\\\\.)*)\\""
  if [[ ! $1 =~ $pattern ]]; then return 1; fi
  rest=\${BASH_REMATCH[1]} found=
  while [[ $rest == *'\\'* ]]; do
    found+=\${rest%%'\\'*}
    rest=\${rest#*'\\'}
    escape=\${rest:0:1}
    rest=\${rest:1}
    case $escape in
      n) found+=$'\\n' ;;
      t) found+=$'\\t' ;;
      r) found+=$'\\r' ;;
      b) found+=$'\\b' ;;
      f) found+=$'\\f' ;;
      u)
        code=\${rest:0:4}
        rest=\${rest:4}
        if ((16#$code >= 0xd800 && 16#$code < 0xdc00)); then
          code=$((0x10000 + ((16#$code - 0xd800) << 10) + 16#\${rest:2:4} - 0xdc00))
          rest=\${rest:6}
        else
          code=$((16#$code))
        fi
        add_character "$code"
        ;;
      *) found+=$escape ;;
    esac
  done
  found+=$rest
}

# Adds a character in UTF-8, whatever the locale.
add_character() {
  local bytes format byte
  if (($1 < 0x80)); then
    bytes=("$1")
  elif (($1 < 0x800)); then
    bytes=($((0xc0 | $1 >> 6)) $((0x80 | $1 & 0x3f)))
  elif (($1 < 0x10000)); then
    bytes=($((0xe0 | $1 >> 12)) $((0x80 | $1 >> 6 & 0x3f)) $((0x80 | $1 & 0x3f)))
  else
    bytes=($((0xf0 | $1 >> 18)) $((0x80 | $1 >> 12 & 0x3f)) $((0x80 | $1 >> 6 & 0x3f)) $((0x80 | $1 & 0x3f)))
  fi
  for byte in "\${bytes[@]}"; do
    printf -v format '\\\\x%02x' "$byte"
    # shellcheck disable=SC2059 # the format is a byte escape
    printf -v byte "$format"
    found+=$byte
  done
}

find_region() {
  region=\${AWS_REGION:-\${AWS_DEFAULT_REGION:-}}
  if [[ $region ]]; then return; fi
  type -P curl >/dev/null || fail 'neither AWS_REGION is set, nor is there curl to ask the metadata service for the region'
  token=$(metadata_token) || fail "the instance's metadata service at $imds gave no token: $token"
  region=$(metadata placement/region) || fail "the metadata service did not tell the region: $region"
}

find_credentials() {
  local role json
  access_key=\${AWS_ACCESS_KEY_ID:-} secret_key=\${AWS_SECRET_ACCESS_KEY:-} session_token=\${AWS_SESSION_TOKEN:-}
  if [[ $access_key ]]; then return; fi
  token=$(metadata_token) || fail "the instance's metadata service at $imds gave no token, so there are no credentials: $token"
  role=$(metadata iam/security-credentials/) || fail "the metadata service named no role: has the instance a profile with a role? $role"
  role=\${role%%$'\\n'*}
  json=$(metadata "iam/security-credentials/$role") || fail "the metadata service gave no credentials for the role $role: $json"
  json_text "$json" AccessKeyId && access_key=$found
  json_text "$json" SecretAccessKey && secret_key=$found
  json_text "$json" Token && session_token=$found
  if [[ ! $access_key || ! $secret_key ]]; then fail "the metadata service gave no credentials for the role $role"; fi
}

text_hash() {
  local hash
  hash=$(printf '%s' "$1" | sha256sum)
  printf '%s' "\${hash%% *}"
}

# Sets escapes to the printf escapes of bytes in hex, each changed by xor with $2.
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
  local key=$1 escapes inner outer
  while ((\${#key} < 128)); do key+=00; done
  byte_escapes "$key" 0x36
  # shellcheck disable=SC2059 # the formats are byte escapes
  inner=$({ printf "$escapes" && printf '%s' "$2"; } | sha256sum)
  byte_escapes "$key" 0x5c
  outer=$escapes
  byte_escapes "\${inner%% *}" 0
  # shellcheck disable=SC2059
  mac=$(printf "$outer$escapes" | sha256sum)
  mac=\${mac%% *}
}

# Sets said to the answer of GetParameter, and status to its HTTP status.
ask_with_curl() {
  local domain=amazonaws.com body host time scope names headers canonical part text mac
  type -P curl >/dev/null || fail 'there is neither the aws CLI nor curl; install one of them in an earlier step'
  find_credentials
  if [[ $region == cn-* ]]; then domain=amazonaws.com.cn; fi
  endpoint=\${endpoint:-https://ssm.$region.$domain}
  host=\${endpoint#*://}
  body=\${name//'\\'/'\\\\'}
  body="{\\"Name\\":\\"\${body//'"'/'\\"'}\\",\\"WithDecryption\\":true}"
  time=$(date -u +%Y%m%dT%H%M%SZ)
  scope=\${time%%T*}/$region/ssm/aws4_request
  printf -v headers 'content-type:application/x-amz-json-1.1\\nhost:%s\\nx-amz-date:%s\\n' "$host" "$time"
  names='content-type;host;x-amz-date'
  if [[ $session_token ]]; then headers+=x-amz-security-token:$session_token$'\\n' names+=';x-amz-security-token'; fi
  headers+=x-amz-target:AmazonSSM.GetParameter$'\\n' names+=';x-amz-target'
  printf -v canonical 'POST\\n/\\n\\n%s\\n%s\\n%s' "$headers" "$names" "$(text_hash "$body")"
  mac=$(printf 'AWS4%s' "$secret_key" | od -An -v -tx1)
  mac=\${mac//[[:space:]]/}
  for part in "\${time%%T*}" "$region" ssm aws4_request; do authenticate "$mac" "$part"; done
  printf -v text 'AWS4-HMAC-SHA256\\n%s\\n%s\\n%s' "$time" "$scope" "$(text_hash "$canonical")"
  authenticate "$mac" "$text"
  said=$({
    printf 'header = "Authorization: AWS4-HMAC-SHA256 Credential=%s, SignedHeaders=%s, Signature=%s"\\n' "$access_key/$scope" "$names" "$mac"
    while IFS= read -r part; do if [[ $part && $part != host:* ]]; then printf 'header = "%s"\\n' "$part"; fi; done <<<"$headers"
  } | curl -q -sS --connect-timeout 10 --max-time 60 --retry 3 -K - --data-raw "$body" -w '\\n%{http_code}' "$endpoint/" 2>&1) || fail "$said"
  status=\${said##*$'\\n'}
  said=\${said%$'\\n'*}
}

find_region
if type -P aws >/dev/null; then
  said=$(aws ssm get-parameter --region "$region" --name "$name" --with-decryption --query 'Parameter.{Type:Type,Value:Value}' --output json 2>&1) || fail "$said"
else
  ask_with_curl
  if [[ $status != 200 ]]; then
    json_text "$said" message || json_text "$said" Message || found=$said
    text=$found
    json_text "$said" __type || found="HTTP status $status"
    fail "\${found##*#}: $text"
  fi
fi
json_text "$said" Type || fail "the answer has no Type: it is not understood"
type=$found
json_text "$said" Value || fail "the answer has no Value: it is not understood"
printf '%s\\n%s' "$type" "$found"
`;

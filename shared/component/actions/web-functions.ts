// Bash of WebDownload, with curl or wget.

/** Bash, after publishFunctions and uriFunctions. Every answer but a final 200 is a failed try; there are five tries, with 1, 2, 4 and 8 seconds between them. */
export const webFunctions = `
separator=

# source, destination, overwrite, checksum, algorithm, ignoreCertificateErrors
web_download() {
  local url=$1 sum='' name part said tries pause=1
  if [[ ! $url =~ ^[Hh][Tt][Tt][Pp][Ss]?://[^/[:space:][:cntrl:]] || $url == *[[:space:][:cntrl:]]* ]]; then
    fail "the input \\"source\\" is \\"$url\\"; it must be a URL that starts with http:// or https://, without blanks"
  fi
  if [[ $4 && $5 ]]; then
    case \${5^^} in
      MD5 | SHA1 | SHA256 | SHA512) sum=\${5,,}sum ;;
      *) fail "the input \\"algorithm\\" is \\"$5\\"; it must be MD5, SHA1, SHA256 or SHA512" ;;
    esac
  fi
  read_path destination "$2"
  if [[ $ends_in_slash ]]; then
    name_in_url "$url"
    path=\${path%/}/$name
  elif [[ -d $path ]]; then
    fail "cannot download $url to $path: that is a folder; end \\"destination\\" in / to download into it"
  fi
  if ! is_true overwrite "$3" && exists "$path"; then fail "cannot download $url to $path: it exists already, and \\"overwrite\\" is false"; fi
  if [[ $sum && -f $path && $(hash_of "$path") == "\${4,,}" ]]; then
    printf '%s\\n' "$path has the checksum already, so $url was not downloaded"
  else
    start_part
    for ((tries = 1; ; tries++)); do
      : >"$part"
      if fetch_once "$url" "$6"; then break; fi
      if ((tries == 5)); then fail "cannot download $url to $path: $said; $tries tries"; fi
      printf '%s\\n' "$url: $said; next try in $pause s" >&2
      sleep "$pause"
      pause=$((pause * 2))
    done
    if [[ $sum && $(hash_of "$part") != "\${4,,}" ]]; then fail "cannot download $url to $path: what came has the \${5^^} $(hash_of "$part"), the input \\"checksum\\" is \${4,,}"; fi
    publish_part
    printf '%s\\n' "downloaded $url to $path"
  fi
  printf '%s%s' "$separator" "$path" >>"$IMAGE_BUILDER_OUTPUTS/destination" || fail "cannot keep the output "destination""
  separator=$'\\n'
}

hash_of() {
  local hash
  hash=$("$sum" <"$1") && printf '%s' "\${hash%% *}"
}

# Sets name to the last part of a URL's path, its %-escapes decoded.
name_in_url() {
  local rest=\${1%%[?#]*} decoded
  rest=\${rest#*://}/
  rest=\${rest#*/}
  rest=\${rest%/}
  decode_uri "\${rest##*/}"
  name=$decoded
  if [[ ! $name || $name == . || $name == .. || $name == */* ]]; then fail "cannot download $1: the URL does not end in a file name, so \\"destination\\" must name the file"; fi
}

# Fills part from a URL; said is what went wrong. Exit code 1: try again.
fetch_once() {
  local options=() reply status=000 line code=0
  if type -P curl >/dev/null; then
    if is_true ignoreCertificateErrors "$2"; then options=(--insecure); fi
    # A transfer that stands still for two minutes is a failed try.
    reply=$(curl -q --silent --show-error --globoff --location --max-redirs 20 --proto '=http,https' --connect-timeout 30 --speed-limit 1 --speed-time 120 \\
      "\${options[@]}" --output "$part" --write-out 'final status:%{http_code};' --url "$url" 2>&1)
    code=$?
    if [[ $reply =~ 'final status:'([0-9]{3})';' ]]; then
      status=\${BASH_REMATCH[1]}
      reply=\${reply%%'final status:'*}\${reply#*'final status:'???';'}
    fi
  else
    if ! type -P wget >/dev/null; then fail "needs curl or wget, and this machine has neither: install one in an earlier step"; fi
    if is_true ignoreCertificateErrors "$2"; then options=(--no-check-certificate); fi
    reply=$(wget --no-verbose --server-response --tries=1 --max-redirect=20 --timeout=120 "\${options[@]}" --output-document="$part" -- "$url" 2>&1)
    code=$?
    while IFS= read -r line; do
      if [[ $line =~ ^' '*HTTP/[0-9.]+' '([0-9]{3}) ]]; then status=\${BASH_REMATCH[1]}; fi
    done <<<"$reply"
  fi
  if ((code == 0)) && [[ $status == 200 ]]; then return 0; fi
  if [[ $status == 000 || $status == 200 ]]; then
    said=\${reply:-"exit code $code"}
    said=\${said%$'\\n'}
  else
    said="the final HTTP status is $status, not 200"
  fi
  return 1
}
`;

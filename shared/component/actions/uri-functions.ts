// Bash that reads the %-escapes of URLs and of S3's lists of keys.

/** Bash. */
export const uriFunctions = `
# Sets decoded to a text with its %-escapes decoded.
decode_uri() {
  local LC_ALL=C rest=$1 byte
  decoded=
  while [[ $rest == *%[0-9A-Fa-f][0-9A-Fa-f]* ]]; do
    decoded+=\${rest%%%[0-9A-Fa-f][0-9A-Fa-f]*}
    rest=\${rest#"\${rest%%%[0-9A-Fa-f][0-9A-Fa-f]*}"}
    # shellcheck disable=SC2059 # the format is one escape
    printf -v byte "\\\\x\${rest:1:2}"
    decoded+=$byte rest=\${rest:3}
  done
  decoded+=$rest
}
`;

// The part of every emitted script that makes JSON of texts.

/** Bash. Any bytes become a valid JSON string of bounded length. */
export const jsonDriver = `
# Sets json to a JSON string of the last (tail) or first (head) bytes of standard input, at most $2 bytes with its quotes.
# Valid UTF-8 stays, control characters are escaped, bytes that are no UTF-8 become U+FFFD.
encode() {
  local LC_ALL=C bytes units=() sizes=() total=2 index=0 byte need low high next unit size format
  # Four bytes more than can stay: a character that the cut broke is then among those that go.
  # shellcheck disable=SC2207 # the numbers are to be words
  bytes=($("$1" -c $(($2 + 4)) | od -An -v -tu1))
  while ((index < \${#bytes[@]})); do
    byte=\${bytes[index]} size=2 need=0 low=128 high=191
    case $byte in
      34) unit='\\"' ;;
      92) unit='\\\\' ;;
      10) unit='\\n' ;;
      13) unit='\\r' ;;
      9) unit='\\t' ;;
      *)
        if ((byte < 32 || byte == 127)); then
          printf -v unit '\\\\u%04x' "$byte"
          size=6
        elif ((byte < 127)); then
          printf -v format '\\\\x%x' "$byte"
          # shellcheck disable=SC2059 # the format holds nothing but \\x escapes
          printf -v unit "$format"
          size=1
        else
          if ((byte >= 194 && byte <= 223)); then need=1; elif ((byte >= 224 && byte <= 239)); then need=2; elif ((byte >= 240 && byte <= 244)); then need=3; fi
          case $byte in
            224) low=160 ;;
            237) high=159 ;;
            240) low=144 ;;
            244) high=143 ;;
          esac
          printf -v format '\\\\x%x' "$byte"
          for ((next = 1; next <= need; next++)); do
            if ((index + next >= \${#bytes[@]} || bytes[index + next] < low || bytes[index + next] > high)); then need=0; fi
            if ((need > 0)); then printf -v format '%s\\\\x%x' "$format" "\${bytes[index + next]}"; fi
            low=128 high=191
          done
          if ((need > 0)); then
            # shellcheck disable=SC2059 # the format holds nothing but \\x escapes
          printf -v unit "$format"
            size=$((need + 1))
          else
            unit='\\ufffd'
            size=6
          fi
        fi
        ;;
    esac
    units+=("$unit")
    sizes+=("$size")
    total=$((total + size))
    index=$((index + need + 1))
  done
  local first=0 last=\${#units[@]}
  while ((total > $2)); do
    if [[ $1 == tail ]]; then
      total=$((total - sizes[first]))
      first=$((first + 1))
    else
      last=$((last - 1))
      total=$((total - sizes[last]))
    fi
  done
  json='"'
  while ((first < last)); do
    json+=\${units[first]}
    first=$((first + 1))
  done
  json+='"'
}

# Sets json to what encode makes of the end (tail) or the beginning (head) of a file, at most $2 bytes; plain text, which most is, needs no loop over its bytes.
encode_file() {
  local LC_ALL=C text cut
  if ! short_text "$3" 4096 || [[ $text == *[!$'\\n\\t\\r'$'\\x20'-$'\\x7e']* ]]; then
    encode "$1" "$2" <"$3"
    return
  fi
  json_of "$text" 4096
  # No character has more than two bytes here, so that half of what is too much is never more than has to go.
  while ((\${#json} > $2)); do
    cut=$(((\${#json} - $2 + 1) / 2))
    if [[ $1 == tail ]]; then text=\${text:cut}; else text=\${text:0:\${#text} - cut}; fi
    json_of "$text" 4096
  done
}

# Whether a text is valid UTF-8: nothing beyond ASCII is left of it without the sequences that are.
is_utf_8() {
  local LC_ALL=C text=$1 tail=[$'\\x80'-$'\\xbf']
  if [[ $text != *[!$'\\x01'-$'\\x7f']* ]]; then return; fi
  text=\${text//[$'\\xc2'-$'\\xdf']$tail/ }
  text=\${text//$'\\xe0'[$'\\xa0'-$'\\xbf']$tail/ }
  text=\${text//[$'\\xe1'-$'\\xec'$'\\xee'$'\\xef']$tail$tail/ }
  text=\${text//$'\\xed'[$'\\x80'-$'\\x9f']$tail/ }
  text=\${text//$'\\xf0'[$'\\x90'-$'\\xbf']$tail$tail/ }
  text=\${text//[$'\\xf1'-$'\\xf3']$tail$tail$tail/ }
  text=\${text//$'\\xf4'[$'\\x80'-$'\\x8f']$tail$tail/ }
  [[ $text != *[!$'\\x01'-$'\\x7f']* ]]
}

# Sets json to the JSON string of a text of at most $2 bytes; what is longer is cut, which the text then says. All of it is quick, but a text that is
# no UTF-8 loses what is beyond ASCII.
json_of() {
  local LC_ALL=C text=$1 backslash='\\' code control code_text
  if ((\${#text} > $2)); then
    text=\${text:0:$2}
    for code in 1 2 3; do if [[ $text == *[$'\\x80'-$'\\xbf'] ]]; then text=\${text%?}; fi; done
    text="\${text%[$'\\xc0'-$'\\xff']} (cut)"
  fi
  if ! is_utf_8 "$text"; then text=\${text//[!$'\\x01'-$'\\x7f']/$'\\xef\\xbf\\xbd'}; fi
  text=\${text//"$backslash"/"$backslash$backslash"}
  text=\${text//'"'/"$backslash"'"'}
  text=\${text//$'\\n'/"$backslash"n}
  text=\${text//$'\\t'/"$backslash"t}
  text=\${text//$'\\r'/"$backslash"r}
  if [[ $text == *[$'\\x01'-$'\\x1f']* ]]; then
    for ((code = 1; code < 32; code++)); do
      printf -v control '\\\\x%02x' "$code"
      # shellcheck disable=SC2059 # the format is one byte escape
      printf -v control "$control"
      printf -v code_text '%su%04x' "$backslash" "$code"
      text=\${text//"$control"/"$code_text"}
    done
  fi
  json="\\"$text\\""
}
`;

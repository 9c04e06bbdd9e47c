// Bash that reads and writes text in the encodings of the file modules.

/**
 * Bash, after failureFunctions. The encodings name their byte order (AWS's guide: bare utf-16 and utf-32 are little-endian), so no byte-order mark is written; one
 * that is read is dropped. UTF-8 needs no program; the others need iconv, which glibc brings along.
 */
export const encodingFunctions = `
# Sets charset to what iconv calls an encoding.
read_encoding() {
  case \${1,,} in
    utf8 | utf-8) charset=UTF-8 ;;
    utf16 | utf-16 | utf16-le | utf-16-le) charset=UTF-16LE ;;
    utf16-be | utf-16-be) charset=UTF-16BE ;;
    utf32 | utf-32 | utf32-le | utf-32-le) charset=UTF-32LE ;;
    utf32-be | utf-32-be) charset=UTF-32BE ;;
    *) fail "the input \\"encoding\\" is \\"$1\\"; it must be utf-8, utf-16, utf-16-LE, utf-16-BE, utf-32, utf-32-LE or utf-32-BE" ;;
  esac
  if [[ $charset != UTF-8 ]]; then need iconv "the encoding $charset"; fi
}

# Appends a text to a file in the encoding charset.
append_text() {
  if [[ $charset == UTF-8 ]]; then
    printf '%s' "$1" >>"$2"
  else
    printf '%s' "$1" | iconv -f UTF-8 -t "$charset" >>"$2"
  fi
}
`;

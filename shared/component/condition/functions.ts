// What the operators of a condition are in bash; each says on stdout what it compared, and sets its verdict as its exit status.

/**
 * Bash. A condition is a bash file: these functions, then one expression of them, true is exit code 0 and false 1; a condition that cannot be judged ends with 2 and
 * says why on stderr. Case is ignored as the user guide says; letters beyond ASCII have case where the locale C.UTF-8 exists.
 */
export const conditionFunctions = `
export LC_ALL=C
said=''
shopt -s nocasematch

# Operator, verdict so far (the exit status), what was compared.
verdict() {
  local status=$1 word=true compared
  if ((status)); then word=false; fi
  shift
  compared=$*
  # What is cut in the middle could be a part of a secret, which no mask would find.
  if ((\${#compared} > 200)); then compared="\${compared%% *} of a long text"; fi
  printf '%s: %s\\n' "\${compared//$'\\n'/ }" "$word"
  said+="\${said:+; }$compared: $word"
  return "$status"
}

lower() {
  local LC_ALL=C.UTF-8
  folded=\${1,,}
} 2>/dev/null

# Operator, baseline, tested text.
compare_strings() {
  local folded left right status=1
  shopt -u nocasematch
  lower "$3"
  left=$folded
  lower "$2"
  right=$folded
  case $1 in
    stringEquals) [[ $left == "$right" ]] ;;
    stringLessThan) [[ $left < $right ]] ;;
    stringLessThanEquals) [[ ! $left > $right ]] ;;
    stringGreaterThan) [[ $left > $right ]] ;;
    stringGreaterThanEquals) [[ ! $left < $right ]] ;;
  esac
  status=$?
  shopt -s nocasematch
  verdict "$status" "$1 '$2', value '$3'"
}

# Sets sign, whole and fraction of a number in its shortest form; fails for what is none.
read_number() {
  local pattern='^([-+]?)([0-9]+)([.]([0-9]+))?$'
  if [[ ! $1 =~ $pattern ]]; then return 1; fi
  sign=\${BASH_REMATCH[1]} whole=\${BASH_REMATCH[2]} fraction=\${BASH_REMATCH[4]}
  whole=\${whole#"\${whole%%[!0]*}"}
  fraction=\${fraction%"\${fraction##*[!0]}"}
  if [[ $sign != - || ! $whole$fraction ]]; then sign=+; fi
}

# Sets order to -1, 0 or 1: the first number (three words) against the second. Digits of any length: texts are compared.
order_numbers() {
  local low=-1 high=1
  order=0
  if [[ $1 != "$4" ]]; then
    if [[ $1 == - ]]; then order=-1; else order=1; fi
    return
  fi
  if [[ $1 == - ]]; then low=1 high=-1; fi
  if ((\${#2} != \${#5})); then
    if ((\${#2} < \${#5})); then order=$low; else order=$high; fi
  elif [[ $2 < $5 || ( $2 == "$5" && $3 < $6 ) ]]; then
    order=$low
  elif [[ $2 != "$5" || $3 != "$6" ]]; then
    order=$high
  fi
}

# Operator, baseline, tested text; what is no number makes it false.
compare_numbers() {
  local sign whole fraction order tested status=1
  if read_number "$3"; then
    tested=("$sign" "$whole" "$fraction")
    if read_number "$2"; then
      order_numbers "\${tested[@]}" "$sign" "$whole" "$fraction"
      case $1 in
        numberEquals) ((order == 0)) ;;
        numberLessThan) ((order < 0)) ;;
        numberLessThanEquals) ((order <= 0)) ;;
        numberGreaterThan) ((order > 0)) ;;
        numberGreaterThanEquals) ((order >= 0)) ;;
      esac
      status=$?
    fi
  fi
  verdict "$status" "$1 $2, value $3"
}

# Pattern as the document has it, as bash has it, tested text.
matches_pattern() {
  local status
  match_in_utf_8 "$2" "$3"
  status=$?
  if ((status > 1)); then
    printf 'patternMatches: bash cannot read the pattern %s\\n' "$1" >&2
    exit 2
  fi
  verdict "$status" "patternMatches '$1', value '$3'"
}

match_in_utf_8() {
  local LC_ALL=C.UTF-8
  [[ $2 =~ $1 ]]
} 2>/dev/null

is_empty() {
  [[ ! $1 ]]
  verdict $? "stringIsEmpty '$1'"
}

is_whitespace() {
  [[ $1 && $1 != *[![:space:]]* ]]
  verdict $? "stringIsWhitespace '$1'"
}

binary_exists() {
  type -- "$1" >/dev/null 2>&1
  verdict $? "binaryExists '$1'"
}

file_exists() {
  [[ -f $1 ]]
  verdict $? "fileExists '$1'"
}

folder_exists() {
  [[ -d $1 ]]
  verdict $? "folderExists '$1'"
}

# Operator, program, hash, path; a file that is missing has no hash.
hash_equals() {
  local sum=''
  if [[ -f $4 ]]; then sum=$("$2" <"$4"); fi
  [[ $sum && \${sum%% *} == "$3" ]]
  verdict $? "$1 '$3', path '$4' with \${sum%% *}"
}
`;

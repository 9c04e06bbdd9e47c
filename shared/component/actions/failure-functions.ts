// Bash that every action module's script starts with: how a step fails, and how inputs that are known only at run time are judged.

/** Bash. `here` is the module and its item, for messages; what fails ends the step with exit code 1, after saying what was tried, on what, and what was said. */
export const failureFunctions = `
fail() {
  printf '%s: %s\\n' "$here" "$1" >&2
  exit 1
}

# Makes one line of what a command said: only the last line stands in the result.
one_line() {
  local blanks=\${said%%[![:space:]]*}
  said=\${said#"$blanks"}
  blanks=\${said##*[![:space:]]}
  said=\${said%"$blanks"}
  said=\${said:0:1500}
  said=\${said//$'\\n'/; }
}

# Runs a command; when that fails, ends the step with what was tried ($1) and what the command said.
try() {
  local tried=$1 said code
  shift
  said=$("$@" 2>&1)
  code=$?
  if ((code == 0)); then return; fi
  one_line
  fail "$tried: \${said:-"$1 ended with exit code $code"}"
}

# Whether the boolean input named $1 is true.
is_true() {
  case \${2,,} in
    true) return 0 ;;
    false) return 1 ;;
    *) fail "the input \\"$1\\" is \\"$2\\"; it must be true or false" ;;
  esac
}

# Ends the step when the program $1 is missing; $2 says what it is for.
need() {
  if ! type -P "$1" >/dev/null; then fail "$2 needs the program $1, which this machine does not have: install it in an earlier step"; fi
}
`;

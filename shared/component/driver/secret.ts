// The part of an emitted script that gets values of Parameter Store and Secrets Manager, and remembers them to keep them out of the logs.
import { quote } from '../quote.ts';
import { secretProgram } from './secret-program.ts';

/** Bash. A value is asked for once a boot; until the run has ended it is in a file that only root can read, for the masks after a reboot. */
export const secretDriver = `
secret_program=${quote(secretProgram)}
declare -A fetched

# Adds what to mask: a value as it is, and as it stands between single quotes. A short String is no secret, and masking it would spoil the log.
add_secret() {
  local type=$1 text=$2 inside
  if [[ ! $text || ( $type != SecureString && \${#text} -lt 4 ) ]]; then return; fi
  secrets+=("$text")
  inside=$(quoted "$text")
  if [[ $inside != "$text" ]]; then secrets=("$inside" "\${secrets[@]}"); fi
}

load_secrets() {
  local type text
  if [[ ! -e $root/secrets ]]; then return; fi
  while IFS=' ' read -r type text; do add_secret "$type" "$text"; done <"$root/secrets"
}

# Sets value to the value of a parameter of Parameter Store.
secret() {
  local answer type
  if [[ \${fetched[x$1]+found} ]]; then
    value=\${fetched[x$1]}
    return
  fi
  if ! answer=$(bash -c "$secret_program" secret "$1" 2>"$state/secret.said"); then
    reason=$(tail -n 1 "$state/secret.said")
    reason=\${reason:-"cannot read $1 from Parameter Store"}
    return 1
  fi
  type=\${answer%%$'\\n'*}
  value=\${answer#*$'\\n'}
  if [[ $value == *$'\\n'* ]]; then
    reason="the value of $1 in Parameter Store has more than one line, which cannot be kept out of the logs"
    return 1
  fi
  fetched[x$1]=$value
  if ! printf '%s %s\\n' "$type" "$value" >>"$root/secrets"; then stop "cannot write $root/secrets: is the disk full?"; fi
  add_secret "$type" "$value"
}
`;

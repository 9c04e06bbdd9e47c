// The script that puts the user's files in place.
import { emit } from '../component/emit.ts';
import type { Host } from '../component/program.ts';
import { quote } from '../component/quote.ts';

export type InstanceFile = {
  /** Absolute path on the instance; missing parents are made (mode 0755). */
  destination: string;
  /** Octal, `0644` when not given. */
  mode?: string;
  /** `user`, `user:group` or `:group`; the account that runs the command (root) when not given. */
  owner?: string;
  /** Base64. */
  content: string;
};

/** Seconds after which the script has ended, with the time of its driver. */
export const filesSeconds = 1800;

/**
 * Writes files, each whole or not at all; an existing file or symbolic link is replaced, a directory in its place is an error. The first
 * failure ends it. Whether `sentScript` of it stays within `sentLimit` is for the caller to see. Same result protocol as a component's script.
 */
export function filesScript({ runKey, files, host }: { runKey: string; files: InstanceFile[]; host?: Host }): string {
  const steps = [
    {
      phase: 'files',
      name: 'WriteFiles',
      action: 'CreateFile',
      timeoutSeconds: 600,
      onFailure: 'Abort' as const,
      maxAttempts: 1,
      script: [{ literal: `${writeFile}\n${files.map(call).join('\n')}\n` }],
    },
  ];
  return emit({ name: 'files', steps, workingDirectory: '/', runKey, ...(host && { host }) });
}

/** Text goes as text: it is compressed far better than its base64. */
function call({ destination, mode = '0644', owner = '', content }: InstanceFile): string {
  const bytes = Buffer.from(content, 'base64');
  const text = bytes.toString('utf8');
  const plain = !text.includes('\0') && Buffer.from(text).equals(bytes);
  const words = [destination, mode, owner, plain ? 'text' : 'base64', plain ? text : bytes.toString('base64')];
  return `write ${words.map(quote).join(' ')} || exit 1`;
}

const writeFile = `
write() {
  local destination=$1 mode=$2 owner=$3 form=$4 content=$5 folder new
  folder=\${destination%/*}
  (umask 022 && mkdir -p -- "\${folder:-/}") || return 1
  if [[ -d $destination ]]; then
    echo "$destination is a directory; give the name of the file too" >&2
    return 1
  fi
  new=$(mktemp -- "$folder/.image-builder.XXXXXXXX") || return 1
  if ! { fill "$form" "$content" >"$new" && { [[ ! $owner ]] || chown -- "$owner" "$new"; } && chmod -- "$mode" "$new" && mv -fT -- "$new" "$destination"; }; then
    rm -f -- "$new"
    echo "cannot write $destination (mode $mode\${owner:+, owner $owner})" >&2
    return 1
  fi
  echo "wrote $destination, $(stat -c '%s bytes, mode %a, owner %U:%G' -- "$destination")"
}

fill() {
  if [[ $1 == text ]]; then printf '%s' "$2"; else printf '%s' "$2" | base64 -d; fi
}
`;

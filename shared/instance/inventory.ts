// The script that lists the packages of an instance: what dpkg and rpm have installed, compressed on stdout.
import { quote } from '../component/quote.ts';

export type InventoryOptions = {
  /** A directory that stands for `/`. */
  root?: string;
  /** Seconds for one package manager; 300 when not given. */
  waitSeconds?: number;
};

/** Seconds after which the script has ended: both package managers hang, and the machine is slow. */
export const inventorySeconds = 900;

/**
 * Reads and changes nothing, so a second copy of it does no harm. stdout: one line, `inventory ` and the lines that `parseInventory`
 * reads, as gzip in base64; without the last line (`end`) where a package manager failed, which stderr tells. Exit code 0, or 1 when
 * nothing could be printed. A package manager that is absent, or has no database, is none.
 */
export function inventoryScript({ root = '', waitSeconds = 300 }: InventoryOptions = {}): string {
  return [
    '#!/bin/bash',
    '# The software inventory: made by Serverless Image Builder, run by bash 4 or newer.',
    `root=${quote(root.replace(/\/+$/, ''))}`,
    `wait_seconds=${waitSeconds}`,
    listing,
  ].join('\n');
}

/** dpkg also lists what was removed and left its configuration: the second letter of its state says what is there. */
const listing = `export LC_ALL=C PATH="\${PATH:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}"
set -o pipefail
count=0 failed=0

# ID and VERSION_ID of os-release, which is read and not run.
os_release() {
  local file line id= version=
  for file in "$root/etc/os-release" "$root/usr/lib/os-release"; do
    if [[ -r $file ]]; then break; fi
  done
  if [[ -r $file ]]; then
    while IFS= read -r line; do
      line=\${line//[\\"\\']/}
      case $line in
        ID=*) id=\${line#ID=} ;;
        VERSION_ID=*) version=\${line#VERSION_ID=} ;;
      esac
    done <"$file"
  fi
  printf 'os\\t%s\\n' "\${id:+$id\${version:+ $version}}"
}

dpkg_packages() {
  timeout "$wait_seconds" dpkg-query \${root:+"--admindir=$root/var/lib/dpkg"} -W \\
    -f='\${db:Status-Abbrev}\\t\${Package}\\t\${Version}\\t\${Architecture}\\t\${source:Package}\\t\${source:Version}\\n'
}

rpm_packages() {
  timeout "$wait_seconds" rpm \${root:+"--root=$root"} -qa \\
    --qf '%{NAME}\\t%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\\t%{ARCH}\\t%{SOURCERPM}\\n'
}

# What is the same as before it is left out, since Run Command tells 24,000 characters.
list_dpkg() {
  local state name version arch source source_version
  while IFS=$'\\t' read -r state name version arch source source_version; do
    if [[ \${state:1:1} != i ]]; then continue; fi
    if [[ $source == "$name" ]]; then source=; fi
    if [[ $source_version == "$version" ]]; then source_version=; fi
    printf 'dpkg\\t%s\\t%s\\t%s\\t%s\\t%s\\n' "$name" "$version" "$arch" "$source" "$source_version"
    count=$((count + 1))
  done
}

list_rpm() {
  local name version arch source
  while IFS=$'\\t' read -r name version arch source; do
    if [[ ! $name ]]; then continue; fi
    printf 'rpm\\t%s\\t%s\\t%s\\t%s\\n' "$name" "$version" "$arch" "$source"
    count=$((count + 1))
  done
}

list() {
  local packages
  if packages=$("$1_packages"); then
    "list_$1" <<<"$packages"
  else
    echo "$1 could not list its packages (exit code $?)" >&2
    failed=1
  fi
}

has_files() {
  local path
  for path in "$1"/*; do
    if [[ -s $path && -f $path ]]; then return 0; fi
  done
  return 1
}

lines() {
  os_release
  if [[ -s $root/var/lib/dpkg/status ]] && command -v dpkg-query >/dev/null; then list dpkg; fi
  if { has_files "$root/var/lib/rpm" || has_files "$root/usr/lib/sysimage/rpm"; } && command -v rpm >/dev/null; then list rpm; fi
  if ((failed == 0)); then printf 'end\\t%s\\n' "$count"; fi
}

printf 'inventory '
lines | gzip -9c | base64 -w 0 || exit 1
echo
`;

// Bash of UpdateOS: the same request to the package manager of each family of Linux.

/**
 * Bash, after failureFunctions. `include` and `exclude` are arrays. AWS's module knows yum and apt-get; dnf with Amazon Linux 2023, whose repositories are locked to
 * a release (so --releasever=latest, as its user guide says), and zypper are ours.
 */
export const updateFunctions = `
os_release=/etc/os-release

# Sets manager to the package manager of this Linux, or else the first one there is.
find_manager() {
  local family candidate line key
  os_id='' os_version=''
  family='' manager=''
  while IFS= read -r line; do
    key=\${line%%=*} line=\${line#*=}
    line=\${line//[\\"\\']/}
    case $key in
      ID) family+=" $line " os_id=$line ;;
      ID_LIKE) family+=" $line " ;;
      VERSION_ID) os_version=$line ;;
    esac
  done < <(cat -- "$os_release" 2>/dev/null)
  case $family in
    *' debian '* | *' ubuntu '*) set -- apt-get ;;
    *suse* | *' sles '* | *' sle_'*) set -- zypper ;;
    *' fedora '* | *' rhel '* | *' centos '* | *' amzn '*) set -- dnf yum ;;
  esac
  for candidate in "$@" dnf yum zypper apt-get; do
    if type -P "$candidate" >/dev/null; then
      manager=$candidate
      return
    fi
  done
  fail "cannot update the operating system: this machine has none of dnf, yum, zypper and apt-get"
}

# Runs a command whose output is shown; ends the step when it fails.
run() {
  local code
  printf '+ %s\\n' "$*"
  "$@"
  code=$?
  if ((code != 0)); then fail "cannot update the operating system: $* ended with exit code $code"; fi
}

update_os() {
  local name pattern kept packages=() arguments=()
  for name in "\${include[@]}" "\${exclude[@]}"; do
    if [[ ! $name || $name == -* || $name == *[[:space:]]* ]]; then fail "cannot update the operating system: \\"$name\\" is no name of a package"; fi
  done
  for name in "\${include[@]}"; do
    kept=1
    for pattern in "\${exclude[@]}"; do
      # shellcheck disable=SC2053 # names may have wildcards
      if [[ $name == $pattern ]]; then kept=; fi
    done
    if [[ $kept ]]; then packages+=("$name"); fi
  done
  if ((\${#include[@]} > 0 && \${#packages[@]} == 0)); then
    printf '%s\\n' 'nothing to update: every package in "include" is in "exclude" too'
    return
  fi
  find_manager
  "update_by_$manager"
}

update_by_dnf() {
  # Else only the repositories that the image was made from are looked at, and there is never an update.
  if [[ $os_id == amzn && $os_version == 2023* ]]; then arguments+=(--releasever=latest); fi
  for name in "\${exclude[@]}"; do arguments+=("--exclude=$name"); done
  run dnf -y --refresh upgrade "\${arguments[@]}" "\${packages[@]}"
}

update_by_yum() {
  for name in "\${exclude[@]}"; do arguments+=("--exclude=$name"); done
  run yum -y update "\${arguments[@]}" "\${packages[@]}"
}

# zypper has no option to leave packages out; a lock does it, and is taken away again.
update_by_zypper() {
  local code tries locked
  run zypper --non-interactive refresh
  unlocked=()
  # A table with the name in the second column.
  locked=" $(zypper --non-interactive locks | cut -s -d '|' -f 2 | tr -s '\\n' ' ') "
  for name in "\${exclude[@]}"; do
    if [[ $locked != *" $name "* ]]; then unlocked+=("$name"); fi
  done
  if ((\${#unlocked[@]} > 0)); then
    trap 'zypper --non-interactive removelock "\${unlocked[@]}"' EXIT
    trap 'exit 143' TERM
    run zypper --non-interactive addlock "\${unlocked[@]}"
  fi
  for ((tries = 1; ; tries++)); do
    printf '+ %s\\n' 'zypper --non-interactive update'
    zypper --non-interactive update --auto-agree-with-licenses "\${packages[@]}"
    code=$?
    # 102: a reboot is suggested; 103: zypper updated itself and wants to run again (zypper(8), EXIT CODES).
    case $code in
      0 | 102) break ;;
      103) if ((tries < 3)); then continue; fi ;;
    esac
    fail "cannot update the operating system: zypper update ended with exit code $code"
  done
}

# apt-get has no option to leave packages out; a hold does it, and is taken away again.
update_by_apt-get() {
  local held
  export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a
  arguments=(-y -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=600)
  run apt-get "\${arguments[@]}" update
  unlocked=()
  held=" $(apt-mark showhold | tr '\\n' ' ') "
  for pattern in "\${exclude[@]}"; do
    while IFS= read -r name; do
      if [[ $name && $held != *" $name "* ]]; then unlocked+=("$name"); fi
    done < <(dpkg-query -W -f '\${Package}\\n' -- "$pattern" 2>/dev/null)
  done
  if ((\${#unlocked[@]} > 0)); then
    trap 'apt-mark unhold -- "\${unlocked[@]}"' EXIT
    trap 'exit 143' TERM
    run apt-mark hold -- "\${unlocked[@]}"
  fi
  if ((\${#packages[@]} > 0)); then
    run apt-get "\${arguments[@]}" --only-upgrade install -- "\${packages[@]}"
  else
    # New packages too: a new kernel is one.
    run apt-get "\${arguments[@]}" --with-new-pkgs upgrade
  fi
}
`;

// What is erased before an image is made, section by section, by the marker names of EC2 Image Builder's own script.

/**
 * What Image Builder erases (user guide, security best practices: required post-build clean-up), with its gaps closed: all SSH host keys instead of three kinds (a DSA key survives there), the
 * authorized_keys of all homes in /etc/passwd instead of /home/*, and the histories of shells and of clients that may hold passwords.
 */
export const skippableSections = {
  skip_cleanup_cloudinit_files: `
erase "$root"/etc/sudoers.d/90-cloud-init-users "$root"/etc/locale.conf \\
  "$root"/var/log/cloud-init.log "$root"/var/log/cloud-init-output.log "$root"/var/lib/cloud/*
`,
  skip_cleanup_instance_files: `
erase "$root"/etc/.updated "$root"/etc/aliases.db "$root"/etc/hostname "$root"/var/.updated \\
  "$root"/var/cache/yum/x86_64/2/.gpgkeyschecked.yum "$root"/var/lib/misc/postfix.aliasesdb-stamp \\
  "$root"/var/lib/postfix/master.lock "$root"/var/spool/postfix/pid/master.pid
`,
  skip_cleanup_ssh_files: `
erase "$root"/etc/ssh/ssh_host_*_key "$root"/etc/ssh/ssh_host_*_key.pub "$root"/etc/ssh/ssh_host_key "$root"/etc/ssh/ssh_host_key.pub
for home in "\${homes[@]}"; do
  erase "$home"/.ssh/authorized_keys "$home"/.ssh/authorized_keys2
done
`,
  skip_cleanup_instance_log_files: `
erase "$root"/var/log/audit/audit.log* "$root"/var/log/boot.log* "$root"/var/log/dmesg* "$root"/var/log/cron*
`,
  skip_cleanup_toe_files: `
erase "$root$working_directory"/TOE_*
`,
  skip_cleanup_ssm_log_files: `
erase "$root"/var/log/amazon/ssm/*
`,
};

export type SanitiseSection = keyof typeof skippableSections;

export const alwaysErased = `
for home in "\${homes[@]}"; do
  erase "$home"/.bash_history "$home"/.zsh_history "$home"/.zhistory "$home"/.sh_history "$home"/.ash_history "$home"/.ksh_history \\
    "$home"/.history "$home"/.local/share/fish/fish_history "$home"/.python_history "$home"/.node_repl_history \\
    "$home"/.mysql_history "$home"/.psql_history "$home"/.sqlite_history "$home"/.rediscli_history "$home"/.lesshst
done
erase "$root"/var/log/sa/sa* "$root"/var/lib/dhclient/*.lease* "$root"/var/lib/dhcp/*.lease* "$root"/var/tmp/* \\
  "$root"/var/lib/systemd/random-seed "$root"/var/lib/random-seed "$root"/var/lib/rsyslog/imjournal.state
# journald makes new files for those it loses: asked to, it writes to /run only; where it cannot, what comes back is new and harmless.
if [[ -z $root ]] && command -v journalctl >/dev/null; then timeout 60 journalctl --relinquish-var >/dev/null 2>&1; fi
failed_before=$failed
erase "$root"/var/log/journal/*
failed=$failed_before
# Instances of the image would register with this instance's key.
erase "$root"/var/lib/amazon/ssm/Vault "$root"/var/lib/amazon/ssm/credentials "$root"/var/lib/amazon/ssm/registration
# The agent keeps every script it ran; the one that runs now is this one, and the agent still writes beside it.
if [[ -n \${SSM_COMMAND_ID:-} ]]; then
  for folder in "$root"/var/lib/amazon/ssm/*/document/orchestration/*; do
    if [[ \${folder##*/} != "$SSM_COMMAND_ID" ]]; then erase "$folder"; fi
  done
fi
empty "$root"/etc/machine-id "$root"/var/lib/dbus/machine-id
timeout 120 sync
`;

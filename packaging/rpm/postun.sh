# Logs, spool and user stay: the logs are evidence, and the user's.
remove_module() {
	[ -r /etc/selinux/config ] && command -v semodule >/dev/null 2>&1 || return 0
	. /etc/selinux/config
	[ -d "/etc/selinux/$SELINUXTYPE/policy" ] || return 0
	semodule -n -X 200 -s "$SELINUXTYPE" -r httpd_syslog || return 0
	selinuxenabled || return 0
	load_policy
	restorecon -R /var/lib/httpd-syslog /var/log/httpd-syslog
}

if [ "$1" -eq 0 ]; then
	remove_module
	[ ! -d /run/systemd/system ] || systemctl daemon-reload || :
fi

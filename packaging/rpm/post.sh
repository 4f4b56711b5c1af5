# Installs the SELinux module, where there is SELinux, and hands the units to the
# system's presets: on Fedora and RHEL they do not start a service that nobody has
# asked for (systemctl enable --now httpd-syslog). An upgrade restarts what runs.
load_module() {
	module=/usr/share/selinux/packages/httpd_syslog/httpd_syslog.pp
	[ -e $module ] && [ -r /etc/selinux/config ] && command -v semodule >/dev/null 2>&1 || return 0
	. /etc/selinux/config
	[ -d "/etc/selinux/$SELINUXTYPE/policy" ] || return 0
	semodule -n -X 200 -s "$SELINUXTYPE" -i $module || return 0
	selinuxenabled || return 0
	load_policy
	restorecon -R /usr/bin/httpd_syslog /usr/libexec/httpd-syslog /etc/httpd-syslog /var/lib/httpd-syslog /var/log/httpd-syslog
}

load_module
if command -v systemd-tmpfiles >/dev/null 2>&1; then
	systemd-tmpfiles --create httpd-syslog.conf || :
fi
if command -v systemctl >/dev/null 2>&1; then
	if [ "$1" -eq 1 ]; then
		systemctl --no-reload preset httpd-syslog.socket httpd-syslog.service || :
	fi
	if [ -d /run/systemd/system ]; then
		systemctl daemon-reload || :
		[ "$1" -eq 1 ] || systemctl try-restart httpd-syslog.service || :
	fi
fi

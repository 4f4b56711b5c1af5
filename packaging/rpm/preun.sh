if [ "$1" -eq 0 ] && command -v systemctl >/dev/null 2>&1; then
	if [ -d /run/systemd/system ]; then
		systemctl --no-reload disable --now httpd-syslog.socket httpd-syslog.service httpd-syslog-verify.timer || :
	else
		systemctl --no-reload disable httpd-syslog.socket httpd-syslog.service httpd-syslog-verify.timer || :
	fi
fi

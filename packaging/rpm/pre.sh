# Makes the user before the files that are its own.
if command -v systemd-sysusers >/dev/null 2>&1; then
	systemd-sysusers --replace=/usr/lib/sysusers.d/httpd-syslog.conf - <<EOF
u httpd-syslog - "httpd_syslog" /var/lib/httpd-syslog
EOF
elif ! getent passwd httpd-syslog >/dev/null; then
	useradd --system --user-group --home-dir /var/lib/httpd-syslog --no-create-home \
		--shell /sbin/nologin --comment httpd_syslog httpd-syslog
fi

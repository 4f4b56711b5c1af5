#!/bin/sh
# Installs what the end-to-end tests run against, where it can: as root, with
# apt. Elsewhere it says what is missing; those tests are then skipped, unless
# HTTPD_SYSLOG_NEED_PEERS is set.
set -eu
packages="apache2 rsyslog perl"
missing=
for program in /usr/sbin/apache2 /usr/sbin/rsyslogd perl; do
	command -v "$program" >/dev/null || missing="$missing $program"
done
if [ -z "$missing" ]; then
	exit 0
fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
	echo "skipped: tests that need$missing (as root on Debian or Ubuntu: apt-get install $packages)"
	exit 0
fi
echo "installing $packages for the tests"
# The packages would start their services; the tests start instances of their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
	trap 'rm -f "$policy"' EXIT
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -qq -y --no-install-recommends $packages >/dev/null

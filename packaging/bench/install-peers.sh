#!/bin/sh
# Installs what make bench-peers sets beside httpd_syslog, where it can: as root,
# with apt. Elsewhere it says what is missing, and those rows are left out.
set -eu
"$(dirname "$0")/../e2e/install-peers.sh"

missing=
for program in socat rotatelogs logger perl; do
	command -v "$program" >/dev/null || missing="$missing $program"
done
if [ -z "$missing" ]; then
	exit 0
fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
	echo "skipped: rows that need$missing (as root on Debian or Ubuntu: make bench-peers)"
	exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get install -qq -y --no-install-recommends socat apache2-utils bsdutils perl >/dev/null

#!/bin/sh
# Installs what the tests run against, where it can: as root, with apt. Elsewhere
# it says what is missing; those tests are then skipped, unless
# HTTPD_SYSLOG_NEED_PEERS is set.
set -eu
packages="apache2 rsyslog rsyslog-gnutls rsyslog-openssl rsyslog-relp perl iproute2 nftables prometheus"
# What reads the local files.
readers="fail2ban goaccess awstats"
# What looks at the status page. Ubuntu has it as a snap alone.
browser="chromium fonts-dejavu-core"
# syslog-ng's package conflicts with rsyslog's: it is unpacked beside it, with
# the libraries that it needs.
syslogng="${XDG_CACHE_HOME:-$HOME/.cache}/httpd-syslog-tests/syslog-ng"
syslogng_libraries="libivykis0 libnet1 libpcre3 libwrap0"

missing=
for file in /usr/sbin/apache2 /usr/sbin/rsyslogd /usr/bin/perl /usr/sbin/ip /usr/sbin/nft /usr/bin/promtool /usr/bin/chromium \
	/usr/bin/fail2ban-server /usr/bin/goaccess /usr/lib/cgi-bin/awstats.pl \
	/usr/lib/*/rsyslog/lmnsd_gtls.so /usr/lib/*/rsyslog/lmnsd_ossl.so /usr/lib/*/rsyslog/imrelp.so \
	"$syslogng/usr/sbin/syslog-ng"; do
	[ -e "$file" ] || missing="$missing $file"
done
if [ -z "$missing" ]; then
	exit 0
fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
	echo "skipped: tests that need$missing (as root on Debian or Ubuntu: make peers)"
	exit 0
fi
echo "installing $packages $readers $browser syslog-ng-core for the tests"
# The packages would start their services; the tests start instances of their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
	trap 'rm -f "$policy"' EXIT
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -qq -y --no-install-recommends $packages $readers $syslogng_libraries >/dev/null
apt-get install -qq -y --no-install-recommends $browser >/dev/null || echo "skipped: tests that need Chromium"
rm -rf "$syslogng"
mkdir -p "$syslogng"
cd "$syslogng"
apt-get download -qq syslog-ng-core
dpkg -x syslog-ng-core_*.deb .
rm syslog-ng-core_*.deb

#!/bin/sh
# Installs what the tests of the packages run, and makes the Debian that they install
# them in, where it can: as root, with apt. Elsewhere it says what is missing; those
# tests are then skipped, unless HTTPD_SYSLOG_NEED_PEERS is set.
set -eu
packages="rpm rpmlint lintian checkpolicy semodule-utils policycoreutils selinux-utils setools
	systemd systemd-container debootstrap mandoc groff bash-completion zsh fish"
# The Debian: the web server, what logs beside it, and what tests call there.
include="systemd,systemd-sysv,dbus,apache2,rsyslog,iproute2,procps,curl"
suite=bookworm
cache="${XDG_CACHE_HOME:-$HOME/.cache}/httpd-syslog-tests"
root="$cache/root"
# The reference policy, as Debian configures it: in a directory of its own.
policy="$cache/selinux"

missing=
for program in rpm rpmlint lintian checkmodule semodule_package semodule sesearch matchpathcon systemd-nspawn systemd-analyze \
	debootstrap mandoc groff zsh fish; do
	PATH=$PATH:/usr/sbin command -v $program >/dev/null || missing="$missing $program"
done
[ -d "$policy" ] || missing="$missing $policy"
[ "$(cat "$root/made-of" 2>/dev/null)" = "$suite $include" ] || missing="$missing $root"
if [ -z "$missing" ]; then
	exit 0
fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
	echo "skipped: tests that need$missing (as root on Debian or Ubuntu: make peers)"
	exit 0
fi
echo "installing$missing for the tests"
no_start=/usr/sbin/policy-rc.d
if [ ! -e "$no_start" ]; then
	trap 'rm -f "$no_start"' EXIT
	printf '#!/bin/sh\nexit 101\n' >"$no_start"
	chmod 755 "$no_start"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -qq -y --no-install-recommends $packages >/dev/null

make_policy() {
	rm -rf "$policy" "$policy.new"
	mkdir -p "$policy.new/var/lib/selinux"
	(cd "$policy.new" && apt-get download -qq selinux-policy-default 2>/dev/null && dpkg -x selinux-policy-default_*.deb .)
	PATH=$PATH:/usr/sbin semodule -n -p "$policy.new" -s default -i "$policy.new"/usr/share/selinux/default/*.pp.bz2
	rm -rf "$policy.new"/*.deb "$policy.new/usr"
	mv "$policy.new" "$policy"
}

make_root() {
	rm -rf "$root" "$root.new"
	mkdir -p "$root.new"
	if ! debootstrap --variant=minbase --include="$include" $suite "$root.new" >"$root.log" 2>&1; then
		tail -n 20 "$root.log" >&2
		return 1
	fi
	rm -f "$root.log"
	rm -rf "$root.new"/var/cache/apt/archives/*.deb "$root.new"/var/lib/apt/lists/*
	echo "$suite $include" >"$root.new/made-of"
	mv "$root.new" "$root"
}

[ -d "$policy" ] || make_policy
[ "$(cat "$root/made-of" 2>/dev/null)" = "$suite $include" ] || make_root

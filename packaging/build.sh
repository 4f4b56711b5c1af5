#!/bin/sh
# Makes the RPM and the deb in dist/, from the programs that make has built. What
# they are is in nfpm.yaml; here is made what is no file of the tree, in dist/stage.
# The same tree and SOURCE_DATE_EPOCH make the same bytes, wherever it lies.
# Usage: build.sh PROGRAM DAEMON STORES NFPM; VERSION, MAINTAINER and SOURCE_DATE_EPOCH are from make.
set -eu
umask 022
program=$1
daemon=$2
stores=$3
nfpm=$4
cd "$(dirname "$0")/.."
stage=dist/stage
rm -rf "$stage"
mkdir -p "$stage/share" "$stage/selinux" "$stage/doc"

# libraries prints the licenses of what is linked in.
libraries() {
	echo "Go, $(go env GOVERSION)"
	cat "$(go env GOROOT)/LICENSE"
	go list -tags stores -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' ./cmd/... |
		sort -u | while read -r path version dir; do
		printf '\n%s\n%s %s\n' "--------" "$path" "$version"
		cat "$dir"/LICENSE* "$dir"/COPYING* 2>/dev/null || [ -e "$dir/LICENSE" ] || [ -e "$dir/COPYING" ]
	done
}

# changelog has one entry: CHANGELOG.md has what changed.
changelog() {
	cat <<-EOF
		- semver: $VERSION
		  date: $(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)
		  packager: $MAINTAINER
		  deb:
		    urgency: medium
		    distributions: [unstable]
		  changes:
		    - note: Release $VERSION; what changed is in CHANGELOG.md.
	EOF
}

# selinux_module compiles the policy module.
selinux_module() {
	for tool in checkmodule semodule_package; do
		if ! command -v $tool >/dev/null; then
			echo "the RPM is without its SELinux module: $tool is not installed" >&2
			return
		fi
	done
	# The format of libsepol 2.9, as RHEL 8 has it.
	checkmodule -M -m -c 19 -o "$stage/httpd_syslog.mod" packaging/selinux/httpd_syslog.te
	semodule_package -m "$stage/httpd_syslog.mod" -f packaging/selinux/httpd_syslog.fc -o "$stage/selinux/httpd_syslog.pp"
}

# share copies what is there for other programs.
share() {
	for file in packaging/prometheus/httpd_syslog.rules.yml packaging/grafana/httpd_syslog.json packaging/grafana/httpd_syslog_central.json; do
		[ ! -e $file ] || install -m 644 $file "$stage/share/"
	done
	install -m 644 packaging/central.toml "$stage/share/central.toml"
	install -m 644 packaging/rsyslog/httpd-syslog.conf "$stage/share/rsyslog.conf"
	install -m 644 packaging/rsyslog/central.conf "$stage/share/rsyslog-central.conf"
	install -m 644 packaging/syslog-ng/central.conf "$stage/share/syslog-ng-central.conf"
	install -m 644 packaging/fail2ban/httpd-syslog.conf "$stage/share/fail2ban.conf"
}

# doc copies the pages for users beside each other, with links that lead there.
doc() {
	sed -e 's,](packaging/doc/,](,g' -e '/^| \[CHANGELOG\]/d' -e '/^| \[CONTRIBUTING\]/d' -e '/^The license is/d' README.md >"$stage/doc/README.md"
	for page in packaging/doc/*.md; do
		sed 's,](\.\./\.\./README\.md,](README.md,g' "$page" >"$stage/doc/$(basename "$page")"
	done
}

cp "$program" "$stage/httpd_syslog"
cp "$daemon" "$stage/httpd_syslogd"
cp "$stores" "$stage/httpd_syslogd_stores"
# SELinux lets nobody deliver but the service.
sed 's/^deliver = "auto"$/deliver = "service"/' packaging/httpd_syslog.toml >"$stage/httpd_syslog.rpm.toml"
libraries | gzip -9n >"$stage/libraries.gz"
changelog >"$stage/changelog.yaml"
gzip -9nc CHANGELOG.md >"$stage/changelog.gz"
for page in packaging/man/*; do
	gzip -9nc "$page" >"$stage/$(basename "$page").gz"
done
install -m 644 packaging/selinux/httpd_syslog.te packaging/selinux/httpd_syslog.fc "$stage/selinux/"
selinux_module
share
doc
find "$stage" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

GOARCH=$(go env GOARCH)
export GOARCH SOURCE_DATE_EPOCH VERSION MAINTAINER
rm -f dist/*.rpm dist/*.deb
for packager in rpm deb; do
	"$nfpm" package --config packaging/nfpm.yaml --packager $packager --target dist/
done

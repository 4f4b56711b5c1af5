#!/bin/sh
# Shows the program at work: a central server (its own receiver), Apache's lines
# through the pipe, the local files and the central copy side by side.
# Usage: demo.sh PROGRAM
set -eu
program=$1
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d "${TMPDIR:-/tmp}/httpd-syslog-demo.XXXXXX")
receiver=
trap '[ -z "$receiver" ] || kill "$receiver" 2>/dev/null || :; rm -rf "$dir"' EXIT

lines() { grep -c '' "$1" || :; }
access=$(lines "$here/access.sample")
error=$(lines "$here/error.sample")

# await CONDITION waits until the command succeeds, for 20 s at most: that is for a machine
# which has other things to do.
await() {
	for _ in $(seq 400); do
		"$@" && return
		sleep 0.05
	done
	echo "waited in vain: $*" >&2
	cat "$dir/receiver" >&2
	exit 1
}
listening() { grep -q 'listening on .' "$dir/receiver" || ! kill -0 "$receiver" 2>/dev/null; }
arrived() { [ "$(lines "$dir/central")" -ge $((access + error)) ]; }
# The process that delivers, if there is one.
deliverer() {
	"$program" status --json --config "$dir/httpd_syslog.toml" | sed -n '/"running": true/,/}/ s/.*"pid": *\([0-9]*\).*/\1/p'
}
ended() { [ -z "$(deliverer)" ]; }

echo "== A central server: httpd_syslog receive"
: >"$dir/receiver"
"$program" receive tcp://127.0.0.1:0 >"$dir/central" 2>"$dir/receiver" &
receiver=$!
await listening
url=$(sed -n 's/.*listening on //p' "$dir/receiver")
[ -n "$url" ] || { cat "$dir/receiver" >&2; exit 1; }
echo "   $url"

cat >"$dir/httpd_syslog.toml" <<EOF
state_dir = "$dir/state"
[log]
dir = "$dir/log"
[[relay]]
name    = "central"
servers = ["$url"]
streams = ["access", "error"]   # without it, what happens to the log comes too
EOF

echo
echo "== Apache's lines through the pipe, as CustomLog \"|httpd_syslog\" and ErrorLog \"|httpd_syslog --stream error\" send them"
"$program" --wait --config "$dir/httpd_syslog.toml" <"$here/access.sample" 2>&1
"$program" --wait --config "$dir/httpd_syslog.toml" --stream error <"$here/error.sample" 2>&1
await arrived
# Who delivers would stay a moment for more, as with Apache.
pid=$(deliverer)
[ -z "$pid" ] || kill "$pid" 2>/dev/null || :
await ended
kill "$receiver"
wait "$receiver" || :
receiver=

echo
echo "== The local files, Apache's own bytes (the first lines of each)"
head -n 3 "$dir/log/access_log" "$dir/log/error_log"
echo
echo "== The central copy (time, host, facility.severity, tag[process], number, text)"
grep -a ' local1\.' "$dir/central" | head -n 3
grep -a ' local2\.' "$dir/central" | head -n 3

echo
printf '%-10s %8s %8s %8s\n' stream lines local central
status=0
row() { # NAME SENT FILE FACILITY
	kept=$(lines "$3")
	sent=$(grep -ac " $4\\." "$dir/central" || :)
	printf '%-10s %8d %8d %8d\n' "$1" "$2" "$kept" "$sent"
	[ "$2" -eq "$kept" ] && [ "$2" -eq "$sent" ] || status=1
}
row access "$access" "$dir/log/access_log" local1
row error "$error" "$dir/log/error_log" local2
cmp "$here/access.sample" "$dir/log/access_log" || status=1
cmp "$here/error.sample" "$dir/log/error_log" || status=1
if [ $status -eq 0 ]; then
	echo "The counts agree, and the local files are the input byte for byte."
else
	echo "The counts do not agree." >&2
fi
exit $status

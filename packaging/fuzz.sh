#!/bin/sh
# Runs each fuzz target of the project. Usage: fuzz.sh FUZZTIME [PACKAGE]
# A number of inputs (20000x) rather than a time: when a time ends within an
# input, go test can fail with "context deadline exceeded" though nothing has
# (golang/go#75804). Each package is built once for all its targets. Two packages
# are at work beside each other: much of the time one is linked, on one processor.
set -eu
fuzztime=$1

if [ $# -eq 1 ]; then
	grep -rl --include='*_test.go' '^func Fuzz' config forwarder rotate | xargs -n 1 dirname | sort -u |
		xargs -n 1 -P 2 "$0" "$fuzztime"
	exit
fi

package=$2
binary=$(mktemp "${TMPDIR:-/tmp}/httpd-syslog-fuzz.XXXXXX")
trap 'rm -f "$binary"' EXIT
go test -c -ldflags=-w -fuzz . -o "$binary" "./$package" || exit 255 # xargs begins no more of them
corpus=$(go env GOCACHE)/fuzz/$(go list "./$package")    # where go test keeps what it has found, too
for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$package"/*_test.go); do
	if ! out=$(cd "$package" && "$binary" -test.run '^$' -test.fuzz "^$target\$" -test.fuzztime "$fuzztime" -test.fuzzcachedir "$corpus" 2>&1); then
		echo "$out"
		exit 255
	fi
	echo "fuzz ./$package $target: $(echo "$out" | grep -o 'execs: [0-9]*' | tail -n 1)"
done

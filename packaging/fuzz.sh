#!/bin/sh
# Runs each fuzz target of the project. Usage: fuzz.sh FUZZTIME
# A number of inputs (20000x) rather than a time: when a time ends within an
# input, go test can fail with "context deadline exceeded" though nothing has
# (golang/go#75804). Each package is built once for all its targets.
set -eu
binary=$(mktemp "${TMPDIR:-/tmp}/httpd-syslog-fuzz.XXXXXX")
trap 'rm -f "$binary"' EXIT
cache=$(go env GOCACHE)/fuzz # where go test keeps what it has found, too
fuzztime=$1

for package in $(grep -rl --include='*_test.go' '^func Fuzz' config forwarder rotate | xargs -n 1 dirname | sort -u); do
	go test -c -fuzz . -o "$binary" "./$package"
	corpus=$cache/$(go list "./$package")
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$package"/*_test.go); do
		if ! out=$(cd "$package" && "$binary" -test.run '^$' -test.fuzz "^$target\$" -test.fuzztime "$fuzztime" -test.fuzzcachedir "$corpus" 2>&1); then
			echo "$out"
			exit 1
		fi
		echo "fuzz ./$package $target: $(echo "$out" | grep -o 'execs: [0-9]*' | tail -n 1)"
	done
done

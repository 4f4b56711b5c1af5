#!/bin/sh
# Runs each fuzz target of the project. Usage: fuzz.sh FUZZTIME
# A number of inputs (20000x) rather than a time: when a time ends within an
# input, go test can fail with "context deadline exceeded" though nothing has
# (golang/go#75804).
set -eu
for file in $(grep -rl --include='*_test.go' '^func Fuzz' config forwarder rotate); do
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file"); do
		package=./$(dirname "$file")
		if ! out=$(go test -run '^$' -fuzz "^$target\$" -fuzztime "$1" "$package" 2>&1); then
			echo "$out"
			exit 1
		fi
		echo "fuzz $package $target: $(echo "$out" | grep -o 'execs: [0-9]*' | tail -n 1)"
	done
done

#!/bin/sh
# Runs every fuzz target for the given time, one after the other. Making an input
# smaller may take ten seconds, not sixty, which would be all of the time.
set -eu
for package in $(go list ./...); do
	for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
		echo "$package $target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$1" -fuzzminimizetime 10s "$package"
	done
done

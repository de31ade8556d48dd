#!/bin/sh
# Runs every fuzz target for the given time, one after the other. Making an input
# smaller gets 100 tries, not the sixty seconds that would be all of the time.
set -eu
for package in $(go list ./...); do
	for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
		echo "$package $target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$1" -fuzzminimizetime 100x "$package"
	done
done

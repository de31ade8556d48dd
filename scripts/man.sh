#!/bin/sh
# Makes the manual pages of the commands in BIN (bin) into MAN (bin/man).
set -eu
cd "$(dirname "$0")/.."
BIN=${BIN:-bin}
MAN=${MAN:-$BIN/man}
rm -rf "$MAN"
set --
for list in packaging/*/commands; do
	while read -r command section; do
		set -- "$@" "$BIN/$command:$section"
	done <"$list"
done
go run ./man -o "$MAN" "$@"
gzip -9n "$MAN"/*

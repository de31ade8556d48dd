#!/bin/sh
# Makes the smallest Debian that packages are tested in, of the release of this
# machine, as an archive whose path it prints. It is made once and kept in the cache.
set -eu
suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-stable}")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mmt
root=$cache/debian-$suite.tar
if [ ! -s "$root" ]; then
	mkdir -p "$cache"
	part=$(mktemp -p "$cache" root.XXXXXX.tar)
	trap 'rm -f "$part"' EXIT
	mmdebstrap --quiet --variant=essential --mode=root --include=passwd,util-linux,systemd-standalone-sysusers \
		"$suite" "$part" "${DEBIAN_MIRROR:-http://deb.debian.org/debian}" >&2
	mv "$part" "$root"
fi
echo "$root"

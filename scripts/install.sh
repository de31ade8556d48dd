#!/bin/sh
# Puts files in place, or takes them away again, as packaging/*/files says.
#   scripts/install.sh install|uninstall [PACKAGE ...]
# DESTDIR goes before every path, PREFIX (/usr/local) is where things go, ETC (/etc)
# where configurations do; BIN (bin) and MAN (bin/man) are what make build and make
# man have built.
set -eu
umask 022
cd "$(dirname "$0")/.."
DESTDIR=${DESTDIR:-} PREFIX=${PREFIX:-/usr/local} ETC=${ETC:-/etc} BIN=${BIN:-bin}
MAN=${MAN:-$BIN/man}

# put KIND RIGHTS SOURCE DESTINATION installs one file.
put() {
	[ -d "${4%/*}" ] || mkdir -p "${4%/*}"
	case $1 in
	file) install -m "$2" "$3" "$4" ;;
	unit)
		sed "s|/usr/bin/mmt|$PREFIX/bin/mmt|g" "$3" >"$4"
		chmod "$2" "$4"
		;;
	conf)
		if [ ! -e "$4" ]; then
			install -m "$2" "$3" "$4"
		elif ! cmp -s "$3" "$4"; then
			echo "$4 is kept as it is; what is new is in $3"
		fi
		;;
	link) ln -sfn "$3" "$4" ;;
	esac
}

# drop KIND SOURCE DESTINATION takes one file away, and folders that are empty then,
# but for those that others use, too.
drop() {
	if [ "$1" = conf ] && [ -e "$3" ] && ! cmp -s "$2" "$3"; then
		echo "$3 is kept: it was changed"
		return
	fi
	rm -f "$3"
	dir=${3%/*}
	while case ${dir#"$DESTDIR"} in "$PREFIX" | "$ETC") false ;; */mmt*) ;; *) false ;; esac && rmdir "$dir" 2>/dev/null; do
		dir=${dir%/*}
	done
}

# each PACKAGE does what $action says with its files.
each() {
	sed "s|@BIN@|$BIN|; s|@MAN@|$MAN|; s|@PREFIX@|$PREFIX|g; s|@ETC@|$ETC|" "packaging/$1/files" | while read -r kind rights source destination; do
		to=$DESTDIR$destination
		case $action:$kind in
		install:dir) mkdir -p "$to" ;;
		uninstall:dir) rmdir "$to" 2>/dev/null || true ;;
		*:link) one "$kind" "$rights" "$source" "$to" ;;
		*) for f in $source; do
			case $to in */) one "$kind" "$rights" "$f" "$to${f##*/}" ;; *) one "$kind" "$rights" "$f" "$to" ;; esac
		done ;;
		esac
	done
}

one() {
	if [ "$action" = install ]; then put "$@"; else drop "$1" "$3" "$4"; fi
}

action=$1
shift
[ $# -gt 0 ] || set -- $(for f in packaging/*/files; do basename "$(dirname "$f")"; done)
for package; do each "$package"; done

#!/bin/sh
# Makes a Debian package of each folder in packaging/ that has a file control, from
# what make build and make man have made, into DIST (dist). The same sources
# give the same packages, compressed by COMPRESSION (xz): times are that of the last commit, or SOURCE_DATE_EPOCH.
set -eu
umask 022
cd "$(dirname "$0")/.."
DIST=${DIST:-dist}
MAINTAINER=${MAINTAINER:-MMT maintainers <maintainers@mmt.invalid>}
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}"
VERSION=${VERSION:-$(git describe --tags --always --dirty 2>/dev/null || echo dev)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# debian turns v1.2.3-4-gabc-dirty into 1.2.3+4.gabc.dirty, and what is no release
# into one that is before the next.
debian() {
	case $1 in
	v[0-9]* | [0-9]*.[0-9]*) echo "${1#v}" | sed 's/-/+/; s/-/./g' ;;
	*) echo "0.1.0~$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y%m%d%H%M).$1" | sed 's/-/./g' ;;
	esac
}

architecture() {
	case $(go env GOARCH) in
	ppc64le) echo ppc64el ;;
	*) go env GOARCH ;;
	esac
}

# notices writes the licences of all that the commands are linked with.
notices() {
	# shellcheck disable=SC2016
	go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' ./cmd/... | sort -u | while read -r path version dir; do
		printf '\n== %s %s\n\n' "$path" "$version"
		cat "$dir"/LICENSE* "$dir"/NOTICE* 2>/dev/null || true
	done
	printf '\n== Go %s\n\n' "$(go env GOVERSION)"
	cat "$(go env GOROOT)/LICENSE"
}

# documents PACKAGE writes what Debian wants to find of each.
documents() {
	doc=$work/$1/usr/share/doc/$1
	mkdir -p "$doc"
	{
		printf 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: mmt\n\n'
		printf 'Files: *\nCopyright: Copyright (C) 2026 the MMT authors\nLicense: Apache-2.0\n On Debian systems the text is in /usr/share/common-licenses/Apache-2.0.\n'
		printf ' The licences of what the programs are linked with are in NOTICES.gz.\n'
	} >"$doc/copyright"
	gzip -9n <"$work/notices" >"$doc/NOTICES.gz"
	printf '%s (%s) unstable; urgency=medium\n\n  * Built from the sources.\n\n -- %s  %s\n' "$1" "$version" "$MAINTAINER" \
		"$(date -u -R -d "@$SOURCE_DATE_EPOCH")" | gzip -9n >"$doc/changelog.gz"
}

# overrides PACKAGE tells lintian why some things are as they are.
overrides() {
	[ -e "packaging/$1/lintian" ] || return 0
	mkdir -p "$work/$1/usr/share/lintian/overrides"
	install -m 644 "packaging/$1/lintian" "$work/$1/usr/share/lintian/overrides/$1"
}

# scripts PACKAGE writes what dpkg runs: the common part around that of the package.
scripts() {
	for script in preinst postinst prerm postrm; do
		from=packaging/$1/$script part=packaging/$1/$script.part
		[ -e "$from" ] || from=packaging/common/$script
		[ -e "$from" ] || continue
		[ -e "$part" ] || part=/dev/null
		sed -e "/^#PART#/r $part" -e '/^#PART#/d' "$from" | sed "s/@SERVICE@/$(cat "packaging/$1/service")/; s/@PACKAGE@/$1/" >"$work/$1/DEBIAN/$script"
		chmod 755 "$work/$1/DEBIAN/$script"
	done
}

# conffiles PACKAGE lists the files that administrators may change.
conffiles() {
	awk '$1 == "conf" { print $3, $4 }' "packaging/$1/files" | sed 's|@ETC@|/etc|' | while read -r source destination; do
		for f in $source; do
			case $destination in */) echo "$destination${f##*/}" ;; *) echo "$destination" ;; esac
		done
	done
}

# package PACKAGE makes one.
package() {
	root=$work/$1
	mkdir -p "$root/DEBIAN"
	DESTDIR=$root PREFIX=/usr ETC=/etc scripts/install.sh install "$1"
	documents "$1"
	overrides "$1"
	scripts "$1"
	conffiles "$1" >"$root/DEBIAN/conffiles"
	(cd "$root" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
	{
		printf 'Package: %s\nVersion: %s\nArchitecture: %s\nMaintainer: %s\n' "$1" "$version" "$(architecture)" "$MAINTAINER"
		printf 'Installed-Size: %s\nHomepage: https://montimage.eu/\n' "$(du -sk --apparent-size --exclude=DEBIAN "$root" | cut -f1)"
		cat "packaging/$1/control"
	} >"$root/DEBIAN/control"
	find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
	dpkg-deb --root-owner-group "-Z${COMPRESSION:-xz}" --build "$root" "$DIST" >/dev/null
	echo "$DIST/$1_${version}_$(architecture).deb"
}

# Commands and packages go together.
for command in cmd/*/; do
	grep -qs "^$(basename "$command") " packaging/*/commands || {
		echo "$command: no package has it (name it in packaging/PACKAGE/commands and files)" >&2
		exit 1
	}
done
version=$(debian "$VERSION")
mkdir -p "$DIST"
notices >"$work/notices"
for control in packaging/*/control; do package "$(basename "$(dirname "$control")")"; done

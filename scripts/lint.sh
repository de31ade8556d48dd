#!/bin/sh
# Checks format, vet, staticcheck and that generated files are up to date.
set -eu
unformatted=$(gofmt -l $(git ls-files '*.go'))
if [ -n "$unformatted" ]; then
	echo "not formatted: $unformatted"
	exit 1
fi
go vet ./...
go run "$1" ./...
go generate ./analyzer/proto/id
git diff --exit-code --stat -- analyzer/proto/id

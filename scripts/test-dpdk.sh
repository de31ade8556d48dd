#!/bin/sh
# Runs the tests of what only a build with DPDK has. Where libdpdk is missing it
# says so and, unless CI=true, that is no failure.
set -u
if ! pkg-config --exists libdpdk 2>/dev/null; then
	echo "DPDK is not tested: libdpdk is missing (apt install libdpdk-dev dpdk)"
	[ "${CI:-}" != true ]
	exit
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
go vet -tags dpdk ./dataplane/dpdk/... ./bench/dpdk ./probe || exit 1
go test -tags dpdk -timeout 3m -v ./dataplane/dpdk/... ./bench/dpdk >"$log" 2>&1
status=$?
# What other builds say of DPDK is not for this one.
go test -tags dpdk -timeout 3m -v -run 'DPDK|CaptureErrors' -skip 'CaptureErrors/DPDK' ./probe >>"$log" 2>&1 || status=1
if [ $status -ne 0 ]; then
	cat "$log"
fi
skipped=$(grep -cE '^\s*--- SKIP' "$log")
if [ "$skipped" -gt 0 ]; then
	grep -E -A2 '^\s*--- SKIP' "$log"
	[ "${CI:-}" = true ] && status=1
fi
echo "DPDK: $(grep -cE '^\s*--- PASS' "$log") passed, $(grep -cE '^\s*--- FAIL' "$log") failed, $skipped skipped"
exit $status
